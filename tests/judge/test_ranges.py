"""Ranges in the project's own files rule out versions to move to, never the pinned one."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.judge import Universe, ranges
from numlock.model import ConflictKind, Range, Where

NAME = canonicalize_name("a-b")
VERSIONS = tuple(map(Version, ("0.9", "1.0", "1.1rc1", "1.1", "2.0+local")))
UNIVERSE = Universe(pinned={NAME: Version("1.0")}, versions={NAME: VERSIONS})


@pytest.mark.parametrize(
    ("line", "ruled_out"),
    [
        pytest.param("A.B<1.1", ["1.1rc1", "1.1", "2.0+local"], id="an upper bound"),
        pytest.param("a-b>=1.1", ["0.9", "1.1rc1"], id="a lower bound that the pin is below"),
        pytest.param("a-b==2.*", ["0.9", "1.1rc1", "1.1"], id="a wildcard"),
        pytest.param("a-b", [], id="no range"),
        pytest.param("a-b>=0.1", [], id="a range that allows everything"),
        pytest.param("other<1", [], id="a package that is not pinned"),
    ],
)
def test_ranges(line: str, ruled_out: list[str]) -> None:
    found = list(ranges([Range(requirement=Requirement(line), where=Where(path="r.in", line=3))], UNIVERSE))
    expected = [[(NAME, frozenset(map(Version, ruled_out)))]] if ruled_out else []
    assert [list(each.members) for each in found] == expected
    assert all(each.kind is ConflictKind.RANGE for each in found)
    assert [each.because[0].text for each in found] == [f"r.in:3 asks for {line}"] * len(found)
