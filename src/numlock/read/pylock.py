"""Writing moves into ``pylock.toml``: a package's version, and the files of its release.

https://packaging.python.org/en/latest/specifications/pylock-toml/

The files are written as uv or as pip writes them, whichever of the two gives the old text back to the letter. A package
that says more of itself than numlock can know of another release is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from numlock.errors import BadInput
from numlock.model import Change, File, Key
from numlock.read.lockfiles import pylock_rows
from numlock.read.moves import Moves
from numlock.read.placed import Placed
from numlock.read.slots import Patch

_KNOWN = {"name", "version", "marker", "index", "sdist", "wheels"}
_HEADER = re.compile(r"^[ \t]*\[\[?(?!\[|[ \t]*packages[ \t]*\.)", re.MULTILINE)
Entry = Mapping[str, Any]  # a file of a package, as the lock file holds it


def pylock_patches(text: str, path: str, moves: Moves) -> tuple[list[Patch], int]:
    """What has to change, and how many packages move. Raises BadInput with the place of one that cannot be written."""
    patches: list[Patch] = []
    lines = 0
    for pin, row in pylock_rows(text, path):
        change = moves.of(pin)
        version = row.get("version")
        if change is None or not isinstance(version, Placed):
            continue
        lines += 1
        patches.append(Patch(version.span, str(change.after)))
        try:
            patches += _files(text, version.span[0], row, change, moves)
        except _NotWritable as error:
            hint = "lock again with the tool that made it"
            raise BadInput("pins-not-writable", str(error), where=str(pin.where), hint=hint) from error
    return patches, lines


class _NotWritable(Exception):
    """Why a package cannot be written."""


def _files(text: str, version: int, row: Entry, change: Change, moves: Moves) -> Iterator[Patch]:
    if unknown := sorted(row.keys() - _KNOWN):
        raise _NotWritable(
            f"{change.name} has {', '.join(unknown)}, which another release may have otherwise"
        )
    start = max((found.start() for found in _HEADER.finditer(text, 0, version)), default=0)
    following = _HEADER.search(text, version)
    block = text[start : following.start() if following else len(text)]
    newline = "\r\n" if "\r\n" in block else "\n"
    old = moves.files.get(Key(change.name, change.before), ())
    new = moves.files.get(Key(change.name, change.after), ())
    for kind, entries in (("sdist", _tables([row.get("sdist")])), ("wheels", _tables(row.get("wheels")))):
        if not entries:
            continue
        written = [_entry(entries[0], file) for file in _chosen(kind, entries, old, new, change)]
        for render in (_as_uv, _as_pip):
            before, after = (render(kind, each).replace("\n", newline) for each in (entries, written))
            if block.count(before) == 1:
                where = start + block.index(before)
                yield Patch((where, where + len(before)), after)
                break
        else:
            raise _NotWritable(
                f"the {kind} of {change.name} are written neither as uv nor as pip writes them"
            )


def _tables(found: object) -> list[Entry]:
    """Tables that hold the hashes of a file."""
    tables = found if isinstance(found, list) else []
    return [each for each in tables if isinstance(each, dict) and isinstance(each.get("hashes"), dict)]


def _chosen(
    kind: str, entries: Sequence[Entry], old: Sequence[File], new: Sequence[File], change: Change
) -> list[File]:
    """The files of the new release in place of those of the old one: all wheels for all, or those of the same tags."""
    listed = {(file.url, file.sha256) for file in old}
    if any((entry.get("url"), entry["hashes"].get("sha256")) not in listed for entry in entries):
        raise _NotWritable(f"the index does not list {change.name} {change.before} with the same files")
    wheels = kind == "wheels"
    offered = sorted((file for file in new if file.is_wheel is wheels), key=lambda file: file.filename)
    if wheels and len(entries) < sum(file.is_wheel for file in old):
        tags = {_tags(entry["url"]) for entry in entries}
        offered = [file for file in offered if _tags(file.filename) in tags]
        if missing := tags - {_tags(file.filename) for file in offered}:
            raise _NotWritable(f"{change.name} {change.after} has no wheel for {min(missing)}")
    if not offered:
        raise _NotWritable(f"{change.name} {change.after} has no {kind}")
    return offered if wheels else offered[:1]


def _tags(filename: str) -> str:
    """``cp311-cp311-win_amd64``."""
    return "-".join(filename.removesuffix(".whl").rsplit("-", 3)[1:])


def _entry(like: Entry, file: File) -> Entry:
    """A file with the keys of another entry."""
    fraction = isinstance(time := like.get("upload-time"), datetime) and time.microsecond
    uploaded = _time(file.uploaded)
    if uploaded is not None and not fraction:
        uploaded = uploaded.replace(microsecond=0)
    known = {
        "name": file.filename,
        "url": file.url,
        "size": file.size,
        "upload-time": uploaded,
        "hashes": {"sha256": file.sha256},
    }
    if like["hashes"].keys() != {"sha256"} or any(known.get(key) is None for key in like):
        raise _NotWritable(f"the index does not state {', '.join(like)} of {file.filename}")
    return {key: known[key] for key in like}


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
    except ValueError:
        return None


# --- how tools write files -------------------------------------------------------------------------


def _as_uv(kind: str, entries: Sequence[Entry]) -> str:
    """Inline tables, one a line where there are several."""
    tables = [f"{{ {', '.join(_pairs(entry))} }}" for entry in entries]
    if kind == "sdist":
        return f"sdist = {tables[0]}"
    if len(tables) == 1:
        return f"wheels = [{tables[0]}]"
    return "".join(("wheels = [\n", *(f"    {table},\n" for table in tables), "]"))


def _as_pip(kind: str, entries: Sequence[Entry]) -> str:
    """A table for each, and one for its hashes."""
    opening = "[packages.sdist]" if kind == "sdist" else "[[packages.wheels]]"
    tables = []
    for entry in entries:
        plain = {key: value for key, value in entry.items() if key != "hashes"}
        hashes = [f"\n[packages.{kind}.hashes]", *_pairs(entry["hashes"])]
        tables.append("\n".join((opening, *_pairs(plain), *hashes)))
    return "\n\n".join(tables)


def _pairs(table: Entry) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        whole, dot, fraction = value.isoformat().replace("+00:00", "Z").removesuffix("Z").partition(".")
        return f"{whole}{dot}{fraction.rstrip('0')}Z"
    if isinstance(value, dict):
        return f"{{ {', '.join(_pairs(value))} }}"
    return str(value) if isinstance(value, int) else f'"{value}"'
