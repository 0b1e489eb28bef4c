"""What a check of pins says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from numlock.model.conflicts import Conflict
from numlock.model.facts import Unknown
from numlock.model.pins import Pin, Where
from numlock.model.target import Target


class Standing(Enum):
    """What a finding does: an error fails the check, the others do not."""

    ERROR = "error"
    BEFORE = "before"  # as certain as an error, but there before this change
    IGNORED = "ignored"
    WARNING = "warning"  # a break that a run may meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A conflict in the user's files, with the line to change.

    ``pin`` stands on that line; None: a line of the project, or the whole file. ``fix`` says what would end the
    conflict (None: nothing is known). ``targets``: where it does not hold; ``others``: where it does. ``reason``: why
    it is ignored. ``also``: what else is known between the same packages, in words.
    """

    conflict: Conflict
    also: tuple[str, ...] = ()
    where: Where
    pin: Pin | None
    standing: Standing
    fix: str | None = None
    targets: tuple[Target, ...] = ()
    others: tuple[Target, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Everything that a check of some files says.

    ``files`` are those that were judged. ``notes``: files or lines that were left alone, and why. ``written``: files
    that were rewritten, as it was asked for, before this was found. ``read`` and ``folders``: every file of pins or of
    options, and every folder whose Python files it rests on. ``heard``: every host that was asked has answered.
    """

    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    heard: bool = True

    def of(self, standing: Standing) -> tuple[Finding, ...]:
        """The findings of one standing, in the order of their lines."""
        return tuple(finding for finding in self.findings if finding.standing is standing)

    @property
    def sound(self) -> bool:
        """Whether the check passes."""
        return not self.of(Standing.ERROR)
