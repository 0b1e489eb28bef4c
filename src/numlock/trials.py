"""Which releases of one package to try next, where nothing but runs tells: nearest first, then by bisection. Pure.

That releases die on one side of a boundary and run on the other is a guess. It saves runs while it lasts: releases
between a bad one and the next trial are assumed bad. Where the last releases of both sides are bad as well, nothing is
assumed any longer, so that a window in the middle is found, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from packaging.version import Version


def assumed_bad(
    versions: Iterable[Version], pinned: Version, known: Mapping[Version, bool]
) -> frozenset[Version]:
    """The versions that need not be tried now. ``known``: how those that were tried ended, True where they ran.

    Of the others, the one nearest to ``pinned`` on either side is the next trial: 1, 2, 4, 8 ... releases away until
    one runs, then halfway between the last bad and the first good one.
    """
    others = sorted(set(versions) - {pinned})
    above = [version for version in others if version > pinned]
    below = [version for version in reversed(others) if version < pinned]
    if all(known.get(side[-1]) is False for side in (above, below) if side) and not any(known.values()):
        return frozenset()
    return frozenset(chain(_passed_over(above, known), _passed_over(below, known)))


def _passed_over(side: Sequence[Version], known: Mapping[Version, bool]) -> Iterator[Version]:
    """All but the next trial: of those up to the first good one, or to the end that one may still go to."""
    good = next((place for place, version in enumerate(side) if known.get(version)), None)
    bad = max((place for place, version in enumerate(side[:good]) if known.get(version) is False), default=-1)
    following = min(2 * bad + 1, len(side) - 1) if good is None else (bad + good) // 2
    reached = max(following, bad + 1)
    for place, version in enumerate(side[:good]):
        if version not in known and place != reached and (place < reached or good is not None):
            yield version
