"""Misfits of binaries over releases: few reads, and the repair that they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.binaries import boundary
from numlock.cli import main
from numlock.errors import Exit
from numlock.model import Key
from support.binaries import extension, for_numpy
from support.distributions import build_wheel, noise
from support.index import Index

TAG = "cp311-cp311-manylinux_2_17_x86_64"
KEYS = [Key(canonicalize_name("user"), Version(f"1.{minor}")) for minor in range(40)]
LOG = """Traceback (most recent call last):
  File "/home/u/main.py", line 1, in <module>
    import user
  File "/home/u/.venv/lib/python3.11/site-packages/user/__init__.py", line 1, in <module>
    from user.lazy import fast
  File "user/fast.pyx", line 1, in init user.fast
ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88
"""
LOST = """Traceback (most recent call last):
  File "/home/u/main.py", line 1, in <module>
    import user
  File "/home/u/.venv/lib/python3.11/site-packages/user/__init__.py", line 2, in <module>
    load("lib/all.so")
OSError: libcublas.so.11: cannot open shared object file: No such file or directory
"""


@pytest.mark.parametrize("last", [-1, 0, 1, 7, 20, 38, 39])
def test_the_boundary_is_found_in_few_reads(last: int) -> None:
    read: list[Key] = []

    def failing(keys: list[Key]) -> set[Key]:
        read.extend(keys)
        return {key for key in keys if KEYS.index(key) <= last}

    assert boundary(KEYS, failing) == set(KEYS[: last + 1])
    assert len(read) <= 14


def test_where_there_is_no_one_boundary_only_what_was_read_counts() -> None:
    bad = {KEYS[7], KEYS[23]}
    assert boundary(KEYS, bad.intersection) == bad


def test_no_candidates() -> None:
    assert boundary([], set) == set()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """user is built for numpy 2 from 1.3 on, and 1.0 to 1.4 install."""
    folder = tmp_path / "dists"
    folder.mkdir()
    build_wheel(folder, "numpy", "2.0.2", files={"numpy/__init__.py": ""}, tag=TAG)
    build_wheel(folder, "numpy", "1.26.4", files={"numpy/__init__.py": ""}, tag=TAG)
    for minor in range(5):
        files: dict[str, str | bytes] = {"user/__init__.py": "from user import fast\n"}
        files["user/fast.so"] = for_numpy(1 if minor < 3 else 2, 0xE)
        build_wheel(folder, "user", f"1.{minor}", files=files, tag=TAG, requires=["numpy"])
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


def fix(folder: Path, *options: str) -> int:
    pins = folder / "requirements.txt"
    pins.write_text("numpy==2.0.2\nuser==1.1\n", encoding="utf-8")
    return main(["fix", "-r", str(pins), "--python", "3.11", "--platform", "linux", *options])


def test_pins_that_cannot_load_are_repaired_without_a_crash(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fix(tmp_path) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "numpy==2.0.2\nuser==1.3\n"
    assert (
        "user 1.1 user/fast.so was built for numpy's C ABI 0x1000009, and numpy 2.0.2 has C ABI 0x2000000"
        in err
    )
    assert "[binary]" in err


def test_where_the_user_is_locked_the_other_side_moves(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fix(tmp_path, "--lock", "user") == Exit.OK
    assert capsys.readouterr().out == "numpy==1.26.4\nuser==1.1\n"


def test_both_locked_is_no_plan(tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix(tmp_path, "--lock", "user", "--lock", "numpy") == Exit.NO_REPAIR
    assert "release the lock on user: user 1.1 -> 1.3" in capsys.readouterr().err


def test_a_crash_tells_what_no_import_shows(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """The package loads its module behind code that cannot be followed; the log says that it did."""
    for minor in range(5):
        files: dict[str, str | bytes] = {
            "user/__init__.py": "from user.lazy import fast\n",
            "user/lazy.py": "fast = load('fast')\n",
            "user/fast.so": for_numpy(1 if minor < 3 else 2, 0xE),
        }
        build_wheel(index.folder, "user", f"1.{minor}", files=files, tag=TAG, requires=["numpy"])
    (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
    assert fix(tmp_path) == Exit.OK
    assert capsys.readouterr().out == "numpy==2.0.2\nuser==1.1\n"
    assert fix(tmp_path, "--log", str(tmp_path / "crash.log")) == Exit.OK
    assert capsys.readouterr().out == "numpy==2.0.2\nuser==1.3\n"


def test_a_library_that_nobody_brings(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """1.0 brings its own, 1.1 and 1.2 rely on a package that is not pinned, 1.3 is not linked to it."""
    for minor, needed in enumerate((["libcublas-1a2b.so.11"], ["libcublas.so.11"], ["libcublas.so.11"], [])):
        files: dict[str, str | bytes] = {
            "user/__init__.py": "load()\n",
            "user/lib/all.so": extension(needed=needed),
        }
        build_wheel(index.folder, "user", f"1.{minor}", files=files, tag=TAG)
    (tmp_path / "crash.log").write_text(LOST, encoding="utf-8")
    assert fix(tmp_path, "--log", str(tmp_path / "crash.log")) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "numpy==2.0.2\nuser==1.3\n"
    assert (
        "user 1.1 user/lib/all.so is linked to libcublas.so.11, which the log says is not there [binary]"
        in err
    )


def test_what_is_too_large_to_be_read_is_as_old_as_its_upload(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """1.1 was made before there was a second ABI, 1.2 when pre-releases alone had it: 1.3 is the likelier one."""
    folder = tmp_path / "large"
    folder.mkdir()
    build_wheel(folder, "numpy", "2.0.2", files={"numpy/__init__.py": ""}, tag=TAG)
    index = Index(folder)
    for version, made in (
        ("1.0", "2023-01-01"),
        ("1.1", "2023-12-31"),
        ("1.2", "2024-06-03"),
        ("1.3", "2025-01-16"),
    ):
        files: dict[str, str | bytes] = {"user/__init__.py": "load()\n", "user/fast.so": noise(6_100_000)}
        path = build_wheel(folder, "user", version, files=files, tag=TAG, requires=["numpy"])
        index.uploaded[path.name] = f"{made}T00:00:00Z"
    with index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
        assert fix(tmp_path, "--log", str(tmp_path / "crash.log")) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "numpy==2.0.2\nuser==1.3\n"
    assert "user 1.1 user.fast was made when there was no other ABI than numpy's C ABI 0x1000009" in err
    assert "[metadata]" in err
