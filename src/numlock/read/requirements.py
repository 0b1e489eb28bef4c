"""Requirements files and ``pip freeze`` output.

The format is pip's: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Where
from numlock.read.files import STDIN, read_text

_DEPTH = 20  # levels of -r and -c
_ENTRIES = 20_000  # lines that install something, over all levels
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_EXACT = re.compile(
    rf"(?P<before>(?P<name>{_NAME})\s*(?:\[[^\]]*\])?\s*===?\s*)(?P<version>[^\s;,]+)(?P<after>.*)"
)
_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_HEADER = re.compile(r"#.*(?:by pip-compile with [Pp]ython |--python-version[= ])(\d+)\.(\d+)", re.IGNORECASE)
_VALUED = (
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--trusted-host",
    "--no-binary",
    "--only-binary",
    "--use-feature",
    "--config-settings",
    "--global-option",
    "--pypi-url",
)
_LOCAL = re.compile(r"\.{0,2}/|[A-Za-z]:[\\/]|\.\.?\\|\.\.?(?:\[|$)|[\w.-]+/[\w./-]+(?:\[.*\])?$")
_EDITABLE = ("-e", "--editable")
_INCLUDES = {"-r": "r", "--requirement": "r", "-c": "c", "--constraint": "c"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a requirements file says, with all that it includes.

    ``constraints`` come from ``-c`` files and install nothing. ``options`` are (name, value) pairs in file order.
    ``python`` is the version that a pip-compile or uv header names.
    """

    where: Where
    entries: tuple[Pin | Opaque, ...]
    constraints: tuple[Pin, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    python: tuple[int, int] | None = None


def read_requirements(path: str) -> Document:
    """Read a requirements file (``-``: standard input) and all that it includes. Raises BadInput with its place."""
    reader = _Reader()
    reader.read(path, constraint=False, chain=())
    if not any(isinstance(entry, Pin) for entry in reader.entries):
        raise BadInput("pins-none", "holds no pin", where=path, hint="run pip freeze or pip-compile first")
    return Document(
        where=Where(path=path),
        entries=tuple(reader.entries),
        constraints=tuple(reader.constraints),
        options=tuple(reader.options),
        python=reader.python,
    )


def parse_pins(lines: list[str], where: str) -> tuple[Pin | Opaque, ...]:
    """Requirement lines that stand in another document; no includes, no options."""
    return tuple(_entry(line.strip(), Where(path=where, line=number)) for number, line in enumerate(lines, 1))


def parse_block(text: str, where: str, first: int) -> tuple[Pin | Opaque, ...]:
    """Requirement lines with comments and continuations, in a document whose line ``first`` is their first one."""
    return tuple(
        _entry(line, Where(path=where, line=first + number - 1))
        for number, line in logical_lines(text)
        if not line.startswith("```")
    )


@dataclass(slots=True)
class _Reader:
    entries: list[Pin | Opaque] = field(default_factory=list)
    constraints: list[Pin] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    python: tuple[int, int] | None = None

    def read(self, path: str, *, constraint: bool, chain: tuple[str, ...]) -> None:
        if path in chain or len(chain) > _DEPTH:
            raise BadInput("pins-include-themselves", f"is included by {chain[-1]} again", where=path)
        text = read_text(path, "pins")
        if not chain and (header := _HEADER.search(text[:5000])):
            self.python = (int(header[1]), int(header[2]))
        for number, line in logical_lines(text):
            self._take(line, Where(path=path, line=number), constraint=constraint, chain=(*chain, path))
            if len(self.entries) + len(self.constraints) > _ENTRIES:
                raise BadInput(
                    "pins-too-many", f"holds more than {_ENTRIES} lines that install something", where=path
                )

    def _take(self, line: str, where: Where, *, constraint: bool, chain: tuple[str, ...]) -> None:
        if line.startswith("-") and not line.startswith(_EDITABLE):
            self._take_option(line, where, constraint=constraint, chain=chain)
            return
        if not constraint:
            self.entries.append(_entry(line, where))
        elif _EXACT.match(line) and isinstance(entry := _entry(line, where), Pin):
            self.constraints.append(entry)  # a range there says nothing that pins do not say

    def _take_option(self, line: str, where: Where, *, constraint: bool, chain: tuple[str, ...]) -> None:
        for name, value in _options(line, where):
            if kind := _INCLUDES.get(name):
                included = _expand(value)
                if _is_url(included):
                    hint = "download it and include the file"
                    raise BadInput(
                        "pins-remote", f"{included[:100]} is an address", where=str(where), hint=hint
                    )
                if where.path != STDIN:
                    included = str(Path(where.path).parent / included)
                self.read(included, constraint=constraint or kind == "c", chain=chain)
            else:
                self.options.append((name, _expand(value)))


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, continuation lines joined, with the number of their first line."""
    joined, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        is_comment = re.match(r"\s*#", line) is not None
        start = start or number
        if line.endswith("\\") and not is_comment:
            joined += line[:-1] + " "
            continue
        joined += "" if is_comment and joined else line
        cleaned = _COMMENT.sub("", joined).strip()
        if cleaned:
            yield start, cleaned
        joined, start = "", 0
    if cleaned := _COMMENT.sub("", joined).strip():
        yield start, cleaned


def _options(line: str, where: Where) -> Iterator[tuple[str, str]]:
    """The options of a line with their values: ``--name value``, ``--name=value``, ``-nvalue``."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise BadInput("option-invalid", f"{line[:100]!r}: {error}", where=str(where)) from error
    while words:
        word = words.pop(0)
        short = not word.startswith("--") and len(word) > 2
        name, equals, value = (word[:2], "=", word[2:].removeprefix("=")) if short else word.partition("=")
        if not equals and words and not words[0].startswith("-"):
            value = words.pop(0)
        if not value and name in (*_VALUED, *_INCLUDES):
            raise BadInput("option-invalid", f"{name} has no value", where=str(where))
        yield name, value


def _expand(value: str) -> str:
    """``${NAME}`` as pip expands it: upper case, digits and underscores only, left alone where it is not set."""
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda found: os.environ.get(found[1], found[0]), value)


