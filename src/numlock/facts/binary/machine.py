"""Arguments of calls in machine code, as far as they are plain: addresses of strings and numbers.

Only 64-bit Intel code is read. A compiler puts the arguments of a call into fixed registers shortly before it, strings
by ``lea register, [rip + offset]``, numbers by ``mov register, number``; what it does otherwise is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from numlock.facts.binary.image import X86_64, Image

_LEA = re.compile(rb"[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d]....", re.DOTALL)
_MOV = re.compile(rb"(?=((?:\x41)?[\xb8-\xbf]....))", re.DOTALL)
_NEAR = 40  # bytes between an argument and the next
_SYSTEM_V = (7, 6, 2, 1, 8, 9)  # registers of the first arguments, by their numbers in the machine code
_WINDOWS = (1, 2, 8, 9)
_LONGEST = 200


class Argument(NamedTuple):
    """A string at an address is handed over as argument ``place`` (from 0) by the code at ``at``."""

    at: int
    place: int
    string: int


class Triple(NamedTuple):
    """Two strings and a number that are handed over one after the other."""

    first: str
    second: str
    number: int


class Calls:
    """The plain arguments in an image's code."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._registers = _WINDOWS if image.windows else _SYSTEM_V
        self._readable = image.machine == X86_64

    def number_after(self, string: int) -> int | None:
        """The number that is handed over right after a string, where it is the same wherever that is."""
        found = {
            number
            for code, arguments in self._arguments()
            for each in arguments
            if each.string == string and (number := self._number(code, each.at, each.place + 1)) is not None
        }
        return found.pop() if len(found) == 1 else None

    def triples(self) -> Iterator[Triple]:
        """Every string, string, number that one call may be handed."""
        for code, arguments in self._arguments():
            for index, each in enumerate(arguments):
                number = self._number(code, each.at, each.place + 1) if each.place else None
                near = arguments[max(0, index - 4) : index + 5]
                before = [
                    other
                    for other in near
                    if other.place == each.place - 1 and abs(other.at - each.at) <= _NEAR
                ]
                if number is None or not before:
                    continue
                other = min(before, key=lambda one: abs(one.at - each.at))
                first, second = self._text(other.string), self._text(each.string)
                if first and second:
                    yield Triple(first, second, number)

    def _arguments(self) -> Iterator[tuple[bytes, list[Argument]]]:
        """Each piece of code with the strings that it hands over, in its order."""
        for piece in self._image.pieces if self._readable else ():
            if piece.code:
                yield piece.data, list(self._in(piece.data, piece.address))

    def _in(self, code: bytes, address: int) -> Iterator[Argument]:
        for found in _LEA.finditer(code):
            at, raw = found.start(), found[0]
            register = (raw[0] & 4) << 1 | raw[2] >> 3 & 7
            if register in self._registers:
                offset = int.from_bytes(raw[3:], "little", signed=True)
                yield Argument(at, self._registers.index(register), address + at + 7 + offset)

    def _number(self, code: bytes, at: int, place: int) -> int | None:
        """The number nearest to a piece of code that is put into the register of an argument."""
        if place >= len(self._registers):
            return None
        register = self._registers[place]
        start = max(0, at - _NEAR)
        best: tuple[int, int] | None = None
        for found in _MOV.finditer(code[start : at + _NEAR + 7]):
            raw = found[1]
            if (8 if len(raw) == 6 else 0) + (raw[-5] & 7) == register:
                distance = abs(start + found.start() - at)
                candidate = (distance, int.from_bytes(raw[-4:], "little"))
                best = min(best, candidate) if best else candidate
        return best[1] if best else None

    def _text(self, address: int) -> str | None:
        text = self._image.text(address, _LONGEST)
        return text.decode("ascii", errors="replace") if text else None
