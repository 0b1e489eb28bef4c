"""A patch that git takes, and suggestions that leave the file as the patch would."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from numlock.action.inputs import read_place
from numlock.action.patch import patch_of, suggestions_of
from numlock.model import Nothing, Pins, Repair, Target, Verdict
from numlock.read import Edit

REPAIR = Repair(
    target=Target(python=(3, 10)),
    before=Pins(entries=(), active={}),
    outcome=Nothing(verdict=Verdict.SOUND, why="none"),
)
TEXTS = {
    "one line": (b"a==1\nb==1\nc==1\n", b"a==1\nb==2\nc==1\n"),
    "the last line without an end": (b"a==1\nb==1", b"a==1\nb==2"),
    "two places": (b"a==1\nb==1\nc==1\nd==1\n", b"a==2\nb==1\nc==1\nd==2\n"),
    "more lines": (b"a==1 \\\n  --hash=x\nb==1\n", b"a==2 \\\n  --hash=y \\\n  --hash=z\nb==1\n"),
    "an added line": (b"a==1\n    # via b\n", b"a==1\n    # via b\n    # via c\n"),
    "a removed line": (b"a==1\n    # via b\n    # via c\n", b"a==1\n    # via c\n"),
    "ticks": (b"a==1  # ```\n", b"a==2  # ```\n"),
}


def edit(folder: Path, before: bytes, after: bytes, name: str = "sub dir/requirements.txt") -> Edit:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(before)
    return Edit(path=str(path), before=before, after=after, lines=1)


@pytest.mark.parametrize("name", TEXTS)
def test_git_applies_the_patch(tmp_path: Path, name: str) -> None:
    before, after = TEXTS[name]
    place = read_place({"GITHUB_WORKSPACE": str(tmp_path)})
    edits = [edit(tmp_path, before, after), edit(tmp_path, b"x\r\n", b"y\r\n", "crlf.txt")]
    (tmp_path / "the.patch").write_bytes(patch_of(edits, place))
    subprocess.run(["git", "apply", "the.patch"], cwd=tmp_path, check=True)
    assert Path(edits[0].path).read_bytes() == after
    assert Path(edits[1].path).read_bytes() == b"y\r\n"


@pytest.mark.parametrize("name", TEXTS)
def test_suggestions_make_the_same_file(tmp_path: Path, name: str) -> None:
    before, after = TEXTS[name]
    place = read_place({"GITHUB_WORKSPACE": str(tmp_path)})
    lines = before.decode().splitlines()
    for each in reversed(list(suggestions_of([edit(tmp_path, before, after)], REPAIR, place))):
        assert each.path == "sub dir/requirements.txt"
        lines[each.first - 1 : each.last] = each.text.splitlines()
    assert lines == after.decode().splitlines()


@pytest.mark.parametrize(
    "after", [b"a==2\r\n", b"a==2 # \xe2\x80\xae\n", b"a==2 # \xff\n", b"a==2 # \x1b[0m\n"]
)
def test_lines_that_cannot_be_shown_are_not_suggested(tmp_path: Path, after: bytes) -> None:
    place = read_place({"GITHUB_WORKSPACE": str(tmp_path)})
    assert list(suggestions_of([edit(tmp_path, after.replace(b"2", b"1"), after)], REPAIR, place)) == []


def test_files_outside_the_repository_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    place = replace(read_place({}), workspace=str(tmp_path / "inner"))
    edits = [edit(tmp_path, b"a\n", b"b\n")]
    assert patch_of(edits, place) == b""
    assert list(suggestions_of(edits, REPAIR, place)) == []
