"""Writing pins back, byte for byte: only the version of a pin that moved changes, and its hashes with it.

In a file that pip-compile made, the ``# via`` comments change too, as pip-compile would write them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial

from numlock.errors import BadInput
from numlock.model import Key
from numlock.read.compiled import annotate, is_compiled
from numlock.read.document import Document, Form
from numlock.read.files import STDIN, Raw, encoding_of
from numlock.read.moves import Edit, Moves
from numlock.read.pylock import pylock_patches
from numlock.read.slots import Patch, Slot, patched, requirement_slots, string_slots
from numlock.read.tables import environment_strings, pyproject_strings

_COMMENT = re.compile(r"(?<!\S)#")
_HASH = re.compile(
    r"(?<![\s\\])(?P<gap>[\s\\]+)(?P<option>--hash(?:=|[ \t]+))(?P<algorithm>\w+):(?P<digest>[^\s\\]+)"
)
_ALGORITHM = "sha256"  # the one that indexes offer
_SLOTS: dict[Form, Callable[[str, str], Iterator[Slot]]] = {
    Form.REQUIREMENTS: requirement_slots,
    Form.PYPROJECT: string_slots(pyproject_strings),
    Form.ENVIRONMENT: string_slots(environment_strings),
}


def write_back(document: Document, moves: Moves) -> tuple[Edit, ...]:
    """The edits that bring moves into the files of a document, its sources included; none is applied.

    Raises BadInput where a file, or a line, cannot be written.
    """
    _check_writable(document)
    edits: dict[str, Edit] = {}
    for part in (document, *document.sources):
        for number, raw in enumerate(part.files):
            form = part.form if number == 0 else Form.REQUIREMENTS
            place = os.path.abspath(raw.path)
            if place not in edits and form in (*_SLOTS, Form.PYLOCK) and (edit := _edit(raw, form, moves)):
                edits[place] = edit
    return tuple(edits.values())


def _check_writable(document: Document) -> None:
    where = str(document.where)
    if document.read_only:
        raise BadInput("pins-read-only", document.read_only, where=where)
    if not document.files or any(raw.path == STDIN for raw in document.files):
        hint = "give them with -r FILE"
        raise BadInput("pins-no-file", "the pins stand in no file", where=where, hint=hint)


def _edit(raw: Raw, form: Form, moves: Moves) -> Edit | None:
    mark, encoding = encoding_of(raw.data)
    text = raw.data[len(mark) :].decode(encoding, errors="replace")
    if mark + text.encode(encoding, errors="replace") != raw.data:
        raise BadInput("pins-encoding", f"is no {encoding} text", where=raw.path, hint="save it as UTF-8")
    find = pylock_patches if form is Form.PYLOCK else partial(_patches, form)
    patches, lines = find(text, raw.path, moves)
    if not patches:
        return None
    after = mark + patched(text, patches).encode(encoding, errors="replace")
    return Edit(path=raw.path, before=raw.data, after=after, lines=lines)


def _patches(form: Form, text: str, path: str, moves: Moves) -> tuple[list[Patch], int]:
    """What has to change in lines of requirements, and how many pins move."""
    slots = list(_SLOTS[form](text, path))
    changes = {slot: change for slot in slots if (change := moves.of(slot.pin))}
    patches = [Patch(slot.version, str(change.after)) for slot, change in changes.items()]
    for slot, change in changes.items():
        patches += _hashes(text, slot, Key(change.name, change.after), moves)
    if form is Form.REQUIREMENTS and is_compiled(text):
        after = {slot: str(change.after) for slot, change in changes.items()}
        patches += annotate(text, slots, after, moves.asking)
    return patches, len(changes)


def _hashes(text: str, slot: Slot, release: Key, moves: Moves) -> Iterator[Patch]:
    """The release's hashes in place of the pin's own, each set off as those are."""
    comment = _COMMENT.search(text, slot.version[1], slot.end)
    found = list(_HASH.finditer(text, slot.version[1], comment.start() if comment else slot.end))
    if not found:
        return
    first, last = found[0], found[-1]
    where = str(slot.pin.where)
    if {each["algorithm"] for each in found} != {_ALGORITHM} or not moves.hashes(release):
        message = f"no index states the {first['algorithm'][:20]} hashes of all files of {release}"
        raise BadInput("hashes-unknown", message, where=where, hint="compile the file again")
    if "".join(each[0] for each in found) != text[first.start() : last.end()]:
        raise BadInput("pins-not-writable", "has something between its hashes", where=where)
    between = found[1]["gap"] if len(found) > 1 else first["gap"]
    new = between.join(f"{first['option']}{each}" for each in moves.hashes(release))
    yield Patch((first.start("option"), last.end()), new)
