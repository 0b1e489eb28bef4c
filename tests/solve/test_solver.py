"""Plans of lowest cost, and the smallest reasons for none."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.model import Conflict, ConflictKind, Member, NoPlan, Plan
from numlock.solve import OBJECTIVE, Candidate, Problem, solve
from numlock.solve.problem import choices

A, B = canonicalize_name("a"), canonicalize_name("b")


def versions(text: str) -> list[Version]:
    return [Version(each) for each in text.split()]


def conflict(soft: bool = False, **members: str) -> Conflict:
    """``conflict(a="1 2", b="1")``: neither a 1 nor a 2 beside b 1."""
    sides = tuple(Member(canonicalize_name(n), frozenset(versions(v))) for n, v in members.items())
    return Conflict(kind=ConflictKind.NAME, members=sides, because=(), soft=soft)


def problem(*conflicts: Conflict, locked: str = "", unknown: str = "", **packages: str) -> Problem:
    """``problem(..., a="1.0 1.1")``: a is pinned to the first and may move to the others."""
    known = {canonicalize_name(name): versions(text) for name, text in packages.items()}
    open_ones = set(versions(unknown))
    return Problem(
        pinned={name: each[0] for name, each in known.items()},
        locked=frozenset(canonicalize_name(name) for name in locked.split()),
        candidates={
            name: tuple(Candidate(v, v in open_ones) for v in each[1:]) for name, each in known.items()
        },
        conflicts=conflicts,
    )


def moves(outcome: Plan | NoPlan) -> dict[str, str]:
    assert isinstance(outcome, Plan)
    return {str(change.name): str(change.after) for change in outcome.changes}


TABLE = {
    "nothing moves where nothing breaks": (problem(a="1.0 1.1"), {}),
    "a patch before a minor move": (problem(conflict(a="1.0"), a="1.0 1.0.1 1.1"), {"a": "1.0.1"}),
    "a minor before a major move": (problem(conflict(a="1.0"), a="1.0 0.9 2.0 1.1"), {"a": "1.1"}),
    "below 1.0 the second number is the major one": (
        problem(conflict(a="0.5.0"), a="0.5.0 0.6.0 0.5.1"),
        {"a": "0.5.1"},
    ),
    "calendar versions by their first number": (
        problem(conflict(a="2023.3"), a="2023.3 2024.1 2023.12"),
        {"a": "2023.12"},
    ),
    "forward before backward": (problem(conflict(a="1.1"), a="1.1 1.0 1.2"), {"a": "1.2"}),
    "the nearest": (problem(conflict(a="1.0"), a="1.0 1.3 1.2 1.1"), {"a": "1.1"}),
    "one move before two": (
        problem(conflict(a="1.0", b="1.0"), conflict(a="1.1", b="1.0"), a="1.0 1.1 2.0", b="1.0 5.0"),
        {"b": "5.0"},
    ),
    "a known choice before an unknown one": (
        problem(conflict(a="1.0"), unknown="1.0.1", a="1.0 1.0.1 2.0"),
        {"a": "2.0"},
    ),
    "an unknown choice before none": (problem(conflict(a="1.0"), unknown="1.1", a="1.0 1.1"), {"a": "1.1"}),
    "a lock never moves": (
        problem(conflict(a="1.0", b="1.0"), locked="a", a="1.0 1.0.1", b="1.0 9.0"),
        {"b": "9.0"},
    ),
    "two where one will not do": (
        problem(conflict(a="1.0"), conflict(a="1.1", b="1.0"), a="1.0 1.1", b="1.0 1.1"),
        {"a": "1.1", "b": "1.1"},
    ),
    "a soft conflict is avoided where that costs no move": (
        problem(conflict(a="1.0"), conflict(True, a="1.0.1"), a="1.0 1.0.1 3.0"),
        {"a": "3.0"},
    ),
    "but never at the price of a move": (
        problem(conflict(a="1.0"), conflict(True, a="1.1", b="1.0"), a="1.0 1.1", b="1.0 1.1"),
        {"a": "1.1"},
    ),
    "a soft conflict alone asks for nothing": (problem(conflict(True, a="1.0"), a="1.0 1.1"), {}),
}


@pytest.mark.parametrize(("asked", "expected"), TABLE.values(), ids=TABLE.keys())
def test_objective(asked: Problem, expected: dict[str, str]) -> None:
    assert moves(solve(asked)) == expected


def test_a_move_says_which_conflicts_it_resolves() -> None:
    broken, brought = conflict(a="1.0"), conflict(a="1.1", b="1.0")
    outcome = solve(problem(broken, brought, a="1.0 1.1", b="1.0 1.1"))
    assert isinstance(outcome, Plan)
    because = {change.name: change.because for change in outcome.changes}
    assert because == {A: (broken,), B: (brought,)}


def test_no_plan_has_a_minimal_core() -> None:
    needed = [conflict(a="1.0"), conflict(a="1.1", b="1.0"), conflict(b="1.1")]
    asked = problem(*needed, conflict(a="9.9"), conflict(c="1.0"), a="1.0 1.1", b="1.0 1.1", c="1.0 1.1")
    outcome = solve(asked)
    assert isinstance(outcome, NoPlan)
    assert set(outcome.core) == set(needed)
    for left_out in outcome.core:
        fewer = tuple(each for each in outcome.core if each != left_out)
        again = Problem(
            pinned=asked.pinned, locked=asked.locked, candidates=asked.candidates, conflicts=fewer
        )
        assert isinstance(solve(again), Plan)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    names = draw(st.integers(1, 4))
    numbers = ["1.0", "1.0.1", "1.1", "2.0"]
    packages = {
        f"p{i}": " ".join(draw(st.permutations(numbers))[: draw(st.integers(1, 4))]) for i in range(names)
    }
    sides = st.dictionaries(
        st.sampled_from(sorted(packages)),
        st.sets(st.sampled_from(numbers), min_size=1),
        min_size=1,
        max_size=2,
    )
    found = [
        conflict(draw(st.booleans()), **{name: " ".join(sorted(some)) for name, some in each.items()})
        for each in draw(st.lists(sides, max_size=8))
    ]
    locked = " ".join(draw(st.sets(st.sampled_from(sorted(packages)), max_size=2)))
    return problem(
        *found, locked=locked, unknown=" ".join(draw(st.sets(st.sampled_from(numbers)))), **packages
    )


def brute_force(asked: Problem) -> tuple[int, ...] | None:
    """The cost of the best assignment, by looking at all of them."""
    options = {name: choices(asked, name) for name in asked.pinned}
    best: tuple[int, ...] | None = None
    for picked in itertools.product(*options.values()):
        chosen: Mapping[NormalizedName, Version] = dict(
            zip(options, (choice.version for choice in picked), strict=True)
        )
        hit = [each for each in dict.fromkeys(asked.conflicts) if each.hits(chosen)]
        if any(not each.soft for each in hit):
            continue
        cost = [sum(column) for column in zip(*(choice.cost for choice in picked), strict=True)]
        cost[OBJECTIVE.index("breaks")] += len(hit)
        best = tuple(cost) if best is None else min(best, tuple(cost))
    return best


@settings(max_examples=150, deadline=None)
@given(problems())
def test_no_assignment_is_better(asked: Problem) -> None:
    outcome, best = solve(asked), brute_force(asked)
    if best is None:
        assert isinstance(outcome, NoPlan)
    else:
        assert isinstance(outcome, Plan)
        assert outcome.cost == best
        assert not any(each.hits(outcome.versions) for each in asked.conflicts if not each.soft)
        assert all(outcome.versions[name] == asked.pinned[name] for name in asked.locked)


@settings(max_examples=50, deadline=None)
@given(problems())
def test_the_order_of_what_is_asked_does_not_matter(asked: Problem) -> None:
    shuffled = list(asked.conflicts)[::-1]
    candidates = {name: each[::-1] for name, each in reversed(list(asked.candidates.items()))}
    again = Problem(
        pinned=asked.pinned, locked=asked.locked, candidates=candidates, conflicts=tuple(shuffled)
    )
    first, second = solve(asked), solve(again)
    if isinstance(first, Plan):
        assert isinstance(second, Plan)
        assert first.versions == second.versions
    else:
        assert first == second
