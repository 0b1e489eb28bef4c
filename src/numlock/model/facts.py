"""What indexes and distributions say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version


class Key(NamedTuple):
    """A release: a name and a version."""

    name: NormalizedName
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact was read: an address without credentials, the member of an archive, a line in it."""

    url: str
    member: str | None = None
    sha256: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        parts = [self.url.rsplit("/", 1)[-1], self.member]
        text = " ".join(part for part in parts if part)
        return f"{text}:{self.line}" if self.line is not None else text


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a release, as its index lists it. ``size`` in bytes; ``metadata``: PEP 658 is offered for it."""

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: str | None = None  # the reason; "" where none is given; None: not yanked
    uploaded: str | None = None  # ISO 8601
    metadata: bool = False

    @property
    def is_wheel(self) -> bool:
        return self.filename.endswith(".whl")

    @property
    def is_compiled(self) -> bool:
        """Whether it is a wheel for some platforms only."""
        return self.is_wheel and not self.filename.endswith("-any.whl")


class Fit(IntEnum):
    """How a release can be installed on the target; a higher number is better."""

    NONE = 0  # no file for the target
    SOURCE = 1  # only from a source archive
    WHEEL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as the index lists it, judged for the target: ``file`` is the one that an installer would take."""

    key: Key
    fit: Fit
    file: File | None = None
    yanked: str | None = None
    uploaded: str | None = None
    obstacle: str | None = (
        None  # why fit is NONE: "requires Python >=3.9", "no wheel for cp313 and no source archive"
    )
    built_elsewhere: bool = False  # fit is SOURCE although the release has wheels for other targets

    @property
    def stands_in(self) -> bool:
        """Whether the file is of the public version, since no index lists the build that the local label names."""
        local = self.key.version.local
        return local is not None and self.file is not None and "+" not in self.file.filename


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """One declared requirement that holds for the target (marker evaluated for the target and the pin's extras)."""

    release: Key
    requirement: Requirement
    source: Source

    @property
    def name(self) -> NormalizedName:
        return canonicalize_name(self.requirement.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a release installs, from its file list: paths below site-packages with '/', without the dist-info folder."""

    release: Key
    paths: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A question that no fact answers, with the reason; never counted as fitness, never as a conflict."""

    release: Key | None
    question: str
    why: str


class Unread(Exception):
    """A question needs code that is yet to be read; it is to be asked again once that is done."""


class Edge(NamedTuple):
    """Where an advisory begins or ends: neighbouring releases of ``name``, one that fails and one that works.

    ``bad`` before ``good``: the range ends there; after it: the range begins there. ``name`` is the advisory's package,
    the one beside it, or "python".
    """

    name: str
    bad: Version
    good: Version

    def __str__(self) -> str:
        if self.bad < self.good:
            return f"{self.name}: last bad {self.bad}, first good {self.good}"
        return f"{self.name}: last good {self.good}, first bad {self.bad}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A curated, boundary-tested fact about releases that code and metadata do not show.

    ``affected`` are half-open ranges (introduced, fixed). ``error``, ``message`` and ``frames`` are regular expressions
    of the crash that it explains (None: any); ``always``: importing the package dies, so that no crash is needed to
    know. ``beside``: the other package whose versions it also takes, as a specifier string. ``refuses``: dotted names
    that affected releases have, and raise for whoever calls them; ``compiled``: only builds with compiled modules do.
    ``verified`` is "run" or "documented".
    """

    id: str
    package: NormalizedName
    summary: str
    affected: tuple[tuple[Version | None, Version | None], ...]
    links: tuple[str, ...]
    edges: tuple[Edge, ...]
    verified: str
    always: bool = False
    error: str | None = None
    message: str | None = None
    frames: str | None = None
    beside: tuple[NormalizedName, str] | None = None
    python: str | None = None
    refuses: tuple[str, ...] = ()
    compiled: bool = False

    def __str__(self) -> str:
        return f"{self.id}: {self.summary}"

    @property
    def link(self) -> str | None:
        """The page that reports print."""
        return self.links[0] if self.links else None

    def hits(self, version: Version) -> bool:
        """Whether a version lies in an affected range; a local label counts as its public version."""
        public = Version(version.public) if version.local else version
        return any(
            (low is None or low <= public) and (high is None or public < high) for low, high in self.affected
        )
