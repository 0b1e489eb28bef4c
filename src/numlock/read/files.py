"""Opening the user's files: bounded, decoded, and with an error of its own for each way in which that can fail."""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, NamedTuple

from numlock.errors import BadInput

STDIN = "-"
MAX_BYTES = 10_000_000  # of a file of pins or a case
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONFINED: ContextVar[Path | None] = ContextVar("confined", default=None)
# What no text holds: C0 controls other than tab, newlines, form feed, escape.
_BINARY = re.compile("[\x00-\x06\x10-\x1a\x1c-\x1f]")


class Raw(NamedTuple):
    """A file as it was read, byte for byte."""

    path: str
    data: bytes

    @property
    def text(self) -> str:
        """Its text with ``\\n`` for every line end."""
        return decode(self.data).replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def confined(folder: str | None) -> Iterator[None]:
    """In here files are somebody else's: none outside ``folder`` is read, no variable of the environment is looked at.

    None: the files are the user's own.
    """
    token = _CONFINED.set(Path(folder).resolve() if folder is not None else None)
    try:
        yield
    finally:
        _CONFINED.reset(token)


def is_confined() -> bool:
    """Whether files are somebody else's."""
    return _CONFINED.get() is not None


def read_text(path: str, kind: str, *, limit: int = MAX_BYTES) -> str:
    """The text of a whole file that is not empty. ``kind`` names it in errors: ``pins``, ``case``."""
    text = read_raw(path, kind, limit=limit).text
    if not text.strip():
        raise BadInput(f"{kind}-empty", "is empty", where=path)
    return text


def read_raw(path: str, kind: str, *, limit: int = MAX_BYTES) -> Raw:
    """A whole text file (``-``: standard input). Raises BadInput where it is too large, or no text."""
    data, cut = read_tail(path, kind, limit)
    if cut:
        raise BadInput(f"{kind}-too-large", f"is larger than {limit // 1_000_000} MB", where=path)
    if looks_binary(decode(data)):
        raise BadInput(f"{kind}-binary", "is not a text file", where=path)
    return Raw(path, data)


def read_tail(path: str, kind: str, limit: int) -> tuple[bytes, bool]:
    """The last ``limit`` bytes of a file, and whether anything came before them."""
    try:
        if path == STDIN:
            return _stream_tail(sys.stdin.buffer, limit)
        if (folder := _CONFINED.get()) and not Path(path).resolve().is_relative_to(folder):
            raise BadInput(f"{kind}-outside", "lies outside the repository", where=path)
        if Path(path).is_dir():
            raise BadInput(f"{kind}-unreadable", "is a folder", where=path)
        with open(path, "rb") as file:
            if not file.seekable():
                return _stream_tail(file, limit)
            mark = next((bom for bom, _ in _BOMS if file.read(len(bom)) == bom or file.seek(0)), b"")
            size = file.seek(0, os.SEEK_END)
            if size <= limit:
                file.seek(0)
                return file.read(limit), False
            wide = mark not in (b"", codecs.BOM_UTF8)
            file.seek(size - limit + (wide and (size - limit) % 2))  # whole characters, of two bytes each
            return mark + _whole_lines(file.read(limit), mark), True
    except FileNotFoundError as error:
        raise BadInput(f"{kind}-missing", "does not exist", where=path) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{kind}-unreadable", f"cannot be read: {reason}", where=path) from error


def _stream_tail(stream: BinaryIO, limit: int) -> tuple[bytes, bool]:
    """The last ``limit`` bytes of a stream, never holding more than twice as much."""
    kept, cut = b"", False
    while chunk := stream.read(1 << 20):
        kept += chunk
        if len(kept) > 2 * limit:
            kept, cut = kept[-limit:], True
    cut = cut or len(kept) > limit
    return (_whole_lines(kept[-limit:], b"") if cut else kept), cut


def _whole_lines(data: bytes, mark: bytes) -> bytes:
    """Without the rest of a line, and of a character, that a cut has left at the beginning."""
    if mark and mark != codecs.BOM_UTF8:
        return data
    return data[data.find(b"\n", 0, 10_000) + 1 :]


def decode(data: bytes) -> str:
    """Bytes of unknown encoding to text: a byte order mark, else UTF-8, else Latin-1 (which always works)."""
    bom, encoding = encoding_of(data)
    return data[len(bom) :].decode(encoding, errors="replace")


def encoding_of(data: bytes) -> tuple[bytes, str]:
    """The byte order mark, empty where there is none, and the encoding of what follows it."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return bom, encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return b"", "latin-1"
    return b"", "utf-8"


def looks_binary(text: str) -> bool:
    """Whether a text holds control characters that no text file holds."""
    return _BINARY.search(text[:100_000]) is not None
