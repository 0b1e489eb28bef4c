"""A problem as weighted clauses.

Each package is a ladder: its versions stand cheapest first, and literal ``i`` says "not one of the first ``i``".
Telescoping soft weights on the rungs add up to the cost of the version chosen, so RC2 climbs one rung at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Conflict, Member
from numlock.solve.problem import OBJECTIVE, Choice

_BREAKS = OBJECTIVE.index("breaks")


class Ladders:
    """Hard clauses, soft clauses with weights, and one selector literal a conflict (true: the conflict counts)."""

    def __init__(
        self, choices: dict[NormalizedName, tuple[Choice, ...]], conflicts: Sequence[Conflict]
    ) -> None:
        self.choices = choices
        self.hard: list[list[int]] = []
        self.soft: list[tuple[int, int]] = []  # a literal that should be true, its weight
        self.selectors: list[int] = []
        self._top = 0
        self._rungs: dict[NormalizedName, list[int]] = {}
        self._members: dict[Member, int | None] = {}
        self._places = {
            name: {choice.version: place for place, choice in enumerate(options)}
            for name, options in choices.items()
        }
        self._scale = _scale(choices.values(), sum(conflict.soft for conflict in conflicts))
        for name in sorted(choices):
            self._add_ladder(name, self._scale)
        for conflict in conflicts:
            self._add_conflict(conflict)

    def chosen(self, model: Iterable[int]) -> dict[NormalizedName, Version]:
        """The versions that a model of the clauses picks."""
        true = {literal for literal in model if literal > 0}
        return {
            name: options[sum(rung in true for rung in self._rungs[name])].version
            for name, options in self.choices.items()
        }

    def _new(self) -> int:
        self._top += 1
        return self._top

    def _add_ladder(self, name: NormalizedName, scale: Sequence[int]) -> None:
        weights = [_weigh(choice.cost, scale) for choice in self.choices[name]]
        rungs = [self._new() for _ in weights[1:]]
        self._rungs[name] = rungs
        self.hard += [[-high, low] for low, high in pairwise(rungs)]
        self.soft += [
            (-rung, after - before) for rung, before, after in zip(rungs, weights, weights[1:], strict=False)
        ]

    def _add_conflict(self, conflict: Conflict) -> None:
        """Not all members at once, as long as the selector holds; a soft conflict's may be given up at a price."""
        selector = self._new()
        self.selectors.append(selector)
        literals = [self._member(member) for member in conflict.members]
        if None not in literals:
            self.hard.append([-selector, *(-literal for literal in literals if literal is not None)])
        if conflict.soft:
            self.soft.append((selector, self._scale[_BREAKS]))

    def _member(self, member: Member) -> int | None:
        """A literal that is true whenever the member holds; None where it never can."""
        if member not in self._members:
            self._members[member] = self._define(member)
        return self._members[member]

    def _define(self, member: Member) -> int | None:
        places = self._places[member.name]
        inside = sorted(places[version] for version in member.versions if version in places)
        if not inside:
            return None
        literal = self._new()
        rungs = self._rungs[member.name]
        for first, last in _runs(inside):
            above = [rungs[last]] if last < len(rungs) else []
            below = [-rungs[first - 1]] if first else []
            self.hard.append([*below, *above, literal])
        return literal


def _runs(places: Sequence[int]) -> Iterable[tuple[int, int]]:
    """First and last of each run of numbers that follow each other."""
    first = places[0]
    for place, following in pairwise([*places, places[-1] + 2]):
        if following != place + 1:
            yield first, place
            first = following


def _scale(ladders: Iterable[tuple[Choice, ...]], soft: int) -> list[int]:
    """A weight for each component, larger than all that the later ones can add up to."""
    tops = [
        [max(column) for column in zip(*(choice.cost for choice in options), strict=True)]
        for options in ladders
    ]
    bounds = [sum(column) + 1 for column in zip(*tops, strict=True)] or [1] * len(OBJECTIVE)
    bounds[_BREAKS] += soft
    scale = [1] * len(OBJECTIVE)
    for index in range(len(scale) - 2, -1, -1):
        scale[index] = scale[index + 1] * bounds[index + 1]
    return scale


def _weigh(cost: Sequence[int], scale: Sequence[int]) -> int:
    return sum(part * weight for part, weight in zip(cost, scale, strict=True))
