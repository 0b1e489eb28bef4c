"""Markers that lead through a lock file's graph, against every way through it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker

from numlock.read.reach import Edge, Node, reach

NODES = [Node(name, "1") for name in "abcd"]
MARKERS = [None, "os_name == 'x'", "sys_platform == 'y'"]
EDGES = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), st.sampled_from(MARKERS)), max_size=9
)
HOSTS = [{"os_name": os, "sys_platform": system} for os in ("x", "-") for system in ("y", "-")]


def wanted(edges: list[tuple[Node, Node, str | None]], host: dict[str, str]) -> set[Node]:
    """What the first node leads to on a host."""
    found = {NODES[0]}
    while (
        more := {
            end
            for start, end, marker in edges
            if start in found and (marker is None or Marker(marker).evaluate({**host}))
        }
        - found
    ):
        found |= more
    return found


@settings(deadline=None)
@given(EDGES)
def test_a_marker_holds_where_a_way_leads_there(edges: list[tuple[Node, Node, str | None]]) -> None:
    graph: dict[Node, list[Edge]] = {}
    for start, end, marker in edges:
        graph.setdefault(start, []).append(Edge(end, marker))
    found = reach(NODES[:1], graph)
    for host in HOSTS:
        held = {node for node, marker in found.items() if marker is None or Marker(marker).evaluate({**host})}
        assert held == wanted(edges, host)


def test_many_ways_are_taken_for_always() -> None:
    ends = [Node(f"n{number}", "1") for number in range(9)]
    graph = {NODES[0]: [Edge(end, f"os_name == '{number}'") for number, end in enumerate(ends)]}
    graph |= {end: [Edge(NODES[1])] for end in ends}
    assert reach(NODES[:1], graph)[NODES[1]] is None
