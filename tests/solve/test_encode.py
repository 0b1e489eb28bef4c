"""The clauses: their models are the assignments, their weights order these as cost vectors do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from pysat.solvers import Solver

from numlock.model import Because, Conflict, ConflictKind, Evidence, Member
from numlock.solve import Candidate, Problem
from numlock.solve.encode import Ladders
from numlock.solve.problem import Choice, choices

A, B = canonicalize_name("a"), canonicalize_name("b")
V = tuple(map(Version, ("1.0", "1.1", "1.2", "2.0", "3.0")))
Ladder = Mapping[NormalizedName, tuple[Choice, ...]]


def ladders_of(
    pinned: Mapping[NormalizedName, Version], locked: frozenset[NormalizedName]
) -> dict[NormalizedName, tuple[Choice, ...]]:
    candidates = {
        A: tuple(Candidate(version, unknown=version == V[1]) for version in V),
        B: tuple(Candidate(version) for version in V[:4]),
    }
    asked = Problem(pinned=pinned, locked=locked, candidates=candidates)
    return {name: choices(asked, name) for name in pinned}


def models(ladders: Ladders) -> Iterator[list[int]]:
    """Every model of the hard clauses under which all conflicts count, over the literals of the soft clauses."""
    rungs = [-literal for literal, _ in ladders.soft]
    with Solver(name="glucose4", bootstrap_with=ladders.hard) as solver:
        for signs in product((1, -1), repeat=len(rungs)):
            model = [sign * rung for sign, rung in zip(signs, rungs, strict=True)]
            if solver.solve(assumptions=[*model, *ladders.selectors]):
                yield model


def weight(ladders: Ladders, model: list[int]) -> int:
    """What a model costs: the weights of the soft clauses that it breaks."""
    return sum(price for literal, price in ladders.soft if -literal in model)


def sums(options: Ladder, versions: Mapping[NormalizedName, Version]) -> tuple[int, ...]:
    costs = [each.cost for name in options for each in options[name] if each.version == versions[name]]
    return tuple(map(sum, zip(*costs, strict=True)))


def conflict(*members: tuple[NormalizedName, tuple[Version, ...]]) -> Conflict:
    return Conflict(
        kind=ConflictKind.DECLARED,
        members=tuple(Member(name, frozenset(versions)) for name, versions in members),
        because=(Because(text="", evidence=Evidence.METADATA),),
    )


@pytest.mark.parametrize("pinned", [{A: V[0], B: V[0]}, {A: V[2], B: V[1]}, {A: V[4], B: V[3]}])
def test_models_are_the_assignments_and_weights_order_them_as_cost_vectors(
    pinned: dict[NormalizedName, Version],
) -> None:
    options = ladders_of(pinned, frozenset())
    ladders = Ladders(options, [])
    found = [(weight(ladders, model), ladders.chosen(model)) for model in models(ladders)]
    chosen = [tuple(versions[name] for name in options) for _, versions in found]
    assert sorted(chosen) == sorted(product(V, V[:4]))
    by_weight = [sums(options, versions) for _, versions in sorted(found, key=lambda each: each[0])]
    assert by_weight == sorted(by_weight)
    assert len({price for price, _ in found}) == len(set(by_weight))
    assert by_weight[0] == (0,) * 8


CONFLICTS = {
    "a version in the middle of a ladder": conflict((A, (V[1],))),
    "versions that lie apart": conflict((A, (V[0], V[2], V[4]))),
    "the pinned versions of two": conflict((A, (V[2],)), (B, (V[1],))),
    "runs against runs": conflict((A, (V[0], V[1], V[3])), (B, (V[0], V[2], V[3]))),
    "one member that never holds": conflict((A, V), (B, (Version("9.9"),))),
    "two members of one package that meet": conflict((A, V[:3]), (A, V[2:])),
    "two members of one package that never meet": conflict((A, V[:2]), (A, V[2:])),
    "everything": conflict((A, V), (B, V)),
}


@pytest.mark.parametrize("each", CONFLICTS.values(), ids=CONFLICTS)
@pytest.mark.parametrize("locked", [frozenset(), {B}], ids=["free", "locked"])
def test_a_conflict_leaves_the_assignments_that_it_does_not_hit(
    each: Conflict, locked: frozenset[NormalizedName]
) -> None:
    options = ladders_of({A: V[2], B: V[1]}, frozenset(locked))
    ladders = Ladders(options, [each])
    left = [ladders.chosen(model) for model in models(ladders)]
    everything = [{A: a.version, B: b.version} for a, b in product(options[A], options[B])]
    wanted = [versions for versions in everything if not each.hits(versions)]
    assert sorted(left, key=str) == sorted(wanted, key=str)


def test_a_conflict_whose_selector_is_off_does_not_count() -> None:
    options = ladders_of({A: V[2], B: V[1]}, frozenset())
    ladders = Ladders(options, [conflict((A, V)), conflict((B, V[:1]))])
    with Solver(name="glucose4", bootstrap_with=ladders.hard) as solver:
        assert solver.solve(assumptions=[-ladders.selectors[0], ladders.selectors[1]])
        assert not solver.solve(assumptions=[ladders.selectors[0]])
