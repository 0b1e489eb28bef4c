"""Case documents: YAML, JSON and the labelled form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.model import Pin
from numlock.read import read_case

SEED = Path(__file__).parents[2] / "examples" / "hifi-gan.txt"


def case(folder: Path, text: str) -> str:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_labelled_form() -> None:
    found = read_case(str(SEED))
    assert len(found.entries) == 32
    assert all(isinstance(entry, Pin) for entry in found.entries)
    assert found.python == (3, 7)
    assert [(lock.name, str(lock.version)) for lock in found.locks] == [("numpy", "1.18.3")]
    assert found.log is not None
    assert "CUDNN_STATUS_NOT_INITIALIZED" in found.log


def test_yaml_keeps_numbers_as_they_are_written(tmp_path: Path) -> None:
    found = read_case(case(tmp_path, "pins: |\n  a==1.10\n  b==2  # why\npython: 3.10\nlock: a\nlog: boom\n"))
    assert [entry.at(entry.version) for entry in found.entries if isinstance(entry, Pin)] == [
        "a==1.10",
        "b==2",
    ]
    assert found.python == (3, 10)
    assert found.log == "boom"


@pytest.mark.parametrize("lock", ["a==1", {"name": "a", "version": "1"}, ["a==1"]])
def test_a_lock_in_all_its_forms(tmp_path: Path, lock: object) -> None:
    found = read_case(case(tmp_path, json.dumps({"pins": ["a==1"], "lock": lock})))
    assert [(each.name, str(each.version)) for each in found.locks] == [("a", "1")]


def test_files_stand_beside_the_case(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("a==1\n", encoding="utf-8")
    (tmp_path / "crash.log").write_text("boom\n", encoding="utf-8")
    found = read_case(case(tmp_path, "requirements: r.txt\nlog_file: crash.log\n"))
    assert [entry.name for entry in found.entries] == ["a"]
    assert found.log == "boom\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("pins: [a==1", "neither YAML nor", id="broken YAML"),
        pytest.param("- a==1", "is not a mapping", id="a list"),
        pytest.param("python: 3.10", "has no list of pins", id="no pins"),
        pytest.param("pins: {a: 1}", "has no list of pins", id="a mapping of pins"),
        pytest.param("pins: [a==1]\nlock: [[{}]]", "lock is not", id="an odd lock"),
        pytest.param("pins: &x [a==1]\nlock: *x", "alias", id="an alias, which could unfold without end"),
        pytest.param("pins: [a==1]\npython: [3]", "python is not text", id="an odd Python"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_case(case(tmp_path, text))
    assert "case.yaml" in str(caught.value)
