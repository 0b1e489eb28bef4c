"""Under which markers a lock file's graph leads from the project to a package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Clause = frozenset[str]  # markers that must hold together
_ALWAYS: frozenset[Clause] = frozenset({frozenset()})
_MOST = 8  # ways to a package, and markers on a way, before it is taken as wanted always


class Node(NamedTuple):
    """A package of a lock file; with an extra, what that extra adds to it."""

    name: str
    version: str
    extra: str = ""


class Edge(NamedTuple):
    """A node wants another one where a marker holds (None: always)."""

    to: Node
    marker: str | None = None


def reach(roots: Iterable[Node], edges: Mapping[Node, Iterable[Edge]]) -> dict[Node, str | None]:
    """The marker under which each node is wanted (None: always); nodes that nothing leads to are left out."""
    ways: dict[Node, frozenset[Clause]] = dict.fromkeys(roots, _ALWAYS)
    waiting = list(ways)
    while waiting:
        node = waiting.pop()
        for edge in edges.get(node, ()):
            known = ways.get(edge.to, frozenset())
            wider = _wider(known, (_and(clause, edge.marker) for clause in ways[node]))
            if wider != known:
                ways[edge.to] = wider
                waiting.append(edge.to)
    return {node: _text(clauses) for node, clauses in ways.items()}


def _and(clause: Clause, marker: str | None) -> Clause:
    return clause if marker is None or len(clause) >= _MOST else clause | {marker}


def _wider(known: frozenset[Clause], others: Iterable[Clause]) -> frozenset[Clause]:
    """Either of both, without clauses that ask for more than another one."""
    for clause in others:
        if not any(each <= clause for each in known):
            known = frozenset(each for each in known if not clause <= each) | {clause}
    return known if len(known) <= _MOST else _ALWAYS


def _text(clauses: frozenset[Clause]) -> str | None:
    if frozenset() in clauses:
        return None
    ways = [" and ".join(f"({marker})" for marker in sorted(clause)) for clause in clauses]
    return " or ".join(f"({way})" for way in sorted(ways))
