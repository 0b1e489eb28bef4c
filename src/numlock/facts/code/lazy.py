"""``__getattr__`` of a module, where it is plain: which names it answers, and whether it refuses all others.

The function is followed for one name at a time, down every path that the source leaves open. A path that returns
answers the name, one that raises refuses it; anything that cannot be followed may do either.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeGuard

_ANSWERS, _REFUSES, _FALLS_THROUGH = "answers", "refuses", "falls through"
_NOBODY = "\0"  # a name that no source spells
_GROWS = ("update", "append", "extend", "add", "setdefault", "insert")
_MOST = 400  # names that are tried


class Lazy(NamedTuple):
    """The names that are answered, or that more speaks for than for any other; ``dynamic``: so may be any other.

    ``refused`` are names that the function knows and raises for.
    """

    names: frozenset[str]
    dynamic: bool
    refused: frozenset[str] = frozenset()


def lazy_names(function: ast.FunctionDef, module: ast.Module) -> Lazy:
    """What a module's ``__getattr__`` offers."""
    if len(function.args.args) != 1:
        return Lazy(frozenset(), dynamic=True)
    tables = _tables(module)
    follower = _Follower(function.args.args[0].arg, tables)
    spelled = {
        each.value for each in ast.walk(module) if isinstance(each, ast.Constant) and _is_name(each.value)
    }
    names = sorted(map(str, spelled))
    if len(names) > _MOST:
        return Lazy(frozenset(), dynamic=True)
    outcomes = {name: follower.run(function.body, name) for name in [*names, _NOBODY]}
    default = outcomes.pop(_NOBODY)
    answered = frozenset(name for name, found in outcomes.items() if found not in ({_REFUSES}, default))
    refused = frozenset(name for name in _mentioned(function, tables) if outcomes.get(name) == {_REFUSES})
    return Lazy(answered, dynamic=default != {_REFUSES}, refused=refused)


