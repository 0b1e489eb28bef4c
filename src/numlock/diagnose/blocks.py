"""The raw parts of a log that tell of a crash: one block a traceback, in log order, however it was printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from numlock.diagnose.margins import MAX_PREFIX, NO_MARGIN, Margin
from numlock.diagnose.paths import locate
from numlock.model import Frame

MAX_FRAMES = 500
MAX_MESSAGE_LINES = 40
MAX_LINE = 4_000
_FOREIGN = 20  # lines of something else that may stand between two lines of a traceback
HEADER = "Traceback (most recent call last):"
_GROUP = "Exception Group "
_FRAME = 'File "'
FILE = re.compile(
    r'^\s*(?:> )?File "(?P<file>[^"]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>[^"\\]{1,300}))?\s*$'
)
_FATAL_FILE = re.compile(
    r'^\s*File "(?P<file>[^"]{1,1000})", line (?P<line>\d{1,9}) in (?P<function>.{1,300})$'
)
_DECORATION = re.compile(
    r"^[\s~^]+$|^\s*[\u2502\u2514]"
)  # markers below code, and values that loggers add to it
_ERROR = re.compile(r"^(?P<error>[A-Za-z_][\w.]{0,200})(?::(?P<message>(?:\s.*)?))?$")
_EXCEPTION = re.compile(
    r"^(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Exit|Interrupt)(?::|$)"
)
_GROUP_RULE = re.compile(r"^[ |]*\+-[+-]*")
_LINKS = (
    "During handling of the above exception, another exception occurred",
    "The above exception was the direct cause of the following exception",
)
# What Python, or logging, prints in front of a traceback that nobody died of, or that is only a place.
_SURVIVED = re.compile(
    r"Exception ignored (?:in|on|while)\b|--- Logging error ---|Call stack:\s*$|Stack \(most recent call last\):\s*$"
)
_END = re.compile(
    r"^(?:Process completed with exit code|make(?:\[\d+\])?: \*\*\*|Error: Process completed|"
    r"During handling of the above|The above exception was|-- Process \d+ terminated|[=_!-]{5}|```|\"\"\"|'''|"
    r"\[?\d{4}-\d\d-\d\d[ T]|\[?\d\d:\d\d:\d\d|\[?(?:DEBUG|INFO|WARNING|CRITICAL|FATAL)\b|"
    r"(?:Exception ignored|--- Logging error|npm ERR|ERROR: |error: |\[end of output\])|"
    r"[\w.-]{1,40}(?: >| exited with code|: (?:exit|FAIL|OK|commands|recipe)) )"
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
    grouped: bool = False  # an exception group, or one of the exceptions inside it
    survived: bool = False  # printed by something that went on


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Every traceback among the lines, also without its head or its tail."""
    index, chained, survived = 0, False, -2
    while index < len(lines):
        line = lines[index][:MAX_LINE]
        chained = chained or is_link(line)
        if _SURVIVED.search(line):
            survived = index
        start = _start(lines, index)
        if start is None:
            index += 1
            continue
        block = _read(lines, index, *start)
        block.chained, chained = chained, False
        block.survived = index - survived < 2
        yield block
        index = max(block.end, index + 1)


def is_link(line: str) -> bool:
    """Whether a line stands between an exception and the one that it led to."""
    return _LINKS[0] in line or _LINKS[1] in line


def _start(lines: Sequence[str], index: int) -> tuple[int, Margin] | None:
    """Where a traceback's frames begin, and what stands before them, if one begins at this line."""
    line = lines[index][:MAX_LINE]
    column = line.find(HEADER)
    if column >= 0 and not line[column + len(HEADER) :].strip():
        prefix = line[:column].removesuffix(_GROUP)
        following = next((each for each in lines[index + 1 : index + 4] if each.strip()), "")
        return index + 1, _margin(prefix, following[:MAX_LINE])
    column = line.find(_FRAME)
    if column >= 0 and FILE.match(line[column:]):
        return index, Margin(line[: max(0, column - 2)][-MAX_PREFIX:] if column <= MAX_PREFIX else "")
    return None


