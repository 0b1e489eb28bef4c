"""Crashes as pytest prints them in its own long and short styles (its native style is a plain traceback)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from numlock.diagnose.blocks import MAX_LINE, MAX_MESSAGE_LINES, Block, frame

_SECTION = re.compile(r"^_{3,} .{1,300} _{3,}$")
_LOCATION = re.compile(
    r"^(?P<file>(?:[A-Za-z]:)?[^\s:][^:]{0,999}\.\w{1,4}):(?P<line>\d{1,9}): ?(?P<rest>.{0,300})$"
)
_E = re.compile(r"^E   (?P<text>.*)$")
_ERROR = re.compile(r"^\s*(?P<error>[A-Za-z_][\w.]{0,200})(?::\s?(?P<message>.*))?$")
_CODE = re.compile(r"^>\s+(?P<code>\S.*)$")
_CHAIN = re.compile(r"^(?:During handling of the above exception|The above exception was the direct cause)")


def pytest_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """One block for each exception that pytest shows with ``E`` lines."""
    block: Block | None = None
    code: str | None = None
    chained = False
    for index, raw in enumerate(lines):
        line = raw[:MAX_LINE]
        if _SECTION.match(line) or _CHAIN.match(line):
            if block is not None and block.error:
                yield block
            block, code, chained = None, None, _CHAIN.match(line) is not None
        elif found := _E.match(line):
            block = block or Block(start=index, end=index, chained=chained)
            _add_text(block, found["text"])
        elif found := _CODE.match(line):
            code = found["code"]
        elif found := _LOCATION.match(line):
            block = block or Block(start=index, end=index, chained=chained)
            _add_frame(block, found, code or _next_code(lines, index))
            code = None
        if block is not None:
            block.end = index + 1
    if block is not None and block.error:
        yield block


def _add_text(block: Block, text: str) -> None:
    found = _ERROR.match(text) if not block.error else None
    if found:
        block.error, block.message = found["error"], found["message"] or ""
    elif block.error and block.message.count("\n") < MAX_MESSAGE_LINES:
        block.message = f"{block.message}\n{text.strip()}".strip()


def _add_frame(block: Block, found: re.Match[str], code: str | None) -> None:
    rest = found["rest"].strip()
    function = rest[3:] if rest.startswith("in ") else None
    block.frames.append(frame(found["file"], int(found["line"]), function, code))


def _next_code(lines: Sequence[str], index: int) -> str | None:
    """In the short style the code stands below its location."""
    line = lines[index + 1][:MAX_LINE] if index + 1 < len(lines) else ""
    return line.strip() if line.startswith("    ") else None


def most_telling(found: Sequence[Block]) -> Block:
    """The exception that most tests died of; the first one of those where several are as frequent."""
    counts = Counter((block.error, block.message) for block in found)
    return max(found, key=lambda block: counts[block.error, block.message])
