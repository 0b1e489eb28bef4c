"""Small questions to syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, TypeVar

from numlock.facts.code.conditions import dotted

_Bound = TypeVar("_Bound")
_TELLING_TESTS = ("hasattr", "__version__", "version", "Version", "VERSION", "getattr", "find_spec")


def targets(node: ast.expr | None) -> Iterator[str]:
    """The plain names that an assignment binds."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Starred):
        yield from targets(node.value)
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            yield from targets(element)


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes right below one."""
    for value in vars(node).values():
        if type(value) is list:
            yield from (each for each in value if isinstance(each, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, in no particular order; three times as fast as the standard library's."""
    stack: list[Any] = [node]
    while stack:
        each = stack.pop()
        if not isinstance(each, ast.AST):
            continue
        yield each
        for value in each.__dict__.values():
            if type(value) is list:
                stack += value
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                stack.append(value)


def always_raises(node: ast.FunctionDef) -> bool:
    """Whether a function ends with an error, and nowhere else."""
    return isinstance(node.body[-1], ast.Raise) and not any(
        isinstance(each, ast.Return | ast.Yield | ast.YieldFrom) for each in walk(node)
    )


def build_flag(node: ast.Try) -> tuple[str, bool] | None:
    """``try: NAME except NameError: NAME = False``: only a build sets such a name before, among the builtins."""
    if len(node.body) != 1 or len(node.handlers) != 1 or len(node.handlers[0].body) != 1:
        return None
    match node.body[0], node.handlers[0].type, node.handlers[0].body[0]:
        case (
            ast.Expr(value=ast.Name(id=name)),
            ast.Name(id="NameError"),
            ast.Assign(targets=[ast.Name(id=bound)], value=ast.Constant(value=bool(value))),
        ) if name == bound:
            return name, value
    return None


def bound_names(tree: ast.Module) -> dict[ast.AST, set[str]]:
    """Of every function, the names that it or one inside it binds, imports aside: those hide the module's."""
    found: dict[ast.AST, set[str]] = {}
    nested: list[tuple[set[str], set[str]]] = []
    stack: list[tuple[ast.AST, set[str]]] = [(tree, set())]
    while stack:
        node, names = stack.pop()
        for child in children(node):
            inner = names
            if isinstance(child, ast.Name):
                if isinstance(child.ctx, ast.Store):
                    names.add(child.id)
                continue
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = found[child] = set()
                nested.append((names, inner))
            stack.append((child, inner))
    for around, inner in reversed(nested):
        around.update(inner)
    return found


def caught(handler: ast.ExceptHandler) -> Iterator[str]:
    """The last names of the exceptions that a handler catches."""
    if handler.type is None:
        yield "BaseException"
    elif isinstance(handler.type, ast.Tuple):
        yield from ((dotted(each) or "").rpartition(".")[2] for each in handler.type.elts)
    else:
        yield (dotted(handler.type) or "").rpartition(".")[2]


def suppressed(node: ast.With | ast.AsyncWith) -> set[str]:
    """The last names of the exceptions that ``with suppress(...)``, or whatever is called like it, catches."""
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    given = (each for call in calls for each in call.args)
    return {(dotted(each) or "").rpartition(".")[2] for each in given}


def asks(test: ast.expr) -> bool:
    """Whether a condition looks at versions or at what is there."""
    words = {node.id for node in walk(test) if isinstance(node, ast.Name)}
    words |= {node.attr for node in walk(test) if isinstance(node, ast.Attribute)}
    return any(telling in word for word in words for telling in _TELLING_TESTS)


def imports(node: ast.stmt, origin: str, name: str) -> bool:
    """Whether a statement is ``from origin import name``."""
    return (
        isinstance(node, ast.ImportFrom) and node.module == origin and any(a.name == name for a in node.names)
    )


