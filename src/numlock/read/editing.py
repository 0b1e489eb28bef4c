"""Writing pins back, byte for byte: only the version of a pin that moved changes, and its hashes with it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName

from numlock.errors import BadInput
from numlock.model import Change, Key, Pin, Target, Where
from numlock.read.document import Document, Form
from numlock.read.files import STDIN, Raw, encoding_of
from numlock.read.placed import BREAK, Placed
from numlock.read.requirements import EXACT, NAME, logical_lines, parse_entry
from numlock.read.tables import environment_strings, pyproject_strings

_GAP = r"(?:[ \t\f]|\\(?:\r\n|\n|\r))*"  # space, also across the end of a continued line
_PIN = re.compile(rf"{_GAP}{NAME}{_GAP}(?:\[[^\]]*\])?{_GAP}===?{_GAP}(?P<version>[^\s;,\\\"']+)")
_REST = re.compile(r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S])?)*")  # of a logical line
_COMMENT = re.compile(r"(?<!\S)#")
_HASH = re.compile(r"(?P<gap>[\s\\]+)(?P<option>--hash(?:=|[ \t]+))(?P<algorithm>\w+):(?P<digest>[^\s\\]+)")
_ALGORITHM = "sha256"  # the one that indexes offer
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A file's bytes before and after; ``lines``: how many pins of it moved."""

    path: str
    before: bytes
    after: bytes
    lines: int


class Slot(NamedTuple):
    """A pin in the text of a file: where its version stands, and where its logical line ends."""

    pin: Pin
    version: Span
    end: int


class Patch(NamedTuple):
    """A span of a text, and what takes its place."""

    span: Span
    text: str


def write_back(
    document: Document,
    changes: Iterable[Change],
    target: Target,
    hashes: Mapping[Key, tuple[str, ...]],
) -> tuple[Edit, ...]:
    """The edits that bring ``changes`` into the files of a document, its sources included; none is applied.

    A pin moves where its marker holds for the target and it stands at the change's old version. ``hashes`` are those
    of all files of the new releases, as ``sha256:...``. Raises BadInput where a file, or a line, cannot be written.
    """
    moves = {change.name: change for change in changes}
    _check_writable(document)
    edits: dict[str, Edit] = {}
    for part in (document, *document.sources):
        for number, raw in enumerate(part.files):
            form = part.form if number == 0 else Form.REQUIREMENTS
            place = os.path.abspath(raw.path)
            if place not in edits and (edit := _edit(raw, form, moves, target, hashes)):
                edits[place] = edit
    return tuple(edits.values())


def _check_writable(document: Document) -> None:
    where = str(document.where)
    if document.read_only:
        raise BadInput("pins-read-only", document.read_only, where=where)
    if not document.files or any(raw.path == STDIN for raw in document.files):
        raise BadInput(
            "pins-no-file", "the pins stand in no file", where=where, hint="give them with -r FILE"
        )


def _edit(
    raw: Raw,
    form: Form,
    moves: Mapping[NormalizedName, Change],
    target: Target,
    hashes: Mapping[Key, tuple[str, ...]],
) -> Edit | None:
    text = Text(raw)
    patches, lines = [], 0
    for slot in SLOTS.get(form, _no_slots)(text.text, raw.path):
        change = moves.get(slot.pin.name)
        if change is None or slot.pin.version != change.before or not slot.pin.holds(target):
            continue
        lines += 1
        patches.append(Patch(slot.version, str(change.after)))
        patches += _hashes(text.text, slot, Key(change.name, change.after), hashes)
    after = text.encoded(patched(text.text, patches))
    return Edit(path=raw.path, before=raw.data, after=after, lines=lines) if patches else None


class Text:
    """The text of a file with its own line ends, that can be turned into bytes again."""

    def __init__(self, raw: Raw) -> None:
        self._mark, self._encoding = encoding_of(raw.data)
        self.text = raw.data[len(self._mark) :].decode(self._encoding, errors="replace")
        if self.encoded(self.text) != raw.data:
            raise BadInput(
                "pins-encoding", f"is no {self._encoding} text", where=raw.path, hint="save it as UTF-8"
            )

    def encoded(self, text: str) -> bytes:
        """The bytes of a text in the file's encoding, with its byte order mark."""
        return self._mark + text.encode(self._encoding, errors="replace")


def patched(text: str, patches: Iterable[Patch]) -> str:
    """A text with patches that do not overlap."""
    parts, last = [], 0
    for (start, end), replacement in sorted(patches):
        parts += [text[last:start], replacement]
        last = end
    return "".join((*parts, text[last:]))


# --- where pins stand ------------------------------------------------------------------------------


def requirement_slots(text: str, path: str) -> Iterator[Slot]:
    """The pins of a requirements file, without those that it includes."""
    starts = [0, *(found.end() for found in BREAK.finditer(text))]
    for number, line in logical_lines(BREAK.sub("\n", text)):
        if not line.startswith("-") and EXACT.match(line):
            yield from _slot(text, starts[number - 1], line, Where(path=path, line=number))


def _string_slots(strings: Callable[[str, str], list[Placed]]) -> Callable[[str, str], Iterator[Slot]]:
    def slots(text: str, path: str) -> Iterator[Slot]:
        for each in strings(text, path):
            start = each.span[0] + (text[each.span[0]] in "\"'")
            if EXACT.match(each.strip()):
                yield from _slot(text, start, each.strip(), Where(path=path, line=each.line))

    return slots


def _no_slots(text: str, path: str) -> Iterator[Slot]:
    return iter(())


SLOTS: dict[Form, Callable[[str, str], Iterator[Slot]]] = {
    Form.REQUIREMENTS: requirement_slots,
    Form.PYPROJECT: _string_slots(pyproject_strings),
    Form.ENVIRONMENT: _string_slots(environment_strings),
}


def _slot(text: str, start: int, line: str, where: Where) -> Iterator[Slot]:
    pin = parse_entry(line, where)
    if not isinstance(pin, Pin):
        return
    found = _PIN.match(text, start)
    if found is None or found["version"] != pin.written:
        raise BadInput("pins-not-writable", f"{line[:100]!r} is written in an unusual way", where=str(where))
    rest = _REST.match(text, found.end())
    yield Slot(pin, found.span("version"), rest.end() if rest else found.end())


# --- hashes ----------------------------------------------------------------------------------------


def _hashes(text: str, slot: Slot, release: Key, hashes: Mapping[Key, tuple[str, ...]]) -> Iterator[Patch]:
    """The release's hashes in place of the pin's own, each set off as those are."""
    comment = _COMMENT.search(text, slot.version[1], slot.end)
    found = list(_HASH.finditer(text, slot.version[1], comment.start() if comment else slot.end))
    if not found:
        return
    first, last = found[0], found[-1]
    where = str(slot.pin.where)
    if {each["algorithm"] for each in found} != {_ALGORITHM} or not hashes.get(release):
        message = f"no index states the {first['algorithm'][:20]} hashes of all files of {release}"
        raise BadInput("hashes-unknown", message, where=where, hint="compile the file again")
    if "".join(each[0] for each in found) != text[first.start() : last.end()]:
        raise BadInput("pins-not-writable", "has something between its hashes", where=where)
    between = found[1]["gap"] if len(found) > 1 else first["gap"]
    new = between.join(f"{first['option']}{each}" for each in sorted(hashes[release]))
    yield Patch((first.start("option"), last.end()), new)
