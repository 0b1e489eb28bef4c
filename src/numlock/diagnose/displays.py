"""Crashes as notebooks (IPython, Jupyter) and rich print them: code in context, an arrow at the line that died."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from numlock.diagnose.blocks import MAX_FRAMES, MAX_LINE, Block, frame, is_link, read_message
from numlock.diagnose.margins import MAX_PREFIX, NO_MARGIN, Margin

_LONGEST = 3_000  # lines of one traceback
# --- notebooks: "KeyError      Traceback (most recent call last)", no colon behind it
_HEADER = "Traceback (most recent call last)"
_NAME = re.compile(r"[A-Za-z_][\w.]{0,200}")
_CELL = re.compile(r"^(?:Cell |Input )?In ?\[\d+\](?:, line (?P<line>\d{1,9})|, in .{1,200})?\s*$")
_AT = re.compile(r"^(?:File )?(?P<file>\S.{0,999}?):(?P<line>\d{1,9})(?:, in (?P<function>.{1,300}))?\s*$")
_OLD_AT = re.compile(
    r"^(?P<file>\S.{0,999}\.\w{1,4}|<\S{1,200}>|\S{0,40}ipykernel_\S{1,200}) in (?P<function>.{1,300})$"
)
_ARROW = re.compile(r"^-+> ?(?P<line>\d{1,9})(?: (?P<code>.*))?$")
# --- rich: a box, paths that are broken over its lines
_BOX = re.compile(r"[\u256d+][\u2500-]+ Traceback \(most recent call last\) [\u2500-]+[\u256e+]")
_BOX_END = re.compile(r"[\u2570+][\u2500-]{3}")
_BOX_AT = re.compile(r"^(?P<file>\S.{0,999}):(?P<line>\d{1,9}) in (?P<function>\S{1,300})$")
_BOX_ARROW = re.compile(r"^[\u2771>] *(?P<line>\d{1,9}) (?P<code>.*)$")
_BOX_CODE = re.compile(r"^ +\d{1,9}(?: |$)")
_INDENT_GUIDES = " \u2502"


def notebook_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """One block for each exception that IPython shows."""
    index, chained = 0, False
    while index < len(lines):
        line = lines[index][:MAX_LINE]
        chained = chained or is_link(line)
        header = _header(line)
        if header is not None:
            block = _read_notebook(lines, index, *header)
            block.chained, chained = chained, False
            yield block
            index = block.end
        else:
            index += 1


def _header(line: str) -> tuple[Margin, str] | None:
    """What stands before the header of a notebook's traceback, and the exception that it names."""
    before, mark, after = line.partition(_HEADER)
    named = before.rstrip()
    error = named[named.rfind(" ") + 1 :]
    if not mark or after.strip() or len(before) - len(named) < 1 or not _NAME.fullmatch(error):
        return None
    prefix = named.removesuffix(error)
    return (Margin(prefix), error) if len(prefix) <= MAX_PREFIX else None


def _read_notebook(lines: Sequence[str], start: int, margin: Margin, error: str) -> Block:
    block = Block(start=start, end=start + 1, error=error)
    place: re.Match[str] | None = None
    for index in range(start + 1, min(len(lines), start + _LONGEST)):
        block.end = index + 1
        line = margin.strip(lines[index][:MAX_LINE])
        if line is None or _HEADER in line:
            block.end = index
            break
        if line == error or line.startswith(f"{error}:"):
            block.end, block.message = read_message(lines, index, margin, line[len(error) + 1 :])
            break
        if found := _ARROW.match(line):
            _add_notebook_frame(block, place, found)
            place = None
        elif found := _CELL.match(line) or _OLD_AT.match(line) or _AT.match(line):
            place = found
    return block


def _add_notebook_frame(block: Block, place: re.Match[str] | None, arrow: re.Match[str]) -> None:
    """A frame is named above its code; one without a file is a cell of the notebook."""
    named = place.groupdict() if place is not None else {}
    file = named.get("file") or "<cell>"
    function = (named.get("function") or "<module>").partition("(")[0]
    if len(block.frames) < MAX_FRAMES:
        block.frames.append(frame(file, int(arrow["line"]), function, (arrow["code"] or "").strip() or None))


def rich_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """One block for each exception that rich shows in a box."""
    index, chained = 0, False
    while index < len(lines):
        line = lines[index][:MAX_LINE]
        chained = chained or is_link(line)
        box = _BOX.search(line) if _HEADER in line else None
        if box is not None:
            block = _read_box(lines, index, box.start(), box.end())
            block.chained, chained = chained, False
            yield block
            index = block.end
        else:
            index += 1


def _read_box(lines: Sequence[str], start: int, left: int, right: int) -> Block:
    """The frames inside a box that stands between two columns; the exception stands below it."""
    block = Block(start=start, end=start + 1)
    broken = ""  # the first part of a path
    for index in range(start + 1, min(len(lines), start + _LONGEST)):
        line = lines[index][:MAX_LINE]
        block.end = index + 1
        if _BOX_END.match(line, left):
            _read_exception(block, lines, index + 1, left)
            break
        inside = line[left + 2 : right - 1].rstrip()
        if found := _BOX_ARROW.match(inside):
            if block.frames:
                code = found["code"].strip(_INDENT_GUIDES)
                last = block.frames[-1]
                block.frames[-1] = frame(last.file, last.line, last.function, code)
        elif not inside or _BOX_CODE.match(inside):
            broken = ""
        else:
            broken = _joined(broken, inside)
            if (found := _BOX_AT.match(broken)) and len(block.frames) < MAX_FRAMES:
                block.frames.append(frame(found["file"], int(found["line"]), found["function"], None))
                broken = ""
    return block


def _joined(first: str, rest: str) -> str:
    """A path broken over two lines; it is broken before ``in FUNCTION``, or anywhere within itself."""
    return f"{first} {rest}" if first and rest.startswith("in ") else f"{first}{rest}"


def _read_exception(block: Block, lines: Sequence[str], index: int, left: int) -> None:
    """The exception below a box; in a narrow column it is broken over lines."""
    line = lines[index][left:MAX_LINE].strip() if index < len(lines) else ""
    error, colon, message = line.partition(":")
    if not error.replace(".", "").replace("_", "").isalnum():
        return
    block.error, block.message, block.end = error, message.strip(), index + 1
    if colon and left:
        for each in lines[index + 1 : index + 10]:
            if each[:left].strip() or not each.strip():
                break
            block.message += f" {each.strip()}"
            block.end += 1
    elif colon:
        block.end, block.message = read_message(lines, index, NO_MARGIN, message)
