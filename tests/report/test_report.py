"""Reports of one repair, whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import (
    Because,
    Cause,
    Change,
    Closes,
    Conflict,
    ConflictKind,
    Diagnosis,
    Evidence,
    Frame,
    Member,
    NoPlan,
    Nothing,
    Opaque,
    Origin,
    Pin,
    Pins,
    Place,
    Plan,
    Repair,
    Target,
    Verdict,
    WayOut,
    Where,
)
from numlock.report import as_json, as_pins, as_text

NUMPY, TORCH, OLD, NEW = (
    canonicalize_name("numpy"),
    canonicalize_name("torch"),
    Version("1.8.0"),
    Version("1.8.1"),
)


def pin(spelled: str, version: str, after: str = "") -> Pin:
    where = Where(path="requirements.txt", line=1)
    name = canonicalize_name(spelled)
    text = (f"{spelled}==", after)
    return Pin(name=name, spelled=spelled, version=Version(version), written=version, text=text, where=where)


ENTRIES = (
    pin("NumPy", "1.18.03"),
    Opaque(text="-e .", where=Where(path="r.txt", line=2)),
    pin("torch", "1.8.0"),
)
BEFORE = Pins(
    entries=ENTRIES,
    active={entry.name: entry for entry in ENTRIES if isinstance(entry, Pin)},
    locked=frozenset({NUMPY}),
)
CONFLICT = Conflict(
    kind=ConflictKind.ADVISORY,
    members=(Member(TORCH, frozenset({OLD})),),
    because=(
        Because(text="torch 1.8.0 is \x1b[31mbroken", evidence=Evidence.ADVISORY, link="https://e.test/1"),
    ),
)
FRAME = Frame(
    file="/x/torch/nn.py", inside="torch/nn.py", line=3, function="f", code="g()", place=Place.LIBRARY
)
DIAGNOSIS = Diagnosis(
    cause=Cause.NATIVE,
    origin=Origin.TRANSITIVE,
    rule="native",
    summary="RuntimeError inside torch",
    culprit=TORCH,
    frame=FRAME,
)
PLAN = Plan(
    versions={NUMPY: Version("1.18.3"), TORCH: NEW},
    changes=(Change(name=TORCH, before=OLD, after=NEW, because=(CONFLICT,)),),
    cost=(1, 0),
)


def repair(outcome: Plan | NoPlan | Nothing) -> Repair:
    target = Target(python=(3, 7), source="the case")
    closes = Closes(ok=True)
    return Repair(target=target, before=BEFORE, outcome=outcome, diagnosis=DIAGNOSIS, closes=closes)


def test_pins_keep_names_order_spelling_and_count() -> None:
    assert as_pins(repair(PLAN)) == "NumPy==1.18.03\n-e .\ntorch==1.8.1\n"


def test_pins_are_unchanged_without_a_plan() -> None:
    nothing = Nothing(verdict=Verdict.NOT_KNOWN, why="no fact explains it")
    assert as_pins(repair(nothing)) == "NumPy==1.18.03\n-e .\ntorch==1.8.0\n"


REPORTS: dict[str, Plan | NoPlan | Nothing] = {
    "plan": PLAN,
    "no-plan": NoPlan(
        core=(CONFLICT,),
        ways_out=(WayOut(release=NUMPY, changes=(), text="release numpy: numpy 1.18.3 -> 1.19.5"),),
    ),
    "nothing": Nothing(verdict=Verdict.NOT_KNOWN, why="no fact explains it"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_text_report(name: str, update: bool) -> None:
    path = Path(__file__).parent / "data" / f"{name}.txt"
    text = as_text(repair(REPORTS[name]))
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert "\x1b" not in text


def test_json_report_holds_the_change_and_its_evidence() -> None:
    document = json.loads(as_json(repair(PLAN)))
    assert document["pins"] == ["NumPy==1.18.03", "-e .", "torch==1.8.1"]
    (change,) = document["outcome"]["changes"]
    assert (change["name"], change["before"], change["after"]) == ("torch", "1.8.0", "1.8.1")
    assert change["because"][0]["because"][0]["link"] == "https://e.test/1"
    assert document["diagnosis"]["frame"] == {"file": "torch/nn.py", "line": 3, "code": "g()"}
