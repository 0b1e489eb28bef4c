"""Opening the user's files: bounded, decoded, and with an error of its own for each way in which that can fail."""

from __future__ import annotations

import codecs
import os
import re
import sys
from pathlib import Path

from numlock.errors import BadInput

STDIN = "-"
MAX_BYTES = 10_000_000  # of a file of pins or a case
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What no text holds: C0 controls other than tab, newlines, form feed, escape.
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f]")


def read_text(path: str, kind: str, *, limit: int = MAX_BYTES) -> str:
    """The text of a whole file (``-``: standard input). ``kind`` names it in errors: ``pins``, ``case``."""
    data, cut = read_tail(path, kind, limit)
    if cut:
        raise BadInput(f"{kind}-too-large", f"is larger than {limit // 1_000_000} MB", where=path)
    text = decode(data)
    if not text.strip():
        raise BadInput(f"{kind}-empty", "is empty", where=path)
    if looks_binary(text):
        raise BadInput(f"{kind}-binary", "is not a text file", where=path)
    return text


def read_tail(path: str, kind: str, limit: int) -> tuple[bytes, bool]:
    """The last ``limit`` bytes of a file, and whether anything came before them."""
    try:
        if path == STDIN:
            return _stream_tail(limit)
        if Path(path).is_dir():
            raise BadInput(f"{kind}-unreadable", "is a folder", where=path)
        with open(path, "rb") as file:
            if not file.seekable():
                data = file.read(limit + 1)
                return data[-limit:], len(data) > limit
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            return file.read(limit), size > limit
    except FileNotFoundError as error:
        raise BadInput(f"{kind}-missing", "does not exist", where=path) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{kind}-unreadable", f"cannot be read: {reason}", where=path) from error


def _stream_tail(limit: int) -> tuple[bytes, bool]:
    """The last ``limit`` bytes of standard input, never holding more than twice as much."""
    kept, cut = b"", False
    while chunk := sys.stdin.buffer.read(1 << 20):
        kept += chunk
        if len(kept) > 2 * limit:
            kept, cut = kept[-limit:], True
    return kept[-limit:], cut or len(kept) > limit


def decode(data: bytes) -> str:
    """Bytes of unknown encoding to text: a byte order mark, else UTF-8, else Latin-1 (which always works)."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def looks_binary(text: str) -> bool:
    """Whether a text holds control characters that no text file holds."""
    return _BINARY.search(text[:100_000]) is not None
