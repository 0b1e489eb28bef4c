"""Facts that cannot hold together, and the evidence for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model.facts import Source


class Evidence(IntEnum):
    """Classes of evidence, the strongest last."""

    HYPOTHESIS = 0
    METADATA = 1
    ADVISORY = 2
    SOURCE = 3
    BINARY = 4
    RUN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One piece of evidence in words, with its class and where it was read."""

    text: str
    evidence: Evidence
    source: Source | None = None
    link: str | None = None


class Member(NamedTuple):
    """One side of a conflict: any of these versions of this name."""

    name: NormalizedName
    versions: frozenset[Version]


class ConflictKind(Enum):
    """What kind of facts clash."""

    DECLARED = "declared range"
    RANGE = "range in the project's files"
    ABSENT = "requirement outside the pins"
    UNINSTALLABLE = "no file for the target"
    MODULE = "missing module"
    NAME = "missing name"
    SIGNATURE = "signature"
    PYTHON = "standard library"
    GUARD = "version refused"
    BINARY = "binary interface"
    ADVISORY = "advisory"
    HYPOTHESIS = "hypothesis"
    TWICE = "contradicting lines"
    REFEREE = "refused by pip-tools"
    RUN = "died when run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Facts that cannot hold together: not all members at once. One member: those versions are out by themselves.

    ``soft``: a break that a run may meet, not one that it must; a plan avoids it where that costs no further move.
    """

    kind: ConflictKind
    members: tuple[Member, ...]
    because: tuple[Because, ...]
    soft: bool = False

    @property
    def names(self) -> frozenset[NormalizedName]:
        """The packages that it is between."""
        return frozenset(member.name for member in self.members)

    def hits(self, versions: Mapping[NormalizedName, Version]) -> bool:
        """Whether an environment holds every member."""
        return all(versions.get(member.name) in member.versions for member in self.members)

    @property
    def evidence(self) -> Evidence:
        return max((because.evidence for because in self.because), default=Evidence.HYPOTHESIS)
