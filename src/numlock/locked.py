"""Locks that cannot be held because what they name does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from numlock.errors import BadInput
from numlock.facts import NEVER_RELEASED, Facts
from numlock.model import Pins, Release, Unknown


def check_locked(pins: Pins, releases: Iterable[Release], facts: Facts) -> None:
    """A locked version that was never released cannot be held. Raises BadInput with the nearest ones that were."""
    for release in releases:
        name, version = release.key
        if name not in pins.locked or release.obstacle != NEVER_RELEASED:
            continue
        found = facts.releases([name])[name]
        known = [] if isinstance(found, Unknown) else [each.key.version for each in found]
        below = max((each for each in known if each < version), default=None)
        above = min((each for each in known if each > version), default=None)
        names = " or ".join(f"{name}=={each}" for each in (below, above) if each)
        raise BadInput(
            "version-unknown",
            f"{name} {version} was never released, and it is locked",
            where=str(pins.active[name].where),
            hint=f"the nearest: {names}" if names else "check the index settings",
        )
