"""What is asked of the solver: candidates, locks, conflicts; and what makes one plan better than another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Conflict

OBJECTIVE = ("moved", "breaks", "unknown", "major", "minor", "patch", "backward", "distance")
"""The components of a cost vector, compared in this order; each is a sum over the packages of a plan, ``breaks``
the number of soft conflicts that it leaves."""


class Candidate(NamedTuple):
    """A version that a package may take. ``unknown``: how many questions about it are open."""

    version: Version
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Versions pinned now, the packages that must not move, the versions that others may take, the conflicts.

    A package without candidates stays where it is; the pinned version is always a candidate.
    """

    pinned: Mapping[NormalizedName, Version]
    locked: frozenset[NormalizedName] = frozenset()
    candidates: Mapping[NormalizedName, tuple[Candidate, ...]] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()


class Choice(NamedTuple):
    """A version of one package with its cost vector, in the order of :data:`OBJECTIVE`."""

    version: Version
    cost: tuple[int, ...]


def choices(problem: Problem, name: NormalizedName) -> tuple[Choice, ...]:
    """The versions that a package may take in this problem, cheapest first; the pinned one costs nothing."""
    candidates = () if name in problem.locked else problem.candidates.get(name, ())
    return _choices(problem.pinned[name], candidates)


@lru_cache(maxsize=1_000)  # a search asks the same again in every round
def _choices(pinned: Version, candidates: tuple[Candidate, ...]) -> tuple[Choice, ...]:
    stay = Choice(pinned, (0,) * len(OBJECTIVE))
    others = {each.version: each for each in candidates if each.version != pinned}
    order = sorted([pinned, *others])
    home = order.index(pinned)
    moves = [
        Choice(version, _cost(pinned, others[version], abs(place - home)))
        for place, version in enumerate(order)
        if version != pinned
    ]
    return (stay, *sorted(moves, key=lambda choice: (choice.cost, choice.version)))


def worthwhile(
    choices: Mapping[NormalizedName, tuple[Choice, ...]], conflicts: Iterable[Conflict]
) -> dict[NormalizedName, tuple[Choice, ...]]:
    """The versions, cheapest first, that lack a conflict of every cheaper one.

    Conflicts speak against versions only, so one that has all those of a cheaper one is in no cheapest plan.
    """
    against: dict[NormalizedName, dict[Version, set[int]]] = {
        name: {choice.version: set() for choice in options} for name, options in choices.items()
    }
    members = dict.fromkeys(member for conflict in conflicts for member in conflict.members)
    for number, member in enumerate(members):
        known = against[member.name]
        for version in member.versions:
            if version in known:
                known[version].add(number)
    return {name: tuple(_undominated(options, against[name])) for name, options in choices.items()}


def _undominated(options: Iterable[Choice], against: Mapping[Version, set[int]]) -> Iterator[Choice]:
    kept: list[set[int]] = []
    for choice in options:
        conflicts = against[choice.version]
        if not any(cheaper <= conflicts for cheaper in kept):
            kept.append(conflicts)
            yield choice


def _cost(pinned: Version, candidate: Candidate, distance: int) -> tuple[int, ...]:
    severity = _severity(pinned, candidate.version)
    backward = int(candidate.version < pinned and candidate.version.public != pinned.public)
    return (1, 0, candidate.unknown, *severity, backward, distance)


def _severity(old: Version, new: Version) -> tuple[int, int, int]:
    """Which of major, minor, patch a move is: none, to another build of the same version.

    Below 1.0 the second number counts as the major one.
    """
    if old.public == new.public:
        return (0, 0, 0)
    if old.epoch != new.epoch or _part(old, 0) != _part(new, 0):
        return (1, 0, 0)
    leading_zero = _part(old, 0) == 0
    if _part(old, 1) != _part(new, 1):
        return (1, 0, 0) if leading_zero else (0, 1, 0)
    if leading_zero and _part(old, 2) != _part(new, 2):
        return (0, 1, 0)
    return (0, 0, 1)


def _part(version: Version, index: int) -> int:
    return version.release[index] if index < len(version.release) else 0
