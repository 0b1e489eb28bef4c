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
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Unpinned, Where
from numlock.read.document import Document, not_exact
from numlock.read.files import STDIN, Raw, is_confined, read_raw

_DEPTH = 20  # levels of -r and -c
_ENTRIES = 20_000  # lines that install something, over all levels
_FILES = 500  # over all levels
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
EXACT = re.compile(
    rf"(?P<before>(?P<name>{NAME})\s*(?:\[[^\]]*\]\s*)?===?\s*)(?P<version>[^\s;,]+)(?P<after>.*)"
)
_COMMENT = re.compile(r"(?<!\S)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_OPTIONS = re.compile(
    r"(?<=[\w\])\"'])\s+--?[a-z][a-z-]*[= ].*$"
)  # others, of one requirement: pip takes no notice
_HEADER = re.compile(
    r"^#.*(?:by pip-compile with [Pp]ython |--python-version[= ])(\d+)\.(\d+)", re.IGNORECASE | re.MULTILINE
)
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


def read_requirements(path: str, raw: Raw | None = None) -> Document:
    """Read a requirements file and all that it includes; ``raw``: the file itself, where it has been read already.

    Unpinned lines are no errors here, those that are no requirements are kept apart. Raises BadInput with its place.
    """
    reader = Reader()
    reader.read(path, raw=raw)
    return reader.document(path)


def parse_pins(lines: list[str], where: str) -> tuple[Pin | Opaque, ...]:
    """Requirement lines that stand in another document; no includes, no options."""
    return tuple(_exact(line.strip(), Where(path=where, line=number)) for number, line in enumerate(lines, 1))


def parse_block(text: str, where: str, first: int) -> tuple[Pin | Opaque, ...]:
    """Requirement lines with comments and continuations, in a document whose line ``first`` is their first one."""
    return tuple(
        _exact(line, Where(path=where, line=first + number - 1))
        for number, line in logical_lines(text)
        if not line.startswith("```")
    )


def _exact(line: str, where: Where) -> Pin | Opaque:
    entry = parse_entry(line, where)
    if isinstance(entry, Unpinned):
        raise not_exact(entry)
    return entry


@dataclass(slots=True)
class Reader:
    """Reads a requirements file with all that it includes, or the lines of one that stand in another document."""

    entries: list[Pin | Opaque] = field(default_factory=list)
    constraints: list[Pin] = field(default_factory=list)
    unpinned: list[Unpinned] = field(default_factory=list)
    limits: list[Unpinned] = field(default_factory=list)
    invalid: list[BadInput] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    files: list[Raw] = field(default_factory=list)
    python: tuple[int, int] | None = None

    def document(self, path: str) -> Document:
        """What was read, beginning at ``path``."""
        return Document(
            where=Where(path=path),
            entries=tuple(self.entries),
            constraints=tuple(self.constraints),
            options=tuple(self.options),
            python=self.python,
            unpinned=tuple(self.unpinned),
            limits=tuple(self.limits),
            invalid=tuple(self.invalid),
            files=tuple(self.files),
        )

    def read(
        self, path: str, *, raw: Raw | None = None, constraint: bool = False, chain: tuple[str, ...] = ()
    ) -> None:
        """Read a file that the files of ``chain`` include one through the other."""
        if path in chain or len(chain) > _DEPTH:
            raise BadInput("pins-include-themselves", f"is included by {chain[-1]} again", where=path)
        raw = raw or read_raw(path, "pins")
        self.files.append(raw)
        if len(self.files) > _FILES:
            raise BadInput("pins-too-many", f"is included behind {_FILES} other files", where=path)
        text = raw.text
        if not chain and (header := _HEADER.search(text[:5000])):
            self.python = (int(header[1]), int(header[2]))
        for number, line in logical_lines(text):
            self.take(line, Where(path=path, line=number), constraint=constraint, chain=(*chain, path))

    def take(self, line: str, where: Where, *, constraint: bool = False, chain: tuple[str, ...] = ()) -> None:
        """Take one logical line in."""
        if line.startswith("-") and not line.startswith(_EDITABLE):
            self._take_option(line, where, constraint=constraint, chain=chain)
            return
        try:
            if constraint:
                self._take_constraint(line, where)
            elif isinstance(entry := parse_entry(line, where), Unpinned):
                self.unpinned.append(entry)
            else:
                self.entries.append(entry)
        except BadInput as error:
            self.invalid.append(error)
        taken = len(self.entries) + len(self.constraints) + len(self.unpinned) + len(self.limits)
        if taken + len(self.invalid) > _ENTRIES:
            message = f"holds more than {_ENTRIES} lines that install something"
            raise BadInput("pins-too-many", message, where=where.path)

    def _take_constraint(self, line: str, where: Where) -> None:
        """A line of a constraints file; one that is neither a pin nor a range says nothing."""
        try:
            entry = parse_entry(line, where)
        except BadInput:
            if EXACT.match(line):
                raise
            return
        if isinstance(entry, Pin):
            self.constraints.append(entry)
        elif isinstance(entry, Unpinned):
            self.limits.append(entry)

    def _take_option(self, line: str, where: Where, *, constraint: bool, chain: tuple[str, ...]) -> None:
        for name, value in _options(line, where):
            if kind := _INCLUDES.get(name):
                try:
                    self._include(_expand(value), where, constraint=constraint or kind == "c", chain=chain)
                except BadInput as error:
                    if error.reference not in ("pins-missing", "pins-remote"):
                        raise
                    self.invalid.append(error)
            else:
                self.options.append((name, _expand(value)))

    def _include(self, included: str, where: Where, *, constraint: bool, chain: tuple[str, ...]) -> None:
        if _is_url(included):
            hint = "download it and include the file"
            raise BadInput("pins-remote", f"{included[:100]} is an address", where=str(where), hint=hint)
        if where.path != STDIN:
            included = str(Path(where.path).parent / included)
        self.read(included, constraint=constraint, chain=chain)


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
    if is_confined():
        return value
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda found: os.environ.get(found[1], found[0]), value)


def _is_url(text: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def parse_entry(line: str, where: Where) -> Pin | Opaque | Unpinned:
    """One requirement, as it stands in a logical line. Raises BadInput where it is none."""
    hashes = tuple(_HASH.findall(line))
    bare = _OPTIONS.sub("", _HASH.sub("", line)).strip()
    if opaque := _opaque(bare, where):
        return opaque
    found = EXACT.fullmatch(bare)
    wanted = _requirement(bare, where)
    if not found or "*" in found["version"] or len(wanted.specifier) != 1:
        return Unpinned(text=bare, where=where)
    return Pin(
        name=canonicalize_name(wanted.name),
        spelled=found["name"],
        version=parse_version(found["version"], where),
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
        egg = re.search(rf"#(?:.*&)?egg=({NAME})", line)
        return Opaque(text=line, where=where, name=_name(egg[1]) if egg else None)
    if direct := re.match(rf"({NAME})\s*(?:\[[^\]]*\]\s*)?@\s*\S", line):
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
        if found := EXACT.fullmatch(line):
            parse_version(found["version"], where)
        reason = str(error).splitlines()[0]
        raise BadInput(
            "pins-invalid", f"{line[:100]!r} is not a requirement: {reason}", where=str(where)
        ) from error


def parse_version(text: str, where: Where) -> Version:
    """A version. Raises BadInput where it is none, or a number in it has thousands of digits."""
    try:
        return Version(text)
    except ValueError as error:
        raise BadInput("version-invalid", f"{text[:100]!r} is not a version", where=str(where)) from error
