"""Links as JSON values and back, for the store."""

from __future__ import annotations

from typing import Any

from packaging.utils import NormalizedName

from numlock.model import Links, Table, TypeImport


def row_of(links: Links | str) -> Any:
    """A compiled module as JSON values; text: why it cannot be read."""
    if isinstance(links, str):
        return links
    return [list(map(list, links.tables)), list(map(list, links.types)), list(links.needed)]


def links_of(path: str, row: Any) -> Links | None:
    """The inverse of :func:`row_of`; None for a file that could not be read."""
    if isinstance(row, str):
        return None
    tables, types, needed = row
    return Links(
        path=path,
        tables=tuple(
            Table(NormalizedName(name), abi, api, bool(checked)) for name, abi, api, checked in tables
        ),
        types=tuple(TypeImport(*each) for each in types),
        needed=tuple(needed),
    )