def _margin(prefix: str, following: str) -> Margin:
    """Frames have the prefix of their header, unless they stand at the left: a logger writes its own only once."""
    if len(prefix) > MAX_PREFIX or (prefix.strip() and FILE.match(following)):
        return NO_MARGIN
    margin = Margin(prefix)
    return margin if margin.strip(following) is not None else NO_MARGIN


class _Own:
    """The lines of one traceback behind its margin, read on; lines of others that stand between them are left out."""

    def __init__(self, lines: Sequence[str], first: int, margin: Margin) -> None:
        self._lines = lines
        self._margin = margin
        self._next = first
        self._found: list[tuple[int, str]] = []

    def get(self, number: int) -> str | None:
        """The line of this number, counted from the first one; None behind the last one."""
        while number >= len(self._found):
            patience = _FOREIGN if self._margin.is_strong else 0
            ahead = range(self._next, min(self._next + patience + 1, len(self._lines)))
            stripped = ((index, self._margin.strip(self._lines[index][:MAX_LINE])) for index in ahead)
            following = next(((index, line) for index, line in stripped if line is not None), None)
            if following is None:
                return None
            self._found.append(following)
            self._next = following[0] + 1
        return self._found[number][1]

    def end(self, number: int) -> int:
        """The index, among all lines, behind the line in front of this one."""
        return self._found[number - 1][0] + 1 if number else self._next


def _read(lines: Sequence[str], start: int, first: int, margin: Margin) -> Block:
    block = Block(start=start, end=first, grouped=margin.is_rail)
    own, number = _Own(lines, first, margin), 0
    while (line := own.get(number)) is not None:
        if found := FILE.match(line):
            if len(block.frames) < MAX_FRAMES:
                code = _code(own.get(number + 1))
                block.frames.append(frame(found["file"], int(found["line"]), found["function"], code))
        elif line.startswith((" ", "\t")) or not line.strip():
            if not line.strip() and not _continues(own, number):
                break
        elif line.endswith(HEADER):  # an exception whose message is another traceback
            block.error = line.removesuffix(HEADER).rstrip(": ")
            break
        elif found := _ERROR.match(line):
            block.error = found["error"]
            number, block.message = _message(own, number, found["message"] or "")
            break
        else:
            break
        number += 1
    block.end = max(first, own.end(number)) if number else first
    return block


def _continues(own: _Own, number: int) -> bool:
    """Whether frames, or the exception behind them, go on behind an empty line."""
    ahead = (own.get(number + 1) or "", own.get(number + 2) or "")
    following = next((line for line in ahead if line.strip()), "")
    return FILE.match(following) is not None or _EXCEPTION.match(following) is not None


def _code(line: str | None) -> str | None:
    if line is None or not line.startswith((" ", "\t")) or FILE.match(line) or _DECORATION.match(line):
        return None
    return line.strip() or None


def read_message(lines: Sequence[str], index: int, margin: Margin, first: str) -> tuple[int, str]:
    """The message of the exception at ``index`` with the lines that follow, and the index of the line behind it."""
    own = _Own(lines, index, margin)
    own.get(0)
    number, message = _message(own, 0, first)
    return own.end(number), message


def _message(own: _Own, number: int, first: str) -> tuple[int, str]:
    """A message that begins on line ``number``, and the number of the first line behind it."""
    message, end, blank = [first.strip()], number + 1, 0
    while len(message) < MAX_MESSAGE_LINES and (text := own.get(end)) is not None:
        if _END.match(text.strip()) or HEADER in text or _GROUP_RULE.match(text):
            break
        blank = blank + 1 if not text.strip() else 0
        if blank > 1 or (blank and not _tells_more(own.get(end + 1) or "")):
            break
        message.append(text.rstrip())
        end += 1
    return end, "\n".join(message).strip()


def _tells_more(line: str) -> bool:
    """Whether the paragraph behind an empty line may still belong to a message: it is not a frame or another error."""
    return bool(line.strip()) and not _END.match(line) and not FILE.match(line) and not _ERROR.match(line)


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
