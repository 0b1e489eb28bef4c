"""The versions that are in question, and which of them may be moved to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Fit, Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """The pinned versions, and for each pinned package the versions that it may have (the pinned one among them)."""

    pinned: Mapping[NormalizedName, Version]
    versions: Mapping[NormalizedName, tuple[Version, ...]]
    _sets: dict[NormalizedName, frozenset[Version]] = field(default_factory=dict, init=False, repr=False)

    def of(self, name: NormalizedName) -> frozenset[Version]:
        """All versions of ``name`` that are in question."""
        if name not in self._sets:
            self._sets[name] = frozenset(self.versions.get(name, ())) | {self.pinned[name]}
        return self._sets[name]

    def outside(self, name: NormalizedName, allowed: SpecifierSet) -> frozenset[Version]:
        """The versions of ``name`` that a range does not allow.

        A pin is as explicit as can be, so pre-releases count; a local label is a build of its public version.
        """
        return _outside(str(allowed), self.of(name))


@lru_cache(maxsize=50_000)  # a search asks the same again in every round
def _outside(allowed: str, versions: frozenset[Version]) -> frozenset[Version]:
    specifier = SpecifierSet(allowed)
    return frozenset(version for version in versions if not specifier.contains(version, prereleases=True))


class Choice(NamedTuple):
    """A version that may be moved to, and how much of it is unknown (1: it must be built, unlike the pinned one)."""

    version: Version
    unknown: int


def candidate_versions(
    releases: Sequence[Release], pinned: Version, *, any_build: bool = False
) -> tuple[Choice, ...]:
    """The releases that a pinned version may be moved to, in the order given.

    Not yanked ones, none without a file for the target, none that would have to be compiled for this target where the
    pinned one is not, pre-releases only where the pinned one is a pre-release, and
    builds with the pinned version's local label only: a build for another GPU toolkit is another thing. ``any_build``:
    those without a label, too, since the pinned one is not to be had.
    """
    labels = {pinned.local, None} if any_build else {pinned.local}
    home = next((each for each in releases if each.key.version == pinned), None)
    from_wheel = home is None or home.fit is not Fit.SOURCE
    compiled = home is not None and home.file is not None and home.file.is_compiled
    return tuple(
        Choice(each.key.version, unknown=int(each.fit is Fit.SOURCE and (from_wheel or each.built_elsewhere)))
        for each in releases
        if each.key.version != pinned
        and each.key.version.local in labels
        and _may_be_chosen(each, pinned)
        and not (each.fit is Fit.SOURCE and from_wheel and (compiled or each.built_elsewhere))
    )


def _may_be_chosen(release: Release, pinned: Version) -> bool:
    version = release.key.version
    return (
        release.fit is not Fit.NONE
        and release.yanked is None
        and (not version.is_prerelease or pinned.is_prerelease)
    )
