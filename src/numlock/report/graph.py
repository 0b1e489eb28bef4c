"""The conflict behind a repair as a small graph: releases, what clashes between them, and where they move. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from packaging.utils import NormalizedName

from numlock.model import Conflict, ConflictKind, NoPlan, Plan, Repair

_EDGES = 20


class Edge(NamedTuple):
    """From one release to another, or to what speaks against it; ``move``: from a release to the one it moves to."""

    start: str
    label: str
    end: str
    move: bool = False


class Graph(NamedTuple):
    """At most twenty edges."""

    edges: tuple[Edge, ...]


def graph_of(repair: Repair) -> Graph:
    """What clashes in the pins as they were, and the moves away from that."""
    return Graph(tuple(dict.fromkeys(_edges(repair)))[:_EDGES])


def _edges(repair: Repair) -> Iterator[Edge]:
    outcome = repair.outcome
    if isinstance(outcome, NoPlan):
        for conflict in outcome.core:
            yield from _clash(conflict, repair)
    elif isinstance(outcome, Plan):
        for change in outcome.changes:
            for conflict in change.because:
                yield from _clash(conflict, repair)
        for change in outcome.changes:
            yield Edge(
                f"{change.name} {change.before}", "moves to", f"{change.name} {change.after}", move=True
            )


def _clash(conflict: Conflict, repair: Repair) -> Iterator[Edge]:
    names = [_release(member.name, repair) for member in conflict.members]
    if not names:
        return
    yield from (Edge(names[0], conflict.kind.value, end) for end in names[1:] or [_alone(conflict, repair)])


def _alone(conflict: Conflict, repair: Repair) -> str:
    """What stands against a release that no other release clashes with."""
    if conflict.kind in (ConflictKind.PYTHON, ConflictKind.UNINSTALLABLE):
        return f"Python {repair.target.version}"
    return conflict.evidence.name.lower()


def _release(name: NormalizedName, repair: Repair) -> str:
    pin = repair.before.active.get(name)
    held = " (held)" if name in repair.before.locked else ""
    return f"{name} {pin.version}{held}" if pin is not None else name
