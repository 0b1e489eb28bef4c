"""Does the log fit the pins? A frame shows a line of source: in the pinned release it should stand at that place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Facts, Installed, Seen
from numlock.model import Crash, Diagnosis, Fit, Key, Misfit, Place, Unknown

_PACKAGES = 3  # that are looked at
_NEAR = 3  # releases on either side that are asked first
_EVENLY = 8  # over all releases, where none of the nearest ones fits


def misfits(
    crash: Crash,
    diagnosis: Diagnosis,
    facts: Facts,
    pinned: Mapping[NormalizedName, Version],
    installed: Installed,
) -> tuple[Misfit, ...]:
    """The innermost frame of each package that the crash implicates, where the pinned release has another line there.

    One file of a package is read; others only where that does not fit, and only so many.
    """
    shown = {
        Key(name, pinned[name]): seen
        for name, seen in _shown(crash, installed)
        if name in diagnosis.implicated
    }
    asked = list(shown.items())[:_PACKAGES]
    found = facts.offsets(asked)
    return tuple(
        Misfit(release=key, path=seen.path, line=seen.line, fits=_fitting(key, seen, facts))
        for key, seen in asked
        if found.get((key, seen)) not in (0, None)
    )


def _shown(crash: Crash, installed: Installed) -> Iterator[tuple[NormalizedName, Seen]]:
    """The innermost frame with source of each pinned package, the innermost first."""
    met: set[NormalizedName] = set()
    for frame in reversed(crash.frames):
        if frame.place is not Place.LIBRARY or not frame.inside or not frame.inside.endswith(".py"):
            continue
        owner = installed.owner_of(frame.inside)
        if owner is None or owner in met or not frame.code or frame.line is None:
            continue
        met.add(owner)
        yield owner, Seen(frame.inside, frame.line, frame.code)


def _fitting(pinned: Key, seen: Seen, facts: Facts) -> Version | None:
    """The nearest release in which the line stands at its place: neighbours, then around the one that comes closest."""
    releases = facts.releases([pinned.name])[pinned.name]
    if isinstance(releases, Unknown):
        return None
    versions = [
        each.key.version
        for each in releases
        if each.fit is not Fit.NONE and each.key.version.local is None and each.key.version != pinned.version
    ]
    home = sum(version < pinned.version for version in versions)
    asked = _window(versions, home)
    offsets = _ask(pinned.name, asked, seen, facts)
    if 0 not in offsets.values():
        offsets |= _ask(pinned.name, versions[:: max(1, len(versions) // _EVENLY)], seen, facts)
        close = [version for version, offset in offsets.items() if offset >= 0]
        if close and 0 not in offsets.values():
            best = versions.index(min(close, key=lambda version: offsets[version]))
            offsets |= _ask(pinned.name, _window(versions, best), seen, facts)
    fitting = [version for version, offset in offsets.items() if offset == 0]
    return min(fitting, key=lambda version: abs(versions.index(version) - home), default=None)


def _window(versions: list[Version], place: int) -> list[Version]:
    return versions[max(0, place - _NEAR) : place + _NEAR]


def _ask(name: NormalizedName, versions: Iterable[Version], seen: Seen, facts: Facts) -> dict[Version, int]:
    """How far away the line stands in releases that can tell."""
    found = facts.offsets((Key(name, version), seen) for version in versions)
    return {key.version: offset for (key, _), offset in found.items() if offset is not None}
