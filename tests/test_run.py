"""``numlock run`` as its users call it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_wheel
from support.index import Index

PYTHON = "Scripts/python.exe" if os.name == "nt" else "bin/python"


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An interpreter for which high 1.0 and low 2.0 are installed, which do not go together; high 1.1 would."""
    folder = tmp_path / "dists"
    folder.mkdir()
    site_of = {"low": "2.0", "high": "1.0"}
    wheels = {}
    for version, names in (("1.0", "gone = 1\n"), ("2.0", "kept = 2\n")):
        wheels["low", version] = build_wheel(folder, "low", version, files={"low.py": names})
    for version, name in (("1.0", "gone"), ("1.1", "kept")):
        files = {"high.py": f"from low import {name}\n"}
        wheels["high", version] = build_wheel(folder, "high", version, files=files, requires=["low"])
    venv.create(tmp_path / "env", with_pip=False, symlinks=os.name != "nt")
    for key in site_of.items():
        with zipfile.ZipFile(wheels[key]) as wheel:
            wheel.extractall(next((tmp_path / "env").rglob("site-packages")))
    monkeypatch.chdir(tmp_path)
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield str(tmp_path / "env" / PYTHON)


def test_a_command_that_succeeds(python: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--", python, "-c", "import low; print(low.kept)"]) == 0
    assert capfd.readouterr() == (f"2{os.linesep}", "")


@pytest.mark.parametrize("code", ["import sys; sys.exit('all is lost')", "raise SystemExit(3)"])
def test_a_command_that_fails_without_a_crash(
    python: str, capfd: pytest.CaptureFixture[str], code: str
) -> None:
    assert main(["run", "--", python, "-c", code]) in (1, 3)
    out, err = capfd.readouterr()
    assert (out, err.strip()) == ("", "all is lost" if "lost" in code else "")


def test_a_crash_is_repaired_for_the_interpreter_that_ran(
    python: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--lock", "low", "-o", "out.txt", "--", python, "-c", "print(1)\nimport high"]) == 1
    out, err = capfd.readouterr()
    assert out == f"1{os.linesep}"
    assert err.startswith("Traceback (most recent call last):")
    assert "moves     high 1.0 -> 1.1" in err
    assert "(Python from the interpreter that ran)" in err
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "high==1.1\nlow==2.0\n"


def test_pins_from_a_file(python: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.txt").write_text("low==2.0\nHigh==1.0  # mine\n", encoding="utf-8")
    assert main(["run", "-r", "r.txt", "--lock", "high", "-o", "-", "--", python, "-c", "import high"]) == 1
    assert capfd.readouterr().out == "low==1.0\nHigh==1.0\n"


def test_trouble_of_numlocks_own_leaves_the_exit_code_alone(
    python: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--lock", "absent", "--", python, "-c", "import high"]) == 1
    assert "numlock: lock-not-pinned: " in capfd.readouterr().err


BAD = {"no command": (["--"], "no-command"), "no such command": (["no-such-command"], "command-not-started")}


@pytest.mark.parametrize(("words", "reference"), BAD.values(), ids=BAD.keys())
def test_a_command_that_cannot_be_started(
    words: list[str], reference: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *words]) == Exit.BAD_INPUT
    assert capfd.readouterr().err.startswith(f"numlock: {reference}: ")


def test_from_a_shell(python: str) -> None:
    argv = [sys.executable, "-m", "numlock", "run", "--lock=low", python, "-c", "import high"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "high 1.0 -> 1.1" in done.stderr
