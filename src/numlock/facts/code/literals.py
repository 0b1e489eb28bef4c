"""What versions are compared with: literals in source."""

from __future__ import annotations

import ast
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from numlock.model import Form


class Literal(NamedTuple):
    """A literal as text, and the form that it has."""

    form: Form
    text: str


def literal_of(node: ast.expr) -> Literal | None:
    """What a version is compared with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Literal(Form.TEXT, node.value)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return Literal(Form.NUMBERS, str(node.value))
    if isinstance(node, ast.Tuple | ast.List):
        numbers = [
            each.value for each in node.elts if isinstance(each, ast.Constant) and type(each.value) is int
        ]
        return (
            Literal(Form.NUMBERS, ".".join(map(str, numbers)))
            if numbers and len(numbers) == len(node.elts)
            else None
        )
    return None


def is_version(text: str) -> bool:
    """Whether a text is a version as packaging knows them."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def text_of(arguments: list[ast.expr]) -> str | None:
    """The first argument of a call, where it is spelled out as text."""
    first = arguments[0] if arguments else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
