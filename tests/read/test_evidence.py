"""Results of runs from elsewhere: what is taken in, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from numlock.errors import BadInput
from numlock.read import read_evidence, read_wanted

RUN: dict[str, Any] = {
    "format": 1,
    "python": "3.11",
    "platform": "manylinux_2_39_x86_64",
    "pins": ["high==1.0", "low==2.0"],
    "command": ["python", "main.py"],
    "program": "import high\n",
    "project": None,
    "returncode": 1,
    "seconds": 0.25,
    "tail": "ImportError: no",
}


def write(folder: Path, document: object, name: str = "a.json") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_results_are_read_from_a_folder_and_from_those_in_it(tmp_path: Path) -> None:
    write(tmp_path, RUN)
    write(tmp_path, {**RUN, "returncode": 0, "extra": ["unknown keys do not matter"]}, "set-1/b.json")
    write(tmp_path, {**RUN, "returncode": None, "why": "no such Python"}, "c.json")
    write(tmp_path, "not looked at", "notes.txt")
    found = read_evidence(str(tmp_path))
    assert [(proof.returncode, proof.tail, proof.seconds) for _, proof in found] == [
        (1, "ImportError: no", 0.25),
        (0, "ImportError: no", 0.25),
    ]
    wanted, _ = found[0]
    assert wanted.target.python == (3, 11)
    assert wanted.argv == ("python", "main.py")
    assert set(wanted.document) == {"format", "python", "platform", "pins", "command", "program", "project"}


HOSTILE: dict[str, object] = {
    "no JSON": "{",
    "no mapping": "[1]",
    "deeply nested": "[" * 100_000,
    "another format": {**RUN, "format": 2},
    "pins that are no list": {**RUN, "pins": "high==1.0"},
    "pins that are no texts": {**RUN, "pins": [{"name": "high"}]},
    "no pins": {**RUN, "pins": []},
    "too many pins": {**RUN, "pins": ["a==1"] * 20_001},
    "a pin of two lines": {**RUN, "pins": ["high==1.0\n--index-url=https://evil.test"]},
    "no command": {**RUN, "command": []},
    "a command with a null": {**RUN, "command": ["python\0"]},
    "a program that is no text": {**RUN, "program": 7},
    "a Python that is none": {**RUN, "python": "three"},
    "a platform that is none": {**RUN, "platform": "../../etc"},
    "an exit code that is none": {**RUN, "returncode": "0"},
    "an exit code that is a truth": {**RUN, "returncode": True},
    "a huge exit code": {**RUN, "returncode": 10**30},
    "seconds that are none": {**RUN, "seconds": "1"},
    "a tail that is no text": {**RUN, "tail": ["x"]},
    "too large": {**RUN, "tail": "x" * 2_000_000},
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_anything_else_is_refused_with_its_place(tmp_path: Path, document: object) -> None:
    path = write(tmp_path, document)
    with pytest.raises(BadInput) as caught:
        read_evidence(str(tmp_path))
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 500


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / f"{number}.json").touch()
    with pytest.raises(BadInput, match="more than 1000 files"):
        read_evidence(str(tmp_path))


def test_an_entry_of_a_matrix_is_told_from_a_requirements_file(tmp_path: Path) -> None:
    entry = write(tmp_path, {**RUN, "name": "set-1"})
    found = read_wanted(str(entry))
    assert found is not None
    assert found.pins == ("high==1.0", "low==2.0")
    assert read_wanted(str(write(tmp_path, "low==2.0\n", "r.txt"))) is None
    with pytest.raises(BadInput, match="is not JSON"):
        read_wanted(str(write(tmp_path, "{broken", "b.json")))
