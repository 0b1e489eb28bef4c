"""Breaks that a run may meet: avoided where that costs no move, never at the price of one."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import Conflict, ConflictKind, Member, Plan
from numlock.solve import OBJECTIVE, Candidate, Problem, solve


def conflict(soft: bool = False, **members: str) -> Conflict:
    sides = tuple(
        Member(canonicalize_name(name), frozenset(map(Version, text.split())))
        for name, text in members.items()
    )
    return Conflict(kind=ConflictKind.NAME, members=sides, because=(), soft=soft)


def problem(*conflicts: Conflict, **packages: str) -> Problem:
    """Each package is pinned to its first version and may move to the others."""
    known = {canonicalize_name(name): list(map(Version, text.split())) for name, text in packages.items()}
    return Problem(
        pinned={name: each[0] for name, each in known.items()},
        candidates={name: tuple(Candidate(v) for v in each[1:]) for name, each in known.items()},
        conflicts=conflicts,
    )


TABLE = {
    "avoided by a farther move": (
        problem(conflict(a="1.0"), conflict(True, a="1.0.1"), a="1.0 1.0.1 3.0"),
        {"a": "3.0"},
        0,
    ),
    "avoided by moving the other side": (
        problem(
            conflict(a="1.0", b="1.0"), conflict(True, b="1.0", c="1.0"), a="1.0 1.0.1", b="1.0 2.0", c="1.0"
        ),
        {"b": "2.0"},
        0,
    ),
    "left where only another move would avoid it": (
        problem(conflict(a="1.0"), conflict(True, a="1.1", b="1.0"), a="1.0 1.1", b="1.0 1.1"),
        {"a": "1.1"},
        1,
    ),
    "no reason to move by itself": (problem(conflict(True, a="1.0"), a="1.0 1.1"), {}, 1),
}


@pytest.mark.parametrize(("asked", "moves", "left"), TABLE.values(), ids=TABLE.keys())
def test_a_soft_conflict(asked: Problem, moves: dict[str, str], left: int) -> None:
    outcome = solve(asked)
    assert isinstance(outcome, Plan)
    assert {str(change.name): str(change.after) for change in outcome.changes} == moves
    assert outcome.cost[OBJECTIVE.index("breaks")] == left
