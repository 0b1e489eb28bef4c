"""``numlock fix --write``: the user's own files, byte for byte; compiled ones as the real pip-compile writes them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_sdist, build_wheel
from support.index import Index, digest
from test_fix import LOG

PINS = "low==2.0\r\nHigh_Er == 1.0  # above\r\nother==1.0 ; python_version < '4'"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """low 2.0 dropped a name that high-er 1.0 imports; high-er 1.1 does without it, and asks for other, not extra."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, names in (("1.0", "gone = 1\nkept = 2\n"), ("2.0", "kept = 2\n")):
        build_wheel(folder, "low", version, files={"low/__init__.py": "", "low/names.py": names})
    for version, name, requires in (("1.0", "gone", ["low", "extra"]), ("1.1", "kept", ["low", "other>=1"])):
        files = {"high/__init__.py": f"from low.names import {name}\n"}
        build_wheel(folder, "high-er", version, files=files, requires=requires)
        build_sdist(folder, "high-er", version, files=files, requires=requires)
    build_wheel(folder, "other", "1.0", files={"other.py": ""}, requires=["low", "extra"])
    build_wheel(folder, "extra", "1.0", files={"extra.py": ""})
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


@pytest.fixture
def project(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pins and a log, where the command runs."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_bytes(PINS.encode())
    (folder / "crash.log").write_text(LOG, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def fix(*options: str, pins: str = "requirements.txt") -> int:
    return main(["fix", "-r", pins, "--log", "crash.log", "--lock", "low", "--write", *options])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_only_the_version_changes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix() == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh_Er == 1.1\nother==1.0 ; python_version < '4'\n"
    assert err.splitlines()[-1] == "wrote     requirements.txt (1 line)"
    assert (project / "requirements.txt").read_bytes() == PINS.replace("1.0  #", "1.1  #").encode()


def test_a_second_run_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fix()
    first = contents(project)
    assert fix() == Exit.NO_REPAIR
    assert capsys.readouterr().err.splitlines()[-1] == "wrote     nothing: nothing moves"
    assert contents(project) == first


def test_hashes_are_those_of_all_files_of_the_new_release(project: Path, index: Index) -> None:
    hashes = {
        version: sorted(digest(path) for path in index.folder.glob(f"high*-{version}*"))
        for version in ("1.0", "1.1")
    }
    low = digest(next(index.folder.glob("low-2.0*")))

    def written(version: str) -> str:
        lines = "".join(f" \\\n\t--hash=sha256:{each}" for each in hashes[version])
        return f"low==2.0 --hash=sha256:{low}\nhigh-er=={version}{lines}\nother==1.0\n"

    (project / "requirements.txt").write_text(written("1.0"))
    assert len(hashes["1.1"]) == 2
    assert fix() == Exit.OK
    assert (project / "requirements.txt").read_text() == written("1.1")


FORMS = {
    "pyproject.toml": '[project]\ndependencies = [\n  "low==2.0", # held\n  "high.er[x] == 1.0",\n"other==1"]\n',
    "environment.yml": "dependencies:\n  - python\n  - pip:\n    - low==2.0\n    - 'high.er == 1.0'\n    - other==1\n",
    "layers.txt": "-r base.txt\nlow==2.0\nother==1\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_other_forms(project: Path, name: str) -> None:
    (project / name).write_text(FORMS[name])
    (project / "base.txt").write_text("high-er==1.0\n")
    assert fix(pins=name) == Exit.OK
    assert (project / name).read_text() == FORMS[name].replace("== 1.0", "== 1.1")
    assert (project / "base.txt").read_text() == (
        "high-er==1.1\n" if name == "layers.txt" else "high-er==1.0\n"
    )


def test_the_files_of_a_pylock_are_those_of_the_new_release(project: Path, index: Index) -> None:
    def package(name: str, version: str) -> str:
        wheel = next(index.folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
        url = f"{index.url.removesuffix('/simple')}/files/{wheel.name}"
        return (
            f'[[packages]]\nname = "{name}"\nversion = "{version}"\n'
            f'wheels = [{{ url = "{url}", hashes = {{ sha256 = "{digest(wheel)}" }} }}]\n\n'
        )

    def lock(version: str) -> str:
        packages = (package("high-er", version), package("low", "2.0"), package("other", "1.0"))
        return "".join(('lock-version = "1.0"\ncreated-by = "x"\n\n', *packages))

    (project / "pylock.toml").write_text(lock("1.0"))
    assert fix(pins="pylock.toml") == Exit.OK
    assert (project / "pylock.toml").read_text() == lock("1.1")


UV = """\
version = 1
[[package]]
name = "low"
version = "2.0"
source = { registry = "https://example.test/simple" }
[[package]]
name = "high-er"
version = "1.0"
source = { registry = "https://example.test/simple" }
[[package]]
name = "other"
version = "1.0"
source = { registry = "https://example.test/simple" }
"""


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        pytest.param("uv.lock", UV, "uv.lock is only read: uv lock --upgrade-package", id="a lock file"),
        pytest.param(
            "r.txt",
            f"low==2.0\nother==1.0\nhigh-er==1.0 --hash=sha512:{'a' * 128}\n",
            "hashes-unknown",
            id="other hashes",
        ),
    ],
)
def test_what_cannot_be_written_stays_and_the_exit_code_too(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, why: str
) -> None:
    (project / name).write_text(content)
    before = contents(project)
    assert fix(pins=name) == Exit.OK
    out, err = capsys.readouterr()
    assert "high-er==1.1" in out
    assert err.splitlines()[-1].startswith("wrote     nothing: ")
    assert why in err.splitlines()[-1]
    assert contents(project) == before


def test_pins_of_a_case_stand_in_no_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "case.yaml").write_text(
        "pins: [low==2.0, high-er==1.0, other==1.0]\nlog_file: crash.log\nlock: low\n"
    )
    assert main(["fix", "--case", "case.yaml", "--write"]) == Exit.OK
    assert (
        capsys.readouterr().err.splitlines()[-1]
        == "wrote     nothing: the pins stand in no file of their own"
    )


def test_a_hypothesis_is_not_written(project: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    for version in ("1.0", "1.1"):
        build_wheel(index.folder, "native", version, files={"native/__init__.py": ""})
    (project / "requirements.txt").write_text("low==2.0\nnative==1.0\n")
    (project / "crash.log").write_text(
        'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n    native.go()\n'
        '  File "/v/lib/python3.10/site-packages/native/__init__.py", line 1, in go\n'
        "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED\n"
    )
    assert fix() == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nnative==1.1\n"
    assert err.splitlines()[-1] == "wrote     nothing: the move of native is a hypothesis"
    assert (project / "requirements.txt").read_text() == "low==2.0\nnative==1.0\n"


# --- compiled files ------------------------------------------------------------------------------------

STYLES = {
    "plain": [],
    "hashes": ["--generate-hashes"],
    "comments beside pins": ["--annotation-style=line"],
}


def pip_compile(index: Index, *options: str) -> str:
    """What the real pip-compile makes of ``requirements.in`` here."""
    argv = [sys.executable, "-m", "piptools", "compile", "-q", "--strip-extras", *options]
    argv += ["--output-file=requirements.txt", "requirements.in"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path("requirements.txt").read_text()


@pytest.mark.parametrize("options", STYLES.values(), ids=STYLES)
def test_a_compiled_file_is_written_as_pip_compile_writes_it(
    project: Path, index: Index, options: list[str]
) -> None:
    (project / "requirements.txt").unlink()
    (project / "requirements.in").write_text("# ours\nhigh-er==1.0\nother\nlow\n")
    before = pip_compile(index, *options)
    assert "high-er==1.0" in before
    assert fix("--python", "3.8") == Exit.OK
    written = (project / "requirements.txt").read_text()
    assert (project / "requirements.in").read_text() == "# ours\nhigh-er==1.1\nother\nlow\n"
    (project / "requirements.txt").unlink()
    assert written == pip_compile(index, *options)
    assert written != before


MADE = """\
# This file is autogenerated by pip-compile with Python 3.10
extra==1.0
    # via
    #   high-er
    #   other
high-er==1.0
    # via -r requirements.in
low==2.0
    # via
    #   high-er
    #   other
other==1.0
    # via -r requirements.in
"""


RANGES = {
    "a source": (
        "requirements.txt",
        {"requirements.in": "# ours\nhigh-er<1.1\nother\n"},
        "requirements.in:2",
    ),
    "a constraint": (
        "layer.txt",
        {"layer.txt": "-r requirements.txt\n-c limits\n", "limits": "high-er<1.1\n"},
        "limits:1",
    ),
}


@pytest.mark.parametrize(("pins", "files", "where"), RANGES.values(), ids=RANGES)
def test_ranges_in_the_projects_own_files_hold(
    project: Path,
    index: Index,
    capsys: pytest.CaptureFixture[str],
    pins: str,
    files: dict[str, str],
    where: str,
) -> None:
    for name, content in {"requirements.txt": MADE, **files}.items():
        (project / name).write_text(content)
    before = contents(project)
    index.cache_control = "max-age=0"
    assert fix(pins=pins) == Exit.NO_REPAIR
    err = capsys.readouterr().err
    assert f"{where} asks for high-er<1.1" in err
    assert "way out   widen the ranges in the project's files: high-er 1.0 -> 1.1" in err
    assert contents(project) == before
    kept = {"high/__init__.py": "from low.names import kept\n"}
    build_wheel(index.folder, "high-er", "1.0.1", files=kept, requires=["low", "extra"])
    assert fix(pins=pins) == Exit.OK
    assert (project / "requirements.txt").read_text() == MADE.replace("high-er==1.0", "high-er==1.0.1")


def test_without_sources_comments_change_and_the_report_says_what_is_not_known(
    project: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    build_wheel(index.folder, "other", "1.0", files={"other.py": ""}, requires=["low"])
    (project / "requirements.txt").write_text(MADE.replace("    #   other\nhigh", "    #   -c limits\nhigh"))
    assert fix() == Exit.OK
    wrote = [line for line in capsys.readouterr().err.splitlines() if line.startswith("wrote")]
    assert wrote[0] == "wrote     requirements.txt (1 line)"
    assert "was compiled from files that cannot be read here" in wrote[1]
    written = (project / "requirements.txt").read_text()
    assert "high-er==1.1\n" in written
    assert "extra==1.0\n    # via -c limits\n" in written
    assert written.endswith("other==1.0\n    # via\n    #   -r requirements.in\n    #   high-er\n")


def test_a_pin_that_nothing_asks_for_any_more_stays_and_is_told(
    project: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    build_wheel(index.folder, "other", "1.0", files={"other.py": ""}, requires=["low"])
    (project / "requirements.txt").write_text(
        MADE.replace("    # via\n    #   high-er\n    #   other\nhigh", "    # via high-er\nhigh")
    )
    (project / "requirements.in").write_text("other\nhigh-er\n")
    assert fix() == Exit.OK
    wrote = [line for line in capsys.readouterr().err.splitlines() if line.startswith("wrote")]
    assert wrote[-1] == "wrote     pip-compile would leave extra out: what moved no longer asks for it"
    assert "\nextra==1.0\nhigh-er==1.1\n" in (project / "requirements.txt").read_text()
