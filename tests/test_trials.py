"""Which releases are tried next: by simulated runs over all windows of a side."""

from __future__ import annotations

import pytest
from packaging.version import Version

from numlock.trials import assumed_bad

RELEASES = [Version(f"1.{number}") for number in range(21)]


def search(pinned: int, good: set[int]) -> tuple[Version | None, int]:
    """The nearest allowed release is run until one that ran is the nearest; it, and how many were run."""
    known = {RELEASES[pinned]: False}
    runs = 0
    while True:
        banned = {each for each, ran in known.items() if not ran}
        banned |= assumed_bad(RELEASES, RELEASES[pinned], known)
        allowed = [number for number, version in enumerate(RELEASES) if version not in banned]
        if not allowed:
            return None, runs
        nearest = RELEASES[min(allowed, key=lambda number: (abs(number - pinned), number < pinned))]
        if known.get(nearest):
            return nearest, runs
        known[nearest] = RELEASES.index(nearest) in good
        runs += 1


@pytest.mark.parametrize("first", range(1, 21))
def test_the_boundary_of_a_side_is_found_in_few_runs(first: int) -> None:
    found, runs = search(0, set(range(first, 21)))
    assert found == RELEASES[first]
    assert runs <= 9


@pytest.mark.parametrize("last", range(20))
def test_backward_as_well(last: int) -> None:
    found, _ = search(20, set(range(last + 1)))
    assert found == RELEASES[last]


@pytest.mark.parametrize("only", [*range(10), *range(11, 21)])
def test_a_window_of_one_release_is_found(only: int) -> None:
    found, _ = search(10, {only})
    assert found == RELEASES[only]


def test_where_nothing_runs_everything_is_tried_once() -> None:
    assert search(10, set()) == (None, 20)


def test_nothing_is_assumed_before_anything_was_tried() -> None:
    assert assumed_bad(RELEASES, RELEASES[3], {RELEASES[3]: False}) == frozenset()
