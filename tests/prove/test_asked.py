"""What is installed for the interpreter behind a command."""

from __future__ import annotations

import os
import sys
import venv
from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.prove import ask_installed
from numlock.prove.asked import interpreter_of
from support.distributions import build_wheel

BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds one package, one from a place, one with a broken version and one without any."""
    folder = tmp_path_factory.mktemp("asked") / "env"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    site = next(folder.rglob("site-packages"))
    import zipfile

    for name, version in (
        ("Low_Down", "2.0"),
        ("placed", "1.0"),
        ("broken", "not-a-version"),
        ("pip", "1.0"),
    ):
        with zipfile.ZipFile(build_wheel(folder, name, version, files={f"{name}.py": ""})) as wheel:
            wheel.extractall(site)
    direct = '{"url": "https://me:secret@host.test/placed.git", "vcs_info": {}}'
    (site / "placed-1.0.dist-info" / "direct_url.json").write_text(direct, encoding="utf-8")
    (site / "empty-1.0.dist-info").mkdir()
    return folder


def test_python_itself_is_asked(environment: Path) -> None:
    found = ask_installed([str(environment / BIN / f"python{EXE}"), "main.py"], [])
    assert found.python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert found.pins == "Low_Down==2.0\nplaced @ https://host.test/placed.git\n"


@pytest.mark.skipif(os.name == "nt", reason="scripts have no first line there")
@pytest.mark.parametrize(
    "form", ["#!{}\n", "#! {} -E\n", "#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n' '''\n"]
)
def test_a_script_names_its_interpreter(environment: Path, form: str) -> None:
    script = environment / BIN / "tool"
    python = str(environment / BIN / "python")
    script.write_text(form.format(python), encoding="utf-8")
    script.chmod(0o755)
    assert interpreter_of(str(script)) == python


@pytest.mark.skipif(os.name == "nt", reason="no shell there")
def test_the_frames_choose_among_the_interpreters_that_may_have_run(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    inside = str(next(environment.rglob("site-packages")) / "low_down.py")
    assert "Low_Down==2.0" in ask_installed([sys.executable], [inside]).pins
    assert "Low_Down==2.0" not in ask_installed([sys.executable], ["/elsewhere/x.py"]).pins
    assert "Low_Down==2.0" in ask_installed(["sh"], ["/elsewhere/x.py"]).pins


def test_no_interpreter_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    with pytest.raises(BadInput, match="no Python is found"):
        ask_installed(["make"], [])
