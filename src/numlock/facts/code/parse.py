"""Source to its syntax tree, as the target's Python would parse it."""

from __future__ import annotations

import ast
import sys
import warnings

from numlock.facts.code.nodes import walk
from numlock.model import Target, Unparsed

MAX_SOURCE = 4_000_000  # characters of a module
_FORMATTED = (3, 6)


def parse(source: str, target: Target) -> ast.Module | Unparsed | None:
    """The tree; why the target cannot parse the source; None where that is not known."""
    if len(source) > MAX_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, feature_version=target.python)
    except SyntaxError as error:
        if target.python > sys.version_info[:2] or _is_too_old(source, target):
            return None
        return Unparsed(error.msg, error.lineno)
    except (ValueError, RecursionError, MemoryError):
        return None
    if target.python < _FORMATTED and (line := _formatted(tree)):  # what newer parsers let pass
        return Unparsed("f-strings came with Python 3.6", line)
    return tree


def _formatted(tree: ast.Module) -> int | None:
    """The line of an f-string."""
    return min((node.lineno for node in walk(tree) if isinstance(node, ast.JoinedStr)), default=None)


def _is_too_old(source: str, target: Target) -> bool:
    """Whether a source may use async and await as names, which Pythons from 3.13 on cannot parse for any target."""
    return target.python < (3, 7) and sys.version_info >= (3, 13) and ("async" in source or "await" in source)
