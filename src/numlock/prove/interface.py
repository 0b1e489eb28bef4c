"""What proving by a run is handed, and what can make environments for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class IndexOptions(Protocol):
    """Where distributions come from, as pip is configured. Addresses may hold credentials."""

    @property
    def indexes(self) -> tuple[str, ...]:
        """Simple indexes, the first one first; none where only ``find_links`` count."""

    @property
    def find_links(self) -> tuple[str, ...]:
        """Folders and pages with files."""

    @property
    def cert(self) -> str | None:
        """A file of certificates."""

    @property
    def client_cert(self) -> str | None:
        """The client's own certificate."""

    @property
    def proxy(self) -> str | None:
        """The proxy for everything."""

    @property
    def timeout(self) -> float:
        """Seconds."""

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        """Hosts whose certificates are not looked at."""


class Maker(Protocol):
    """A tool that makes environments: its commands, and the variables that they run with."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Holds the settings of the index, credentials included, which so never stand in a command line."""

    def create(self, python: Path, environment: Path) -> Sequence[Sequence[str]]:
        """Commands that make an environment for an interpreter."""

    def install(self, environment: Path, pins: Path) -> Sequence[str]:
        """The command that installs a file of exact pins into it, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is run to prove a set: a command line, in ``folder`` (None: an empty one).

    ``program`` is the text of a ``main.py`` that is put into the empty folder.
    """

    argv: tuple[str, ...]
    program: str | None = None
    folder: str | None = None
