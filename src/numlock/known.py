"""What has been read about the packages of one environment: their releases, what those require, when they were made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.facts import Facts
from numlock.model import Key, Needs, Pins, Release, Unknown


class Known:
    """Grows with every question; nothing is read twice."""

    def __init__(self, facts: Facts, pins: Pins) -> None:
        self._facts = facts
        self._pins = pins
        self._pinned = pins.versions()
        self.needs: dict[Key, tuple[Needs, ...]] = {}
        self.releases: dict[NormalizedName, tuple[Release, ...]] = {}
        self._choices: dict[NormalizedName, tuple[judge.Choice, ...]] = {}
        self._sources: dict[NormalizedName, frozenset[Version]] = {}
        self.unknowns: dict[Key, Unknown] = {}
        self.any_build: set[NormalizedName] = set()  # packages whose pinned build is not to be had
        self.times: dict[Key, str] = {}  # when releases were made, as far as the indexes say

    def read_pinned(self) -> tuple[Release, ...]:
        """The pinned releases, as far as they are known."""
        keys = [Key(name, version) for name, version in self._pinned.items()]
        found = self._facts.release_of(keys)
        self.unknowns |= {key: each for key, each in found.items() if isinstance(each, Unknown)}
        releases = tuple(each for each in found.values() if isinstance(each, Release))
        self._take_times(releases)
        return releases

    def read(self, keys: Iterable[Key]) -> list[Key]:
        """Read what releases require; those that were not read before."""
        fresh = [key for key in dict.fromkeys(keys) if not self.has_read(key)]
        extras = {pin.name: pin.extras for pin in self._pins}
        for key, needs in self._facts.needs(fresh, extras).items():
            if isinstance(needs, Unknown):
                self.unknowns[key] = needs
            else:
                self.needs[key] = needs
        return fresh

    def has_read(self, key: Key) -> bool:
        """Whether a release was read, or cannot be."""
        return key in self.needs or key in self.unknowns

    def open(self, names: Iterable[NormalizedName]) -> None:
        """Learn the version lists of packages, so that they can move."""
        fresh = [name for name in names if name not in self.releases]
        for name, releases in self._facts.releases(fresh).items():
            if isinstance(releases, Unknown):
                self.unknowns[Key(name, self._pinned[name])] = releases
            self.releases[name] = () if isinstance(releases, Unknown) else releases
            self._take_times(self.releases[name])

    def _take_times(self, releases: Iterable[Release]) -> None:
        self.times |= {each.key: each.uploaded for each in releases if each.uploaded}

    # --- versions --------------------------------------------------------------------------------

    def choices(self, name: NormalizedName, locked: frozenset[NormalizedName]) -> tuple[judge.Choice, ...]:
        """The releases that a package may be moved to."""
        if name in locked or name not in self.releases:
            return ()
        if name not in self._choices:
            self._choices[name] = judge.candidate_versions(
                self.releases[name], self._pinned[name], any_build=name in self.any_build
            )
        return self._choices[name]

    def must_be_built(self, key: Key) -> bool:
        """Whether a release that may be moved to has to be built, unlike the pinned one."""
        if key.name not in self._sources:
            choices = self.choices(key.name, frozenset())
            self._sources[key.name] = frozenset(each.version for each in choices if each.unknown)
        return key.version in self._sources[key.name]

    def versions(self, name: NormalizedName, locked: frozenset[NormalizedName]) -> tuple[Version, ...]:
        """Their versions, ascending, the pinned one included."""
        return tuple(sorted({self._pinned[name], *(c.version for c in self.choices(name, locked))}))

    def universe(self, locked: frozenset[NormalizedName]) -> judge.Universe:
        """The versions of all packages that are in question."""
        versions = {name: self.versions(name, locked) for name in self._pinned}
        return judge.Universe(pinned=self._pinned, versions=versions)

    def neighbours(self, key: Key, ahead: int, locked: frozenset[NormalizedName]) -> list[Key]:
        """``key`` and the next releases on its side of the pinned one: the likely next questions, read in one go."""
        return [key, *self._beyond(key, locked)[: ahead - 1]]

    def apart(self, key: Key, step: int, locked: frozenset[NormalizedName]) -> list[Key]:
        """``key`` and one more release on its side of the pinned one: bisection, where one beyond was read."""
        beyond = self._beyond(key, locked)
        read = next((place for place, each in enumerate(beyond) if self.has_read(each)), None)
        return [key, *(beyond[:step][-1:] if read is None else beyond[:read][read // 2 :][:1])]

    def _beyond(self, key: Key, locked: frozenset[NormalizedName]) -> list[Key]:
        """The releases that lie further from the pinned one than ``key``, on its side, nearest first."""
        versions = sorted(choice.version for choice in self.choices(key.name, locked))
        if key.version < self._pinned[key.name]:
            return [Key(key.name, version) for version in reversed(versions) if version < key.version]
        return [Key(key.name, version) for version in versions if version > key.version]

    def before(self, key: Key, locked: frozenset[NormalizedName]) -> list[Key]:
        """The release next to one on the way to the pinned one, if there is any between."""
        pinned = self._pinned[key.name]
        low, high = sorted((pinned, key.version))
        nearer = [c.version for c in self.choices(key.name, locked) if low < c.version < high]
        return [Key(key.name, max(nearer) if key.version > pinned else min(nearer))] if nearer else []

    def nearest(self, name: NormalizedName, count: int) -> list[Key]:
        """The releases nearest to the pinned one on either side that it may be moved to."""
        locked = self._pins.locked
        if name in locked:
            return []
        self.open([name])
        pinned = self._pinned[name]
        versions = sorted(choice.version for choice in self.choices(name, locked))
        below = [version for version in versions if version < pinned][-count:]
        above = [version for version in versions if version > pinned][:count]
        return [Key(name, version) for version in (*reversed(below), *above)]

    # --- requirements ----------------------------------------------------------------------------

    def needs_of(self, versions: Mapping[NormalizedName, Version]) -> tuple[Needs, ...]:
        """The declared requirements of an environment's releases, as far as they are known."""
        return tuple(need for key in versions.items() for need in self.needs.get(Key(*key), ()))

    def dependants(
        self, names: Iterable[NormalizedName], versions: Mapping[NormalizedName, Version]
    ) -> frozenset[NormalizedName]:
        """These packages and all that need them, however indirectly."""
        found = set(names)
        needs = [(need.release.name, need.name) for need in self.needs_of(versions)]
        while more := {user for user, needed in needs if needed in found} - found:
            found |= more
        return frozenset(found)

    def outside(self) -> dict[NormalizedName, frozenset[NormalizedName]]:
        """For each pinned package, the names outside the pins that its pinned release requires."""
        return {
            name: frozenset(
                need.name for need in self.needs.get(Key(name, version), ()) if need.name not in self._pinned
            )
            for name, version in self._pinned.items()
        }
