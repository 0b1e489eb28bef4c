"""Distributions that are opened once and asked for many things: metadata, file lists, the text of modules."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import decode_source
from typing import Any

from numlock.errors import OutOfReach
from numlock.facts.archive import Archive, open_archive
from numlock.facts.distribution import (
    PATHS,
    describe,
    installed_paths,
    is_chosen,
    is_translated,
    source_members,
)
from numlock.facts.index import PAGE_BYTES
from numlock.facts.metadata import requires_dist
from numlock.facts.settings import redact
from numlock.facts.transport import TooLarge, Transport
from numlock.model import File


class Opened:
    """Files of releases, opened when first asked for. Reading raises Unreadable, and OutOfReach where the index is."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._archives: dict[str, Archive] = {}
        self._paths: dict[str, dict[str, str]] = {}

    def archive(self, file: File) -> Archive:
        """A distribution that can be asked for its members."""
        key = identity(file)
        if key not in self._archives:
            self._archives[key] = open_archive(self._transport, file)
        return self._archives[key]

    def members(self, file: File, archive: Archive) -> dict[str, str]:
        """The members of a distribution by the paths that they are installed to."""
        key = identity(file)
        if key not in self._paths:
            if file.is_wheel:
                found = {path: name for name in archive.names for path in installed_paths([name])}
            else:
                found = source_members(archive)
            self._paths[key] = found
        return self._paths[key]

    def texts(self, file: File, paths: Iterable[str]) -> dict[str, str | None]:
        """The text of those modules that are there; None: too large, packed in an unusual way, or not what is run."""
        archive = self.archive(file)
        members = self.members(file, archive)
        present = {members[path]: path for path in paths if path in members}
        if not file.is_wheel and is_translated(archive):
            return dict.fromkeys(present.values())
        chosen = not file.is_wheel and is_chosen(archive)
        wanted = [name for name, path in present.items() if "/" in path or not chosen]
        texts = {present[name]: _decoded(data) for name, data in archive.read(wanted)}
        return {path: texts.get(path) for path in present.values()}

    def requires(self, file: File) -> dict[str, Any]:
        """The requirements alone, where the index offers metadata apart from the file (PEP 658); else everything."""
        if not file.metadata:
            return self.described(file)
        try:
            response = self._transport.get(f"{file.url}.metadata", limit=PAGE_BYTES)
        except (OutOfReach, TooLarge):
            return self.described(file)
        if response.status != 200:
            return self.described(file)
        return {"requires": requires_dist(response.body.decode("utf-8", errors="replace"))}

    def described(self, file: File) -> dict[str, Any]:
        """The requirements, and the paths that are installed, as JSON values."""
        found = describe(self.archive(file), file)
        return {"requires": found.requires, PATHS: found.paths}


def identity(file: File) -> str:
    """What tells a file from all others: its hash, else its address and size."""
    return file.sha256 or f"{redact(file.url)} {file.size}"


def _decoded(source: bytes) -> str:
    """Source as Python decodes it: byte order mark, coding line, UTF-8."""
    try:
        return decode_source(source)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return source.decode("utf-8", errors="replace")