def import_origin(node: ast.ImportFrom, package: str) -> str:
    """The module that a ``from`` in a package names, relative ones made absolute."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *filter(None, [node.module])])


def is_registry(node: ast.expr) -> bool:
    """``sys.modules``, ``globals()`` and their like: what is put into them becomes a name or a module."""
    if isinstance(node, ast.Call):
        return dotted(node.func) in ("globals", "vars", "locals")
    return (dotted(node) or "").endswith("modules")


def only_read(tree: ast.Module) -> frozenset[int]:
    """The ids of calls, such as ``globals()``, whose result is looked into and not handed on or written to."""
    found: set[int] = set()
    for node in walk(tree):
        if isinstance(node, ast.Compare):
            found |= {id(each) for each in node.comparators}
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Load):
            looks = isinstance(node, ast.Subscript) or node.attr in ("keys", "values", "items", "get", "copy")
            found |= {id(node.value)} if looks else set()
    return frozenset(found)


def hands_itself_on(tree: ast.Module) -> bool:
    """Whether a module gives itself, ``sys.modules[__name__]``, to code that may give it other names, or sets them."""
    for node in walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            given = [node.value]
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Del) and is_sys_modules(node.value):
            return True  # whatever comes into its place
        elif isinstance(node, ast.Call) and dotted(node.func) not in ("getattr", "hasattr"):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Return) and node.value:
            given = [node.value]
        if any(isinstance(each, ast.Subscript) and _is_own_module(each) for each in given):
            return True
    return False


def _is_own_module(node: ast.Subscript) -> bool:
    return is_sys_modules(node.value) and dotted(node.slice) == "__name__"


def replaced(node: ast.expr) -> str | None:
    """The module that ``sys.modules["package.module"] = ...`` puts something else in the place of."""
    match node:
        case ast.Subscript(value=place, slice=ast.Constant(value=str(name))) if is_sys_modules(place):
            return name
    return None


def is_sys_modules(node: ast.expr) -> bool:
    """Whether an expression names ``sys.modules``."""
    return (dotted(node) or "").endswith("sys.modules")


class Scopes:
    """What the names bound by imports stand for, function by function. One bound to several things stands for none."""

    def __init__(self) -> None:
        self._imports: list[dict[str, str | None]] = [{}]
        self._instances: list[dict[str, str | None]] = [{}]
        self._loops: list[dict[str, tuple[str, ...]]] = [{}]
        self._hidden: list[set[str]] = [set()]

    def enter(self, hidden: set[str]) -> None:
        """Into a function that binds ``hidden`` itself."""
        self._imports.append({})
        self._instances.append({})
        self._loops.append({})
        self._hidden.append(hidden)

    def leave(self) -> None:
        """Out of it."""
        self._imports.pop()
        self._instances.pop()
        self._loops.pop()
        self._hidden.pop()

    def bind(self, name: str, origin: str) -> None:
        """An import binds a name."""
        here = self._imports[-1]
        here[name] = origin if here.get(name, origin) == origin else None

    def forget(self, name: str) -> None:
        """Something else binds it."""
        if name in self._imports[-1]:
            self._imports[-1][name] = None
        if name in self._instances[-1]:
            self._instances[-1][name] = None
        self._loops[-1].pop(name, None)

    def made(self, name: str, by: str | None) -> None:
        """The result of a call binds it (None: that is not certain); of one that was bound before nothing is said."""
        here = self._instances[-1]
        here[name] = by if name not in here and name not in self._imports[-1] else None

    def loop(self, name: str, origins: tuple[str, ...]) -> None:
        """A loop binds a name to one of these after the other."""
        self._loops[-1][name] = origins

    def looped(self, name: str) -> tuple[str, ...]:
        """The dotted names that a name stands for in turn; none where no loop bound it last."""
        return self._innermost(self._loops, name) or ()

    def maker(self, name: str) -> str | None:
        """The dotted name whose call made what a name stands for in the innermost scope that binds it."""
        return self._innermost(self._instances, name)

    def origin(self, name: str) -> str | None:
        """The dotted name that a name stands for; None where no import bound it, or where that is not clear."""
        return self._innermost(self._imports, name)

    def _innermost(self, bound: list[dict[str, _Bound]], name: str) -> _Bound | None:
        """What the innermost scope that binds a name binds it to; None where that is something else."""
        for here, hidden in zip(reversed(bound), reversed(self._hidden), strict=True):
            if name in here or name in hidden:
                return here.get(name)
        return None
