"""``__all__`` of a module, where every line that touches it is plain."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from numlock.facts.code.conditions import dotted
from numlock.facts.code.nodes import walk

_ALL = "__all__"
_GROWS = ("extend", "append")


def exports(tree: ast.Module, resolve: Callable[[str], str]) -> tuple[str, ...] | None:
    """The names that ``__all__`` lists, ``*MODULE`` for what another module's lists; None where it cannot be told."""
    touched = sum(isinstance(node, ast.Name) and node.id == _ALL for node in walk(tree))
    found: list[str] = []
    for node in tree.body:
        if (value := _touches(node)) is None:
            continue
        touched -= 1
        items = _items(value, resolve)
        if items is None:
            return None
        found = [*found, *items] if not isinstance(node, ast.Assign) else items
    return tuple(found) if found and not touched else None


def _touches(node: ast.stmt) -> ast.expr | None:
    """What a statement makes ``__all__``, or adds to it."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_all(node.targets[0]):
        return node.value
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and _is_all(node.target):
        return node.value
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and len(node.value.args) == 1:
        function, argument = node.value.func, node.value.args[0]
        if isinstance(function, ast.Attribute) and function.attr in _GROWS and _is_all(function.value):
            return argument if function.attr == "extend" else ast.List(elts=[argument], ctx=ast.Load())
    return None


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == _ALL


def _items(value: ast.expr, resolve: Callable[[str], str]) -> list[str] | None:
    parts = list(_parts(value))
    found: list[str] = []
    for part in parts:
        name = dotted(part)
        if name and name.endswith(f".{_ALL}"):
            found.append("*" + resolve(name.removesuffix(f".{_ALL}")))
        elif isinstance(part, ast.List | ast.Tuple):
            texts = [each.value for each in part.elts if isinstance(each, ast.Constant)]
            if len(texts) != len(part.elts):
                return None
            found += [text for text in texts if isinstance(text, str)]
        else:
            return None
    return found


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    """The summands of ``[...] + a.__all__ + b.__all__``."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _parts(value.left)
        yield from _parts(value.right)
    else:
        yield value
