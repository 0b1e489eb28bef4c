"""What the user's files say: pins and the places they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in one of the user's files; ``line`` counts from 1, None for the whole file."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


def _holds(marker: Marker | None, target: Target) -> bool:
    if marker is None:
        return True
    nothing: frozenset[str] = frozenset()
    asked: dict[str, str | Set[str]] = {"extra": "", "extras": nothing, "dependency_groups": nothing}
    return marker.evaluate({**target.environment, **asked})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A name and an exact version, as written in a file.

    ``spelled`` is the name as written. ``text`` is the requirement as written with everything but the version:
    its two halves stand around the version: ``("torch==", "")``, ``("celery[redis]==", " ; os_name == 'nt'")``.
    """

    name: NormalizedName
    spelled: str
    version: Version
    written: str
    text: tuple[str, str]
    where: Where
    extras: frozenset[str] = frozenset()
    marker: Marker | None = None
    hashes: tuple[str, ...] = ()

    def at(self, version: Version) -> str:
        """The pin's line with ``version``; byte for byte the old text where the version did not change."""
        number = self.written if version == self.version else str(version)
        return f"{self.text[0]}{number}{self.text[1]}"

    def holds(self, target: Target) -> bool:
        """Whether the pin's marker holds for a target, with no extra and no dependency group asked for."""
        return _holds(self.marker, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """A line that installs something numlock cannot see into (``-e``, ``name @ url``): kept and reported."""

    text: str
    where: Where
    name: NormalizedName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpinned:
    """A line that asks for a package without an exact version: reported once and left alone."""

    text: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a line of the user's files that is no pin lets a pinned package be."""

    requirement: Requirement
    where: Where

    def holds(self, target: Target) -> bool:
        """Whether the line counts for a target."""
        return _holds(self.requirement.marker, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The ordered pins of an environment: ``entries`` in file order, and the names that must not move.

    ``active`` holds the pins whose marker holds for the target, by name; others are carried along untouched.
    ``ranges`` are what constraints, and the sources of a compiled file, allow. ``beside``: packages that an installer
    adds in some version, since a line asks for them. ``more``: and others that nobody can tell.
    """

    entries: tuple[Pin | Opaque, ...]
    active: Mapping[NormalizedName, Pin]
    locked: frozenset[NormalizedName] = frozenset()
    ranges: tuple[Range, ...] = ()
    beside: frozenset[NormalizedName] = frozenset()
    more: bool = False

    def __iter__(self) -> Iterator[Pin]:
        return iter(self.active.values())

    def versions(self) -> dict[NormalizedName, Version]:
        """The environment that the active pins describe."""
        return {name: pin.version for name, pin in self.active.items()}

    @property
    def opaque(self) -> tuple[Opaque, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Opaque))
