"""Functions and classes as source defines them: the parameters that they take, the members that they have."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from numlock.facts.code.conditions import dotted
from numlock.facts.code.nodes import walk
from numlock.model import Call, ClassCode, Shape

# Decorators that leave the parameters as they are.
_TRANSPARENT = ("staticmethod", "classmethod", "abstractmethod", "final", "override")
_DYNAMIC = ("__getattr__", "__getattribute__")


def shape_of(node: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool) -> Shape | None:
    """The parameters of a function, and the decorators that may have changed them."""
    decorators = [_last_name(each) for each in node.decorator_list]
    arguments = node.args
    bound = int(method and "staticmethod" not in decorators)
    positional = [*arguments.posonlyargs, *arguments.args]
    if len(positional) < bound and arguments.vararg is None:
        return None
    named = {each.arg for each in [*arguments.args, *arguments.kwonlyargs]}
    required = len(positional) - len(arguments.defaults) - bound
    required += sum(default is None for default in arguments.kw_defaults)
    return Shape(
        needed=max(0, required),
        most=None if arguments.vararg else len(positional) - bound,
        keywords=None if arguments.kwarg else frozenset(named),
        wrapped=tuple(each for each in decorators if each not in _TRANSPARENT),
    )


def _last_name(decorator: ast.expr) -> str:
    """``level`` of ``@cache.level(10)``; empty where it has none."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (dotted(named) or "").rpartition(".")[2]


def call_of(node: ast.Call) -> Call:
    """How a call hands over its arguments."""
    starred = any(isinstance(each, ast.Starred) for each in node.args)
    starred = starred or any(keyword.arg is None for keyword in node.keywords)
    keywords = tuple(sorted(keyword.arg for keyword in node.keywords if keyword.arg is not None))
    positional = sum(not isinstance(each, ast.Starred) for each in node.args)
    return Call(positional, keywords, starred)


def calls_in(line: str) -> Iterator[tuple[str, Call]]:
    """The calls of named functions in one line of source; none where it is only a part of a statement."""
    try:
        tree = ast.parse(line.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in walk(tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield name, call_of(node)


def class_of(node: ast.ClassDef, resolve: Callable[[str], str]) -> ClassCode:
    """A class with its own members; ``resolve`` makes a name of the module a full dotted one."""
    bases = tuple(resolve(name) if (name := dotted(base)) else None for base in node.bases)
    members = set(_members(node.body))
    dynamic = bool(members & set(_DYNAMIC)) or bool(node.keywords) or bool(node.decorator_list)
    return ClassCode(bases=bases, members=frozenset(members), dynamic=dynamic)


def _members(body: list[ast.stmt]) -> Iterator[str]:
    """Names bound in a class body, in any branch of it, and attributes that its methods set on themselves."""
    for node in walk(ast.Module(body=body, type_ignores=[])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".", 1)[0]