def _mentioned(function: ast.FunctionDef, tables: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """The names that a function compares its parameter with, or looks up."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield from tables.get(node.id, ())
        elif isinstance(node, ast.Compare):
            yield from (text for each in node.comparators for text in _keys(each, {}) or ())
            yield from (text for each in node.comparators for text in _constants([each]) or ())


def attached(call: ast.Call) -> Lazy | None:
    """``lazy_loader.attach(__name__, submodules, submod_attrs)`` with literal arguments."""
    if not ast.unparse(call.func).endswith(("attach", "_attach")):
        return None
    values = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    names: set[str] = set()
    for value in values:
        try:
            literal = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return Lazy(frozenset(), dynamic=True)
        names |= set(_strings(literal))
    return Lazy(frozenset(names), dynamic=False)


def loop_names(module: ast.Module) -> tuple[frozenset[str], frozenset[int]]:
    """``for name in LITERAL: globals()[name] = ...``: the names, and the ids of the ``globals()`` calls it explains."""
    tables = _tables(module)
    names: set[str] = set()
    explained: set[int] = set()
    for loop in ast.walk(module):
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            continue
        table = tables.get(loop.iter.id) if isinstance(loop.iter, ast.Name) else _keys(loop.iter, {})
        for node in ast.walk(loop):
            if isinstance(node, ast.Assign) and table is not None:
                calls = [each.value for each in node.targets if _is_entry(each, loop.target.id)]
                names |= table if calls else set()
                explained |= {id(call) for call in calls}
    return frozenset(names), frozenset(explained)


def _is_entry(target: ast.expr, name: str) -> TypeGuard[ast.Subscript]:
    """``globals()[name]``."""
    return (
        isinstance(target, ast.Subscript)
        and isinstance(target.value, ast.Call)
        and isinstance(target.value.func, ast.Name)
        and target.value.func.id in ("globals", "locals", "vars")
        and isinstance(target.slice, ast.Name)
        and target.slice.id == name
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for pair in value.items() for text in _strings(list(pair)))
    elif isinstance(value, list | tuple | set):
        yield from (text for each in value for text in _strings(each))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isidentifier()


def _tables(module: ast.Module) -> dict[str, frozenset[str]]:
    """Module-level literals by name: the strings that a list or set holds, the keys of a map, with what is added.

    A name that is bound twice, or grown by something else than literals, is left out.
    """
    found: dict[str, frozenset[str]] = {}
    literals: dict[str, ast.expr] = {}
    for name, value, added in _touches(module):
        keys = _keys(value, literals) if value is not None else None
        if not added and name not in literals and keys is not None:
            found[name] = keys
        elif added and keys is not None and name in found:
            found[name] |= keys
        else:
            found.pop(name, None)
        if not added and value is not None:
            literals[name] = value
        elif name not in found:
            literals.setdefault(name, ast.Constant(None))  # grown before it is bound: not to be trusted
    return found


def _touches(module: ast.Module) -> list[tuple[str, ast.expr | None, bool]]:
    """What names are bound to, and what is added to them (None: unknown), in the order of the source."""
    found: list[tuple[int, str, ast.expr | None, bool]] = []
    plain: dict[int, ast.expr] = {}  # the one argument, by the id of the attribute that is called
    for node in ast.walk(module):  # a call comes before what it calls
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.append((node.lineno, node.targets[0].id, node.value, False))
        elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            plain[id(node.func)] = node.args[0]
        elif isinstance(node, ast.Attribute) and node.attr in _GROWS and isinstance(node.value, ast.Name):
            value = plain.get(id(node)) if node.attr in ("update", "extend") else None
            found.append((node.lineno, node.value.id, value, True))
    return [each[1:] for each in sorted(found, key=lambda each: each[0])]


def _keys(node: ast.expr, literals: Mapping[str, ast.expr]) -> frozenset[str] | None:
    if isinstance(node, ast.Dict):
        return _constants([key for key in node.keys if key is not None], complete=None not in node.keys)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return _constants(node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return (
            _keys(node.args[0], literals) if node.func.id in ("set", "frozenset", "list", "tuple") else None
        )
    if isinstance(node, ast.DictComp) and len(node.generators) == 1 and not node.generators[0].ifs:
        return _column(node.key, node.generators[0], literals)
    return None


def _constants(nodes: Iterable[ast.expr], *, complete: bool = True) -> frozenset[str] | None:
    values = [node.value if isinstance(node, ast.Constant) else None for node in nodes]
    texts = frozenset(value for value in values if isinstance(value, str))
    return texts if complete and all(isinstance(value, str) for value in values) else None


def _column(
    key: ast.expr, loop: ast.comprehension, literals: Mapping[str, ast.expr]
) -> frozenset[str] | None:
    """``{n: ... for n, x in [("a", 1), ("b", 2)]}``: the column that the key names."""
    rows = literals.get(loop.iter.id) if isinstance(loop.iter, ast.Name) else loop.iter
    if not isinstance(key, ast.Name) or not isinstance(rows, ast.List | ast.Tuple):
        return None
    if isinstance(loop.target, ast.Name):
        return _constants(rows.elts) if loop.target.id == key.id else None
    if not isinstance(loop.target, ast.Tuple):
        return None
    places = [each.id if isinstance(each, ast.Name) else None for each in loop.target.elts]
    if key.id not in places:
        return None
    place = places.index(key.id)
    cells = [
        row.elts[place] if isinstance(row, ast.Tuple) and len(row.elts) > place else None for row in rows.elts
    ]
    return _constants([cell for cell in cells if cell is not None]) if None not in cells else None


class _Follower:
    """Follows a function body for one value of its parameter."""

    def __init__(self, parameter: str, tables: Mapping[str, frozenset[str]]) -> None:
        self._parameter = parameter
        self._tables = tables

    def run(self, body: list[ast.stmt], name: str) -> set[str]:
        """The ways in which a call with ``name`` can end."""
        found = self._block(body, name)
        return {_ANSWERS if each == _FALLS_THROUGH else each for each in found}

    def _block(self, body: list[ast.stmt], name: str) -> set[str]:
        ends: set[str] = set()
        for node in body:
            found = self._statement(node, name)
            ends |= found - {_FALLS_THROUGH}
            if _FALLS_THROUGH not in found:
                return ends
        return ends | {_FALLS_THROUGH}

    def _statement(self, node: ast.stmt, name: str) -> set[str]:
        if isinstance(node, ast.Return):
            return {_ANSWERS}
        if isinstance(node, ast.Raise):
            return {_REFUSES}
        if isinstance(node, ast.If):
            return self._if(node, name)
        if isinstance(node, ast.Try):
            return self._try(node, name)
        if isinstance(node, ast.For | ast.While | ast.With | ast.Match):
            inner = [each for each in ast.walk(node) if isinstance(each, ast.Return | ast.Raise)]
            return {_ANSWERS, _REFUSES, _FALLS_THROUGH} if inner else {_FALLS_THROUGH}
        return {_FALLS_THROUGH}

    def _if(self, node: ast.If, name: str) -> set[str]:
        known = self._holds(node.test, name)
        taken = self._block(node.body, name) if known is not False else set()
        other = self._block(node.orelse, name) if known is not True else set()
        return taken | other

    def _try(self, node: ast.Try, name: str) -> set[str]:
        """``try: x = TABLE[name] except KeyError: ... else: ...``; any other one may go every way that it has."""
        hit = self._looks_up(node.body, name)
        ends: set[str] = set()
        if hit is not False:
            ends |= self._block([*node.body, *node.orelse], name)
        if hit is not True:
            for handler in node.handlers:
                ends |= self._block(handler.body, name)
        return ends

    def _looks_up(self, body: list[ast.stmt], name: str) -> bool | None:
        for node in ast.walk(body[0]) if len(body) == 1 else ():
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Name)
                and self._is_name(node.slice)
            ):
                table = self._tables.get(node.value.id)
                return None if table is None else name in table
        return None

    def _is_name(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self._parameter

    def _holds(self, test: ast.expr, name: str) -> bool | None:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self._holds(test.operand, name)
            return None if inner is None else not inner
        if isinstance(test, ast.BoolOp):
            parts = [self._holds(each, name) for each in test.values]
            decisive = isinstance(test.op, ast.Or)
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not self._is_name(test.left):
            return None
        return self._compared(test.ops[0], test.comparators[0], name)

    def _compared(self, how: ast.cmpop, other: ast.expr, name: str) -> bool | None:
        if isinstance(how, ast.Eq | ast.NotEq) and isinstance(other, ast.Constant):
            return (name == other.value) is isinstance(how, ast.Eq)
        if isinstance(how, ast.In | ast.NotIn):
            table = self._tables.get(other.id) if isinstance(other, ast.Name) else _keys(other, {})
            return None if table is None else (name in table) is isinstance(how, ast.In)
        return None
