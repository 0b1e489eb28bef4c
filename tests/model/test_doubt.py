"""Which plans are certain enough to be written into the user's files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import (
    Because,
    Change,
    Closes,
    Conflict,
    ConflictKind,
    Evidence,
    Key,
    NoPlan,
    Nothing,
    Pins,
    Plan,
    Proof,
    Repair,
    Skipped,
    Target,
    Unknown,
    Verdict,
)


def conflict(evidence: Evidence) -> Conflict:
    return Conflict(kind=ConflictKind.NAME, members=(), because=(Because(text="x", evidence=evidence),))


def change(*evidence: Evidence) -> Change:
    because = tuple(map(conflict, evidence))
    return Change(name=canonicalize_name("a"), before=Version("1"), after=Version("2"), because=because)


def plan(*changes: Change, optimal: bool = True) -> Plan:
    return Plan(versions={}, changes=changes, cost=(), optimal=optimal)


CERTAIN = Repair(
    target=Target(python=(3, 10)),
    before=Pins(entries=(), active={}),
    outcome=plan(change(Evidence.METADATA)),
    closes=Closes(ok=True),
)
QUESTION = Unknown(
    release=Key(canonicalize_name("a"), Version("2")), question="whether a 2 works", why="it does not tell"
)
PROOF = Proof(argv=("python",), returncode=0, tail="", seconds=1.0)
CASES = {
    "a plan that closes": (CERTAIN, None),
    "a run that went well": (replace(CERTAIN, proof=PROOF), None),
    "a guess beside evidence": (
        replace(CERTAIN, outcome=plan(change(Evidence.HYPOTHESIS, Evidence.SOURCE))),
        None,
    ),
    "no plan": (replace(CERTAIN, outcome=NoPlan(core=()), closes=Skipped(why="x")), None),
    "nothing to do": (
        replace(CERTAIN, outcome=Nothing(verdict=Verdict.SOUND, why="x"), closes=Skipped(why="x")),
        None,
    ),
    "not minimal": (
        replace(CERTAIN, outcome=plan(change(Evidence.SOURCE), optimal=False)),
        "the plan is not shown minimal",
    ),
    "a guess": (
        replace(CERTAIN, outcome=plan(change(Evidence.SOURCE), change(Evidence.HYPOTHESIS))),
        "the move of a is a hypothesis",
    ),
    "a move without a reason": (replace(CERTAIN, outcome=plan(change())), "the move of a is a hypothesis"),
    "an open question": (
        replace(CERTAIN, unknowns=(QUESTION,)),
        "whether a 2 works is not known: it does not tell",
    ),
    "an open question about what stays": (
        replace(CERTAIN, unknowns=(replace(QUESTION, release=Key(canonicalize_name("b"), Version("1"))),)),
        None,
    ),
    "an open question that a run has answered": (
        replace(CERTAIN, unknowns=(QUESTION,), proof=PROOF),
        None,
    ),
    "a guess that a run has shown to be right": (
        replace(CERTAIN, outcome=plan(change(Evidence.HYPOTHESIS)), proof=PROOF),
        None,
    ),
    "pip-tools was not asked": (
        replace(CERTAIN, closes=Skipped(why="ended after 120 s")),
        "whether the plan closes is not known: ended after 120 s",
    ),
    "pip-tools refuses": (
        replace(CERTAIN, closes=Closes(ok=False, words="a 2 requires b")),
        "pip-tools refuses the plan: a 2 requires b",
    ),
    "a run that failed": (
        replace(CERTAIN, proof=replace(PROOF, returncode=1)),
        "the run of the plan ended with 1",
    ),
}


@pytest.mark.parametrize(("repair", "doubt"), CASES.values(), ids=CASES)
def test_doubt(repair: Repair, doubt: str | None) -> None:
    assert repair.doubt == doubt
