"""What compiled modules ask of the binaries of other packages, and what releases of those hand them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

ABI = "C ABI"
API = "C API"


class Table(NamedTuple):
    """A C function table that a compiled module takes from a package.

    ``abi`` and ``api`` are the numbers that it was built with (None: they cannot be read); ``checked``: it compares
    them with those that it meets, and refuses to load.
    """

    package: NormalizedName
    abi: int | None
    api: int | None
    checked: bool


class TypeImport(NamedTuple):
    """A type that a compiled module imports when it loads, with the size in bytes that it must have at least."""

    module: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """One compiled module, by its path below site-packages. ``needed``: the shared libraries that it is linked to."""

    path: str
    tables: tuple[Table, ...] = ()
    types: tuple[TypeImport, ...] = ()
    needed: tuple[str, ...] = ()


class Step(NamedTuple):
    """From this version on, a number is ``number``.

    ``published`` and ``released`` (ISO 8601): when the first pre-release, and the first release, with it was made.
    """

    since: Version
    number: int
    published: str | None = None
    released: str | None = None


class Wants(NamedTuple):
    """What a compiled module wants of a package: an ABI number, an API number or the size of a type (``what``)."""

    package: NormalizedName
    what: str
    number: int

    def __str__(self) -> str:
        number = f"{self.number:#x}" if self.what in (ABI, API) else f"of {self.number} bytes"
        return f"{self.package}'s {self.what} {number}"

    def includes(self, other: Wants) -> bool:
        """Whether whoever does not get this does not get the other one either."""
        same = (self.package, self.what) == (other.package, other.what)
        return same and (self.number >= other.number if self.what == ABI else self.number <= other.number)


class Library(NamedTuple):
    """A shared library that a compiled module is linked to and that nobody brings, by its file name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """The C interface of a package over its releases. Nothing is said of those outside ``known`` (half-open).

    ``steps`` by what is wanted (see :class:`Wants`), oldest first; ``top``: the import name; ``links``: the evidence.
    ``lenient``: what the names of libraries begin with under which a module may go on without the table.
    """

    package: NormalizedName
    top: str
    known: tuple[Version, Version]
    steps: Mapping[str, tuple[Step, ...]]
    links: tuple[str, ...]
    lenient: tuple[str, ...] = ()

    def offers(self, what: str, version: Version) -> int | None:
        """The number of a release; None where it is not known."""
        public = Version(version.base_version)
        if not self.known[0] <= public < self.known[1]:
            return None
        return next(
            (each.number for each in reversed(self.steps.get(what, ())) if each.since <= public), None
        )

    def meets(self, wants: Wants, version: Version) -> bool | None:
        """Whether a release gives a compiled module what it wants; None where that is not known.

        An ABI goes with modules that were built for it or for a later one; API numbers and sizes must be reached.
        """
        offered = self.offers(wants.what, version)
        if offered is None or wants.package != self.package:
            return None
        return offered <= wants.number if wants.what == ABI else offered >= wants.number

    def early(self, made: str) -> int | None:
        """The ABI number that nearly every module built before a time (ISO 8601) has: the others were pre-releases'."""
        steps = self.steps.get(ABI, ())
        numbers = [each.number for each in steps if not each.released or each.released <= made]
        return numbers[0] if len(numbers) == 1 else None

    def too_early(self, made: str) -> int | None:
        """The ABI number that every module built before a time (ISO 8601) has, where there was only one by then."""
        numbers = [
            each.number for each in self.steps.get(ABI, ()) if not each.published or each.published <= made
        ]
        return numbers[0] if len(numbers) == 1 else None