def _is_url(text: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def _entry(line: str, where: Where) -> Pin | Opaque:
    hashes = tuple(_HASH.findall(line))
    bare = _HASH.sub("", line).strip()
    if opaque := _opaque(bare, where):
        return opaque
    found = _EXACT.fullmatch(bare)
    wanted = _requirement(bare, where)
    if not found or "*" in found["version"] or len(wanted.specifier) != 1:
        raise BadInput(
            "pins-not-exact", f"{bare[:100]!r} has no ==", where=str(where), hint="run pip-compile first"
        )
    return Pin(
        name=canonicalize_name(wanted.name),
        spelled=found["name"],
        version=_version(found["version"], where),
        written=found["version"],
        text=(found["before"], found["after"].rstrip()),
        where=where,
        extras=frozenset(canonicalize_name(extra) for extra in wanted.extras),
        marker=wanted.marker,
        hashes=hashes,
    )


def _opaque(line: str, where: Where) -> Opaque | None:
    """Lines that install from a place rather than an index: editable, direct references, addresses, local paths."""
    if line.startswith(_EDITABLE):
        egg = re.search(rf"#(?:.*&)?egg=({_NAME})", line)
        return Opaque(text=line, where=where, name=_name(egg[1]) if egg else None)
    if direct := re.match(rf"({_NAME})\s*(?:\[[^\]]*\])?\s*@\s*\S", line):
        return Opaque(text=line, where=where, name=_name(direct[1]))
    if _is_url(line) or _LOCAL.match(line) or _is_archive(line):
        return Opaque(text=line, where=where)
    return None


def _is_archive(line: str) -> bool:
    return re.search(r"\.(whl|zip|tar\.gz|tar\.bz2|tgz)(\s*;.*)?$", line) is not None


def _name(text: str) -> NormalizedName:
    return canonicalize_name(text)


def _requirement(line: str, where: Where) -> Requirement:
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        if found := _EXACT.fullmatch(line):
            _version(found["version"], where)
        reason = str(error).splitlines()[0]
        raise BadInput(
            "pins-invalid", f"{line[:100]!r} is not a requirement: {reason}", where=str(where)
        ) from error


def _version(text: str, where: Where) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise BadInput("version-invalid", f"{text[:100]!r} is not a version", where=str(where)) from error
