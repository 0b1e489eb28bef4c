"""What is written back, and what that makes of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from numlock.model import Change, File, Key, Pin, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file's bytes before and after; ``lines``: how many pins of it moved."""

    path: str
    before: bytes
    after: bytes
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What is to be written: ``changes`` for a target.

    ``files``: all files of the releases that are left and of those that are moved to, as far as they are known.
    ``asking``: which packages each package that moved asks for at its new version, as far as that is known.
    """

    changes: tuple[Change, ...]
    target: Target
    files: Mapping[Key, tuple[File, ...]] = field(default_factory=dict)
    asking: Mapping[NormalizedName, frozenset[NormalizedName]] = field(default_factory=dict)

    def of(self, pin: Pin) -> Change | None:
        """The move of a pin: where its marker holds, and it stands at the version that is left."""
        found = next((each for each in self.changes if each.name == pin.name), None)
        moves = found is not None and pin.version == found.before and pin.holds(self.target)
        return found if moves else None

    def hashes(self, release: Key) -> tuple[str, ...]:
        """The hashes of all files of a release, ascending; none where not every one is known."""
        files = self.files.get(release, ())
        known = all(file.sha256 for file in files)
        return tuple(sorted(f"sha256:{file.sha256}" for file in files)) if known else ()
