"""A store as one compressed file, to carry between machines and into CI caches.

Lines of JSON under gzip: a head that names the schema, then a row a line. What comes in is hostile: bounded, and taken
only where it has the shape of what this numlock would have written itself. Runs and answers of tools stay where they
were made.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from packaging.version import InvalidVersion, Version

from numlock.errors import BadInput
from numlock.facts import code
from numlock.facts.binary.reader import SIZES
from numlock.facts.binary.rows import links_of
from numlock.facts.demanded import DEMANDS, asked_of, asked_row
from numlock.facts.distribution import PATHS
from numlock.facts.lines import LINE
from numlock.facts.modules import HOOKS
from numlock.facts.store import SCHEMA, Row, Store
from numlock.model import Code

_HEAD = "numlock facts"
_LINE = 64_000_000  # characters of a row
_WHOLE = 4_000_000_000  # bytes of all rows, unpacked
_BATCH = 1_000
_CODE = f"code {code.FORMAT} "
_ADDRESSES = ("https://", "http://", "file:")


def export_store(store: Store, path: str) -> int:
    """Write a store's facts into a file; how many rows there were. Raises BadInput where it cannot be written."""
    count = 0
    try:
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
            file.write(json.dumps([_HEAD, SCHEMA]) + "\n")
            for row in store.rows():
                file.write(json.dumps(row, separators=(",", ":")) + "\n")
                count += 1
    except OSError as error:
        raise BadInput("export-not-written", error.strerror or str(error), where=path) from error
    return count


def import_store(store: Store, path: str) -> tuple[int, int]:
    """Take the facts of a file into a store: rows that were taken, and that were refused. Raises BadInput."""
    taken = refused = 0
    try:
        with gzip.open(path, "rb") as file:
            lines = _lines(file)
            if _parsed(next(lines, b"")) != [_HEAD, SCHEMA]:
                hint = "export it with the same version of numlock"
                raise BadInput(
                    "import-unknown", "is no export of this numlock's facts", where=path, hint=hint
                )
            while batch := list(islice(lines, _BATCH)):
                rows = [row for row in map(_row, batch) if row is not None]
                store.put_rows(rows)
                taken, refused = taken + len(rows), refused + len(batch) - len(rows)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput("import-unreadable", str(error), where=path) from error
    return taken, refused


def _lines(file: Any) -> Iterator[bytes]:
    """The lines of a file. Raises OSError where one, or all together, are too long."""
    size = 0
    while line := file.readline(_LINE + 1):
        size += len(line)
        if len(line) > _LINE or size > _WHOLE:
            raise OSError("holds more than any store does")
        yield line


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _row(line: bytes) -> Row | None:
    """A row of a store, where it is one."""
    row = _parsed(line)
    if not isinstance(row, list) or not row or row[0] not in _SHAPES or not _is_sound(row):
        return None
    return tuple(row)


def _is_sound(row: list[Any]) -> bool:
    try:
        return _SHAPES[row[0]](*row[1:])
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, InvalidVersion, RecursionError):
        return False


def _is_page(index: Any, name: Any, etag: Any, modified: Any, fetched: Any, fresh: Any) -> bool:
    times = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (fetched, fresh))
    return (
        _texts([index, name])
        and all(each is None or isinstance(each, str) for each in (etag, modified))
        and times
    )


def _is_release(index: Any, name: Any, version: Any, files: Any) -> bool:
    Version(version)
    return _texts([index, name]) and all(map(_is_file, files))


def _is_file(row: list[Any]) -> bool:
    filename, url, sha256, size, requires_python, yanked, uploaded, metadata = row
    optional = all(
        each is None or isinstance(each, str) for each in (sha256, requires_python, yanked, uploaded)
    )
    whole = size is None or _is_whole(size)
    return (
        _texts([filename, url]) and url.startswith(_ADDRESSES) and optional and whole and metadata in (0, 1)
    )


def _is_distribution(file: Any, aspect: Any, body: Any) -> bool:
    if not _texts([file, aspect]):
        return False
    if aspect == "requires":
        return body is None or (isinstance(body, list) and _texts(body))
    if aspect == PATHS:
        return isinstance(body, list) and _texts(body)
    if aspect == SIZES:
        return _texts(body) and all(_is_whole(size) for size in body.values())
    if aspect == LINE:
        return _is_whole(body)
    if aspect.startswith(_CODE) and aspect.endswith(HOOKS):
        return isinstance(body, list) and _texts(body)
    if aspect.startswith(_CODE):
        return _is_code(body)
    if aspect.startswith(DEMANDS):
        return _is_asked(body) if "questions" in body else _is_demands(body)
    if aspect.startswith("links "):
        links_of("", body)
        return True
    return False


def _is_code(body: Any) -> bool:
    found = code.code_of(body)
    uses = found.uses if isinstance(found, Code) else ()
    plain = all(isinstance(use.name, str) and _is_whole(use.line) for use in uses)
    return plain and _as_written(code.row_of(found)) == _as_written(body)


def _is_demands(body: Any) -> bool:
    names, modules = body["names"], body["modules"]
    return _texts([*names, *modules]) and all(
        _are_numbers([*certain, *asks], names) and _texts(patches)
        for certain, asks, patches in modules.values()
    )


def _is_asked(body: Any) -> bool:
    found = asked_of(body)
    plain = all(isinstance(use.name, str) and use.line == 0 for use in found.questions)
    numbers = (each for some in found.modules.values() for each in some)
    return (
        plain
        and _texts(found.modules)
        and _are_numbers(numbers, found.questions.rows)
        and _as_written(asked_row(found)) == _as_written(body)
    )


def _are_numbers(values: Iterable[Any], table: Sequence[Any]) -> bool:
    """Whether these are places in a table."""
    return all(_is_whole(each) and 0 <= each < len(table) for each in values)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(values: Iterable[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _as_written(body: Any) -> str:
    return json.dumps(body, sort_keys=True)


_SHAPES: dict[Any, Callable[..., bool]] = {
    "page": _is_page,
    "release": _is_release,
    "distribution": _is_distribution,
}
