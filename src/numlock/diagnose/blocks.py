"""The raw parts of a log that tell of a crash: one block a traceback, in log order, however it was printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from numlock.diagnose.paths import locate
from numlock.model import Frame

MAX_FRAMES = 500
MAX_MESSAGE_LINES = 40
MAX_LINE = 4_000
# What may stand before a line: exception group rails, pytest's E, quotes of a mail, the indentation of a service.
_MARGIN = r"(?P<margin>[ \t]{0,40}(?:[|+>E][ |+>-]{0,20})?)"
_HEADER = re.compile(rf"^{_MARGIN}(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_HEADER_ANYWHERE = re.compile(r"Traceback \(most recent call last\):\s*$")
_FILE = re.compile(
    r'^\s*File "(?P<file>[^"]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>.{1,300}))?\s*$'
)
_FATAL_FILE = re.compile(
    r'^\s*File "(?P<file>[^"]{1,1000})", line (?P<line>\d{1,9}) in (?P<function>.{1,300})$'
)
_CARETS = re.compile(r"^[\s~^]+$")
_ERROR = re.compile(r"^(?P<error>[A-Za-z_][\w.]{0,200})(?::(?P<message>(?:\s.*)?))?$")
_GROUP_RULE = re.compile(r"^[ |]*\+-[+-]*")
_CHAIN = re.compile(
    r"During handling of the above exception, another exception occurred|"
    r"The above exception was the direct cause of the following exception"
)
_END = re.compile(
    r"^(?:Process completed with exit code|make(?:\[\d+\])?: \*\*\*|Error: Process completed|"
    r"During handling of the above|The above exception was|-- Process \d+ terminated|=====|-----|\"\"\"|''')"
)


@dataclass(slots=True)
class Block:
    """One traceback: its frames outermost first, its exception, the lines it spans, whether it follows another."""

    start: int
    end: int
    frames: list[Frame] = field(default_factory=list)
    error: str = ""
    message: str = ""
    chained: bool = False
    grouped: bool = False  # one of the exceptions inside an exception group


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Every traceback among the lines, also without its head or its tail."""
    index, chained = 0, False
    while index < len(lines):
        line = lines[index]
        if _CHAIN.search(line[:MAX_LINE]):
            chained = True
        header = _HEADER.match(line[:MAX_LINE])
        if header is None and _HEADER_ANYWHERE.search(line[:MAX_LINE]):
            header = _HEADER.match("Traceback (most recent call last):")
        if header is not None or _FILE.match(line[:MAX_LINE]):
            margin = header["margin"] if header is not None else _margin(line)
            block = _read(lines, index, index + (header is not None), margin)
            block.chained, chained = chained, False
            yield block
            index = max(block.end, index + 1)
        else:
            index += 1


def _margin(line: str) -> str:
    """The margin of a frame line whose header was cut off: frames are indented by two."""
    return line[: max(0, len(line) - len(line.lstrip()) - 2)]


def _read(lines: Sequence[str], start: int, first: int, margin: str) -> Block:
    block = Block(start=start, end=first, grouped="|" in margin)
    index = first
    while index < len(lines):
        line = _strip(lines[index], margin)
        if found := _FILE.match(line):
            code = _code(lines, index + 1, margin)
            if len(block.frames) < MAX_FRAMES:
                block.frames.append(frame(found["file"], int(found["line"]), found["function"], code))
        elif line.startswith((" ", "\t")) or not line.strip():
            if not line.strip() and not _continues(lines, index, margin):
                break
        elif found := _ERROR.match(line):
            block.error = found["error"]
            index, block.message = _message(lines, index, margin, found["message"] or "")
            break
        else:
            break
        index += 1
    block.end = index
    return block


def _strip(line: str, margin: str) -> str:
    """A line without its block's margin; group rails vary, so only their width counts."""
    line = line[:MAX_LINE]
    if margin and (line.startswith(margin) or not line[: len(margin)].strip(" |+>E-")):
        return line[len(margin) :]
    return line


def _continues(lines: Sequence[str], index: int, margin: str) -> bool:
    """Whether frames go on behind an empty line."""
    following = next((line for line in lines[index + 1 : index + 3] if line.strip()), "")
    return _FILE.match(_strip(following, margin)) is not None


def _code(lines: Sequence[str], index: int, margin: str) -> str | None:
    if index >= len(lines):
        return None
    line = _strip(lines[index], margin)
    if not line.startswith((" ", "\t")) or _FILE.match(line) or _CARETS.match(line):
        return None
    return line.strip() or None


def _message(lines: Sequence[str], index: int, margin: str, first: str) -> tuple[int, str]:
    """The exception's message with the lines that follow it, and the index of the first line behind it."""
    message, end, blank = [first.strip()], index + 1, 0
    while end < len(lines) and len(message) < MAX_MESSAGE_LINES:
        line = lines[end][:MAX_LINE]
        text = _strip(line, margin)
        if _END.match(text.strip()) or _HEADER_ANYWHERE.search(line) or _GROUP_RULE.match(line):
            break
        if margin.strip() and not line.startswith(margin):
            break
        blank = blank + 1 if not text.strip() else 0
        if blank > 1 or (blank and not _tells_more(lines, end + 1)):
            break
        message.append(text.rstrip())
        end += 1
    return end, "\n".join(message).strip()


def _tells_more(lines: Sequence[str], index: int) -> bool:
    """Whether the paragraph behind an empty line may still belong to a message: it is not a frame or another error."""
    line = lines[index][:MAX_LINE] if index < len(lines) else ""
    return bool(line.strip()) and not _END.match(line) and not _FILE.match(line) and not _ERROR.match(line)


def frame(file: str, line: int | None, function: str | None, code: str | None) -> Frame:
    """A frame with its place worked out from its path."""
    located = locate(file)
    return Frame(
        file=file, line=line, function=function, code=code, place=located.place, inside=located.inside
    )


def fatal_frames(lines: Sequence[str]) -> list[Frame]:
    """The frames that Python's fault handler prints, innermost first there, outermost first here."""
    found = []
    for line in lines[:MAX_FRAMES]:
        match = _FATAL_FILE.match(line[:MAX_LINE])
        if match is None:
            break
        found.append(frame(match["file"], int(match["line"]), match["function"], None))
    return found[::-1]
