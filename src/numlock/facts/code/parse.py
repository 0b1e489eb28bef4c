"""Source to its syntax tree, as the target's Python would parse it."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from contextlib import suppress

from numlock.facts.code.nodes import walk
from numlock.model import Target, Unparsed

MAX_SOURCE = 4_000_000  # characters of a module
_FORMATTED = (3, 6)
_PYTHON_2 = re.compile(r"""\s*(?:print\s+["'\w%]|exec\s+["'\w]|raise\s+[\w.\[\]()]+\s*,)""")
_EXCEPT_2 = re.compile(r"\s*except\s+(?:[\w.]+|\([\w., ]+\))\s*,\s*\w+\s*:")
_WITH = re.compile(r"\bwith\s*\(")
_EXCEPT_WITHOUT = (3, 14)  # the first Python that takes several exceptions without parentheses
_GROUPED = (3, 9)  # the first Python that lets several context managers stand in parentheses


def parse(source: str, target: Target) -> ast.Module | Unparsed | None:
    """The tree; why the target cannot parse the source; None where that is not known."""
    if len(source) > MAX_SOURCE:
        return None
    try:
        tree = _tree(source, target.python)
    except SyntaxError as error:
        unsure = target.python > sys.version_info[:2] or _is_too_old(source, target)
        if unsure and not _is_python_2(error, target):
            return None
        return Unparsed(error.msg, error.lineno)
    except (ValueError, RecursionError, MemoryError):
        return None
    if target.python < _FORMATTED and (line := _formatted(tree)):  # what newer parsers let pass
        return Unparsed("f-strings came with Python 3.6", line)
    return tree


def _tree(source: str, python: tuple[int, int]) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if python < _GROUPED and _WITH.search(source) and (line := _grouped(source)):
            raise SyntaxError("parenthesized context managers came with Python 3.9", ("", line, 0, ""))
        try:
            return ast.parse(source, feature_version=python)
        except SyntaxError as error:
            # Some parsers say this of other parentheses, too: https://github.com/python/cpython/issues/115881
            if python >= _GROUPED or "arenthesized context managers" not in error.msg:
                raise
        return ast.parse(source, feature_version=_GROUPED)


def _grouped(source: str) -> int | None:
    """The line in which a parenthesis right behind ``with`` holds an ``as``, which not every parser minds."""
    before, depth = "", 0
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if depth or (before == "with" and token.string == "("):
                depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
            if depth == 1 and token.string == "as":
                return token.start[0]
            before = token.string if token.type is not tokenize.NL else before
    return None


def _formatted(tree: ast.Module) -> int | None:
    """The line of an f-string."""
    return min((node.lineno for node in walk(tree) if isinstance(node, ast.JoinedStr)), default=None)


def _is_python_2(error: SyntaxError, target: Target) -> bool:
    """Whether a line is of Python 2, which the target does not take either."""
    line = error.text or ""
    caught = _EXCEPT_2.match(line) if target.python < _EXCEPT_WITHOUT else None
    return bool(caught or _PYTHON_2.match(line)) or "leading zeros" in error.msg


def _is_too_old(source: str, target: Target) -> bool:
    """Whether a source may use async and await as names, which Pythons from 3.13 on cannot parse for any target."""
    return target.python < (3, 7) and sys.version_info >= (3, 13) and ("async" in source or "await" in source)
