"""Which warnings matter to a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Conflict


def without_old_warnings(
    conflicts: Sequence[Conflict], pinned: Mapping[NormalizedName, Version]
) -> tuple[Conflict, ...]:
    """What a run of the pins may meet anyway is worth no longer step, unless what does not fit is asked for there.

    That is a package which others are at odds with, too, or the same thing that dies.
    """
    unfit = {each.names for each in conflicts if not each.soft and each.hits(pinned)}
    packages = frozenset[NormalizedName]().union(*unfit)
    return tuple(
        each
        for each in conflicts
        if not each.soft
        or each.names in unfit
        or (len(each.members) > 1 and each.members[-1].name in packages)
        or not each.hits(pinned)
    )
