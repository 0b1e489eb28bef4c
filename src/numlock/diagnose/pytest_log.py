"""Crashes as pytest prints them in its own styles: long, short, line (its native style is a plain traceback)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from numlock.diagnose.blocks import FILE, MAX_LINE, MAX_MESSAGE_LINES, Block, frame

_SECTION = re.compile(r"^_{3,} .{1,300} _{3,}$|^={3,} .{1,300} ={3,}$")
_LOCATION = re.compile(
    r"^(?P<file>(?:[A-Za-z]:)?[^\s:][^:]{0,999}\.py[xi]?|<[^>:]{1,200}>):(?P<line>\d{1,9}): ?(?P<rest>.{0,2000})$"
)
_E = re.compile(r"^E   (?P<text>.*)$")
_ERROR = re.compile(r"^\s*(?P<error>[A-Za-z_][\w.]{0,200})(?::\s?(?P<message>.*))?$")
_RAISED = re.compile(r"^(?P<error>(?:[a-z_]\w*\.){0,8}[A-Z]\w{0,100})(?:: (?P<message>.*))?$")
_CODE = re.compile(r"^>\s+(?P<code>\S.*)$")
_DEF = re.compile(r"^[> ]\s+(?:async )?def (?P<function>\w{1,200})\(")
_CHAIN = re.compile(r"^(?:During handling of the above exception|The above exception was the direct cause)")
_SUMMARY = re.compile(
    r"^(?:FAILED|ERROR) \S{1,500} - (?P<error>(?:[a-z_]\w*\.){0,8}[A-Z]\w{0,100})(?:: (?P<message>.*))?$"
)


def pytest_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """One block for each exception that pytest shows with ``E`` lines, or in one line with its place."""
    reader = _Reader()
    for index, raw in enumerate(lines):
        if not raw:
            continue
        done = reader.take(index, raw[:MAX_LINE], lines)
        if done is not None and done.error:
            yield done
    if reader.block is not None and reader.block.error:
        yield reader.block


class _Reader:
    """What is known of the exception that is being read."""

    def __init__(self) -> None:
        self.block: Block | None = None
        self._chained = False
        self._said = 0  # lines of the message
        self._unparsed = False  # behind the place of source that cannot be parsed
        self._forget()

    def _forget(self) -> None:
        """A frame is complete."""
        self._code: str | None = None
        self._function: str | None = None

    def take(self, index: int, line: str, lines: Sequence[str]) -> Block | None:
        """Read one line; the block that it closes, if it does."""
        if _SECTION.match(line) or _CHAIN.match(line):
            done = self._close()
            self._chained = _CHAIN.match(line) is not None
            return done
        if found := _E.match(line):
            self._add_text(self._open(index), found["text"])
        elif found := _CODE.match(line):
            self._code = found["code"]
        elif found := _LOCATION.match(line):
            return self._locate(index, found, lines)
        if (found := _DEF.match(line)) and self._function is None:
            self._function = found["function"]
        return None

    def _open(self, index: int) -> Block:
        if self.block is None:
            self.block = Block(start=index, end=index, chained=self._chained)
        self.block.end = index + 1
        return self.block

    def _close(self) -> Block | None:
        done, self.block, self._chained = self.block, None, False
        self._forget()
        return done

    def _locate(self, index: int, found: re.Match[str], lines: Sequence[str]) -> Block | None:
        """A place: of a frame that goes on, or of the one that raised, which ends what pytest says of it."""
        rest = found["rest"].strip()
        if rest.startswith("in "):
            done = self._close() if self.block is not None and self.block.error else None
            code = self._code or _next_code(lines, index)
            self._add(index, found, rest[3:], code)
            return done
        raised = _RAISED.match(rest)
        if rest and raised is None:
            return None
        self._add(index, found, self._function, self._code)
        if raised is None or self.block is None:
            return None
        if not self.block.error:
            self.block.error, self.block.message = raised["error"], raised["message"] or ""
        return self._close()

    def _add(self, index: int, found: re.Match[str], function: str | None, code: str | None) -> None:
        block = self._open(index)
        block.frames.append(frame(found["file"], int(found["line"]), function, code))
        self._forget()

    def _add_text(self, block: Block, text: str) -> None:
        """What stands behind an ``E``."""
        if block.error:
            self._said += 1
            if self._said < MAX_MESSAGE_LINES:
                block.message = f"{block.message}\n{text.strip()}".strip()
        elif place := FILE.match(text):
            block.frames.append(frame(place["file"], int(place["line"]), place["function"], None))
            self._unparsed = True
        elif self._unparsed and text.startswith("    "):
            last = block.frames[-1]
            block.frames[-1] = frame(last.file, last.line, last.function, last.code or text.strip() or None)
        elif found := _ERROR.match(text):
            block.error, block.message = found["error"], found["message"] or ""
            self._said, self._unparsed = 0, False


def _next_code(lines: Sequence[str], index: int) -> str | None:
    """In the short style the code stands below its location."""
    line = lines[index + 1][:MAX_LINE] if index + 1 < len(lines) else ""
    return line.strip() if line.startswith("    ") else None


def summary_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """What pytest's summary says of tests, where it shows nothing more of them."""
    for index, line in enumerate(lines):
        if found := _SUMMARY.match(line[:MAX_LINE]):
            yield Block(start=index, end=index + 1, error=found["error"], message=found["message"] or "")


def most_telling(found: Sequence[Block]) -> Block:
    """The exception that most tests died of; the first one of those where several are as frequent."""
    counts = Counter((block.error, block.message) for block in found)
    return max(found, key=lambda block: counts[block.error, block.message])
