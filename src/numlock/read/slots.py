"""Where pins stand in the text of a file: the places that writing back may touch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from numlock.errors import BadInput
from numlock.model import Pin, Where
from numlock.read.placed import BREAK, Placed
from numlock.read.requirements import EXACT, NAME, logical_lines, parse_entry

_GAP = r"(?:[ \t\f]|\\(?:\r\n|\n|\r))*"  # space, also across the end of a continued line
_PIN = re.compile(rf"{_GAP}{NAME}{_GAP}(?:\[[^\]]*\]{_GAP})?===?{_GAP}(?P<version>[^\s;,\\\"']+)")
_BARE = re.compile(rf"{_GAP}(?:===?{_GAP})?(?P<version>[^\s;,\\\"']+)")  # where the name stands elsewhere
_REST = re.compile(r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S])?)*")  # of a logical line
Span = tuple[int, int]


class Slot(NamedTuple):
    """A pin in the text of a file: where its version stands, and where its logical line ends."""

    pin: Pin
    version: Span
    end: int


class Patch(NamedTuple):
    """A span of a text, and what takes its place."""

    span: Span
    text: str


def patched(text: str, patches: Iterable[Patch]) -> str:
    """A text with patches that do not overlap."""
    parts, last = [], 0
    for (start, end), replacement in sorted(patches):
        parts += [text[last:start], replacement]
        last = end
    return "".join((*parts, text[last:]))


def requirement_slots(text: str, path: str) -> Iterator[Slot]:
    """The pins of a requirements file, without those that it includes."""
    starts = [0, *(found.end() for found in BREAK.finditer(text))]
    for number, line in logical_lines(BREAK.sub("\n", text)):
        if not line.startswith("-") and EXACT.match(line):
            yield from _slot(text, (starts[number - 1], len(text)), line, Where(path=path, line=number))


def string_slots(strings: Callable[[str, str], list[Placed]]) -> Callable[[str, str], Iterator[Slot]]:
    """The pins of a form that holds them as strings, which ``strings`` finds."""

    def slots(text: str, path: str) -> Iterator[Slot]:
        for each in strings(text, path):
            start = each.span[0] + (text[each.span[0]] in "\"'")
            if EXACT.match(each.strip()):
                yield from _slot(text, (start, each.span[1]), each.strip(), Where(path=path, line=each.line))

    return slots


def _slot(text: str, within: Span, line: str, where: Where) -> Iterator[Slot]:
    pin = parse_entry(line, where)
    if not isinstance(pin, Pin):
        return
    found = _PIN.match(text, *within) or _BARE.match(text, *within)
    if found is None or found["version"] != pin.written:
        raise BadInput("pins-not-writable", f"{line[:100]!r} is written in an unusual way", where=str(where))
    rest = _REST.match(text, found.end(), within[1])
    yield Slot(pin, found.span("version"), rest.end() if rest else found.end())
