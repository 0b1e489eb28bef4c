"""A program that repeats the imports that a traceback shows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import zip_longest

from numlock.facts import module_of
from numlock.model import Crash, Place


def replay(crash: Crash) -> str | None:
    """The import lines of the project's own frames, then the first library module that they led to; None if none.

    Nothing else of a log is ever run: what is no import statement is left out.
    """
    lines = list(dict.fromkeys(_lines(crash)))
    if not lines:
        library = (frame.inside for frame in crash.frames if frame.place is Place.LIBRARY)
        modules = (module_of(inside) for inside in library if inside)
        first = next((module for module in modules if module and not module.endswith("__main__")), None)
        lines = [f"import {first}"] if first else []
    return "".join(f"{line}\n" for line in lines) or None


def _lines(crash: Crash) -> Iterator[str]:
    """The absolute imports at which the project's frames left the project."""
    frames = [frame for frame in crash.frames if frame.place is not Place.SYNTHETIC]
    for frame, following in zip_longest(frames, frames[1:]):
        inner = following is not None and following.place is Place.PROJECT
        if frame.place is not Place.PROJECT or not frame.code or inner:
            continue
        try:
            statements = ast.parse(frame.code).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        yield from (ast.unparse(each) for each in statements if _is_import(each))


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import) or (
        isinstance(statement, ast.ImportFrom) and not statement.level
    )
