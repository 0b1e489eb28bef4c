"""Packages that refuse versions of others when they are imported: found in their source, and the repair."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_wheel
from support.index import Index

CHECK = """from packaging.version import Version
import low
from high.bounds import MOST
FOUND = Version(low.__version__)
if FOUND < Version("1.0") or FOUND > Version(MOST):
    raise ImportError(f"high needs low <= {MOST}")
"""
LOG = """Traceback (most recent call last):
  File "/home/u/main.py", line 1, in <module>
    import high
  File "/home/u/.venv/lib/python3.10/site-packages/high/__init__.py", line 6, in <module>
    raise ImportError(f"high needs low <= {MOST}")
ImportError: high needs low <= 1.9, not low 2.0
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """high takes low up to a version that it keeps in another module: 1.9 for high 1.0 and 1.1, 3.0 from 1.2 on."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version in ("0.9", "1.5", "1.9", "2.0", "2.1"):
        build_wheel(folder, "low", version, files={"low/__init__.py": f"__version__ = '{version}'\n"})
    for version, most in (("1.0", "1.9"), ("1.1", "1.9"), ("1.2", "3.0"), ("1.3", "3.0")):
        files = {"high/__init__.py": CHECK, "high/bounds.py": f"MOST = '{most}'\n"}
        build_wheel(folder, "high", version, files=files, requires=["low"])
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


def fix(folder: Path, *options: str) -> int:
    pins = folder / "requirements.txt"
    pins.write_text("high==1.0\nlow==2.0\n", encoding="utf-8")
    (folder / "crash.log").write_text(LOG, encoding="utf-8")
    return main(["fix", "-r", str(pins), "--python", "3.10", "--platform", "linux", *options])


@pytest.mark.parametrize("log", [True, False])
def test_the_package_that_refuses_moves(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str], log: bool
) -> None:
    options = ("--log", str(tmp_path / "crash.log")) if log else ()
    assert fix(tmp_path, "--lock", "low", *options) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "high==1.2\nlow==2.0\n"
    assert (
        "high 1.0 high/__init__.py:6 refuses low 2.0: it raises where low.__version__ > 1.9 [source]" in err
    )


def test_the_refused_package_moves_no_farther_than_it_must(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fix(tmp_path, "--lock", "high") == Exit.OK
    assert capsys.readouterr().out == "high==1.0\nlow==1.9\n"


def test_a_refusal_that_is_caught_is_none(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "high/__init__.py": "try:\n    from high import checked\nexcept ImportError:\n    checked = None\n"
    }
    files |= {"high/checked.py": CHECK, "high/bounds.py": "MOST = '1.9'\n"}
    build_wheel(index.folder, "high", "1.0", files=files, requires=["low"])
    assert fix(tmp_path) == Exit.OK
    assert capsys.readouterr().out == "high==1.0\nlow==2.0\n"
