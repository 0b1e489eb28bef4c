"""``[tool.numlock]`` to values; wrong ones to errors that name the right ones."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.read import read_configuration


def write(folder: Path, table: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[project]\nname = 'x'\n{table}", encoding="utf-8")
    return folder


def test_every_key(tmp_path: Path) -> None:
    table = """
[tool.numlock]
locks = ["numpy==1.26.4", "torch"]
python = ["3.10", "3.12"]
platforms = "linux"
files = ["requirements/*.txt"]
projects = ["src"]
ignore = [
    { package = "Old_Name<2", reason = "never imported", until = 2030-01-31 },
    { package = "other", reason = "patched" },
]
"""
    inner = tmp_path / "deep" / "inside"
    inner.mkdir(parents=True)
    write(tmp_path, table)
    found = read_configuration(inner)
    assert found.folder == tmp_path
    assert [(lock.name, str(lock.version or "")) for lock in found.locks] == [
        ("numpy", "1.26.4"),
        ("torch", ""),
    ]
    assert found.pythons == ((3, 10), (3, 12))
    assert found.platforms == ("manylinux_2_39_x86_64",)
    assert (found.files, found.projects) == (("requirements/*.txt",), ("src",))
    first, second = found.ignore
    assert (first.package, str(first.versions), first.reason) == ("old-name", "<2", "never imported")
    assert not first.expired(datetime.date(2030, 1, 31))
    assert first.expired(datetime.date(2030, 2, 1))
    assert not second.expired(datetime.date.max)


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.other]\nlocks = 1\n"])
def test_nothing_is_configured(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    found = read_configuration(tmp_path)
    assert (found.locks, found.pythons, found.files) == ((), (), ())


@pytest.mark.parametrize(
    ("line", "reference", "hint"),
    [
        ("lock = ['numpy']", "configuration-unknown", "did you mean 'locks'?"),
        ("pythons = '3.9'", "configuration-unknown", "did you mean 'python'?"),
        ("zzz = 1", "configuration-unknown", "the keys are locks, python"),
        ("python = 3.9", "configuration-invalid", None),
        ("python = 'three'", "python-invalid", "write it as 3.11"),
        ("platforms = ['amiga']", "platform-invalid", "linux, macos, windows"),
        ("locks = ['numpy>1']", "lock-invalid", "NAME==VERSION"),
        ("files = ['../other.txt']", "configuration-invalid", None),
        ("ignore = 'numpy'", "configuration-invalid", None),
        ("ignore = [{ package = 'numpy' }]", "ignore-invalid", "reason"),
        ("ignore = [{ package = 'numpy', reason = 'r', untill = 1 }]", "configuration-unknown", "'until'"),
        ("ignore = [{ package = 'numpy', reason = 'r', until = 'May' }]", "ignore-invalid", "2030-01-31"),
        ("ignore = [{ package = '==', reason = 'r' }]", "ignore-invalid", None),
        ("= 1", "configuration-invalid", None),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(
    tmp_path: Path, line: str, reference: str, hint: str | None
) -> None:
    write(tmp_path, f"[tool.numlock]\n{line}\n")
    with pytest.raises(BadInput) as caught:
        read_configuration(tmp_path)
    assert caught.value.reference == reference
    assert "pyproject.toml" in (caught.value.where or "")
    assert hint is None or hint in (caught.value.hint or "")
