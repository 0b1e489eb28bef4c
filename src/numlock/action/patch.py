"""The edits of a repair as a patch for ``git apply``, and as suggestions for the lines of a pull request."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from numlock.action.inputs import Place
from numlock.action.tell import inside
from numlock.github import Suggestion
from numlock.model import Pin, Repair
from numlock.read import Edit
from numlock.report.escape import prose, visible
from numlock.report.text import first_reason

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_END = b"\n\\ No newline at end of file\n"


def patch_of(edits: Iterable[Edit], place: Place) -> bytes:
    """One unified diff over all files of the repository, with its paths; empty where there is nothing to move."""
    return b"".join(_diff(edit, name) for edit in edits if (name := inside(edit.path, place)))


def suggestions_of(edits: Iterable[Edit], repair: Repair, place: Place) -> Iterator[Suggestion]:
    """One suggestion for each run of lines that change; none for a file with lines that cannot be shown as they are."""
    for edit in edits:
        name = inside(edit.path, place)
        if name is not None:
            yield from _suggested(edit, name, repair)


def _diff(edit: Edit, name: str) -> bytes:
    shown = f"{name}\t" if " " in name else name
    before, after = _LINE.findall(edit.before), _LINE.findall(edit.after)
    old, new = f"a/{shown}".encode(), f"b/{shown}".encode()
    rows = difflib.diff_bytes(difflib.unified_diff, before, after, old, new)
    return b"".join(row if row.endswith(b"\n") else row + _NO_END for row in rows)


def _suggested(edit: Edit, name: str, repair: Repair) -> Iterator[Suggestion]:
    try:
        before = [line.decode() for line in _LINE.findall(edit.before)]
        after = [line.decode() for line in _LINE.findall(edit.after)]
    except UnicodeDecodeError:
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, first, last in matcher.get_opcodes():
        added = start == end  # such lines stand with the one before them
        text = "".join(after[first - added : last]).removesuffix("\n")
        if kind == "equal" or (added and start == 0) or visible(text) != text:
            continue
        line = start + 1 - added
        yield Suggestion(path=name, first=line, last=end, text=text, why=_why(edit.path, line, end, repair))


def _why(path: str, first: int, last: int, repair: Repair) -> str:
    """The moves of the pins on these lines, in Markdown."""
    names = {
        entry.name
        for entry in repair.before.entries
        if isinstance(entry, Pin) and entry.where.path == path and first <= (entry.where.line or 0) <= last
    }
    told = [
        f"**{prose(change.name)}** {prose(f'{change.before} → {change.after}')}: "
        + (prose(first_reason(change.because[0])) if change.because else "to fit the other moves")
        for change in repair.changes
        if change.name in names
    ]
    return "; ".join(told) or "To go with the other moves."
