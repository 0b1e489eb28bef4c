"""Conditions that a target decides: versions of Python, platforms, type checking."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from numlock.model import Target

_IMPORTED = "(imported)"  # the name of a module is anything but __main__
SOME_PATCH = 99  # X.Y.Z is greater than (X, Y)
_WELL_KNOWN: dict[str | None, bool] = {
    "TYPE_CHECKING": False,
    "typing.TYPE_CHECKING": False,
    "t.TYPE_CHECKING": False,
    "PY2": False,
    "six.PY2": False,
    "PY3": True,
    "six.PY3": True,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def decide(test: ast.expr, target: Target, known: Mapping[str, bool] | None = None) -> bool | None:
    """What a condition is on a target; None where that depends on more. ``known``: names that stand for conditions."""
    known = known or {}
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = decide(test.operand, target, known)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        return _combined(test, target, known)
    if (name := dotted(test)) in _WELL_KNOWN:
        return _WELL_KNOWN[name]
    if name is not None and name in known:
        return known[name]
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test, target)
    if isinstance(test, ast.Call) and dotted(test.func) == "sys.platform.startswith" and test.args:
        prefix = test.args[0]
        if isinstance(prefix, ast.Constant) and isinstance(prefix.value, str):
            return target.environment["sys_platform"].startswith(prefix.value)
    return None


def _combined(test: ast.BoolOp, target: Target, known: Mapping[str, bool]) -> bool | None:
    parts = [decide(value, target, known) for value in test.values]
    decisive = isinstance(test.op, ast.Or)
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compared(test: ast.Compare, target: Target) -> bool | None:
    left, right = _value(test.left, target), _value(test.comparators[0], target)
    compare = _COMPARE.get(type(test.ops[0]))
    if compare is None or left is None or right is None:
        return None
    if isinstance(left, tuple) and isinstance(right, tuple):
        if left[:2] == right[:2] and max(len(left), len(right)) > 2 and min(len(left), len(right)) > 2:
            return None  # a target is X.Y: what a patch number decides is not known
        return bool(compare(left, right))
    return bool(compare(left, right)) if type(left) is type(right) else None


def _value(node: ast.expr, target: Target) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple):
        parts = [element.value for element in node.elts if isinstance(element, ast.Constant)]
        return tuple(parts) if len(parts) == len(node.elts) else None
    if isinstance(node, ast.Subscript) and dotted(node.value) == "sys.version_info":
        return _part_of_version(node.slice, target)
    known = {
        "sys.version_info": (*target.python, SOME_PATCH),
        "sys.version_info.major": target.python[0],
        "sys.version_info.minor": target.python[1],
        "sys.platform": target.environment["sys_platform"],
        "os.name": target.environment["os_name"],
        "__name__": _IMPORTED,
    }
    return known.get(dotted(node) or "")


def _part_of_version(index: ast.expr, target: Target) -> Any:
    if isinstance(index, ast.Constant) and isinstance(index.value, int) and index.value in (0, 1):
        return target.python[index.value]
    if isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Constant):
        upper = index.upper.value
        return target.python[:upper] if isinstance(upper, int) and upper in (1, 2) else None
    return None


def dotted(node: ast.expr | None) -> str | None:
    """``a.b.c`` of a chain of names; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])
