"""The one root error of numlock and the exit codes of its command line."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, as the README documents them."""

    OK = 0
    CONFLICTS = 1
    BAD_INPUT = 2
    BUG = 3
    NO_REPAIR = 4
    NOT_VERSIONS = 5
    OUT_OF_REACH = 6
    INTERRUPTED = 130


class NumlockError(Exception):
    """An error that a user can act on: a reference, a place, a message and a way out.

    Printed as ``reference: where message; hint: hint``.
    """

    exit: Exit = Exit.BAD_INPUT

    def __init__(
        self, reference: str, message: str, *, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where} " if self.where else ""
        hint = f"; hint: {self.hint}" if self.hint else ""
        return f"{self.reference}: {place}{self.message}{hint}"


class BadInput(NumlockError):
    """The user's files or options cannot be used as they are (exit code 2)."""


class OutOfReach(NumlockError):
    """Facts that the answer needs cannot be had: index down, offline without them (exit code 6)."""

    exit = Exit.OUT_OF_REACH


class Bug(NumlockError):
    """Numlock itself is wrong (exit code 3)."""

    exit = Exit.BUG
