"""Functions and classes as source defines them: the parameters that they take, the members that they have."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from numlock.facts.code.conditions import dotted
from numlock.facts.code.nodes import walk
from numlock.model import Call, ClassCode, Shape

# Decorators that leave the parameters as they are.
_TRANSPARENT = ("staticmethod", "classmethod", "abstractmethod", "final", "override")
_DYNAMIC = ("__getattr__", "__getattribute__")
_ANY_NAMES = ("exec", "locals", "vars")  # in a class body they may bind any name
SELF = ("self", "cls")
_RESTORING = ("__setstate__", "set_params")  # methods that set what an object has already
ANY = "*"  # a member of any name


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
    members = {name for statement in node.body for name in _members(statement)}
    dynamic = bool(members & set(_DYNAMIC)) or bool(node.keywords) or bool(node.decorator_list)
    return ClassCode(bases=bases, members=frozenset(members), dynamic=dynamic)


def _members(statement: ast.stmt) -> Iterator[str]:
    """Names bound by a statement of a class body, in any branch of it, and attributes that a method sets on itself."""
    method = statement.name if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) else None
    for node in walk(statement):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias():
                yield (node.asname or node.name).split(".", 1)[0]
            case ast.Assign(targets=[ast.Name(id="__slots__")]):
                slots = (each.value for each in walk(node.value) if isinstance(each, ast.Constant))
                yield from (each for each in slots if isinstance(each, str))
            case ast.Call(func=ast.Name(id=name)) if name in _ANY_NAMES and not method:
                yield ANY
        if method not in _RESTORING:
            yield from _set(node)


def _set(node: ast.AST) -> Iterator[str]:
    """The attributes that an expression gives ``self`` by other ways than an assignment."""
    match node:
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=name), key, *_]) if name in SELF:
            yield pattern_of(key)
        case ast.Call(func=ast.Attribute(value=values, attr="update" | "setdefault")) if _is_dict_of_self(
            values
        ):
            yield ANY
        case ast.Subscript(value=values, slice=key, ctx=ast.Store()) if _is_dict_of_self(values):
            yield pattern_of(key)
        case ast.Attribute(value=ast.Name(id=name), attr="__dict__", ctx=ast.Store()) if name in SELF:
            yield ANY


def pattern_of(key: ast.expr) -> str:
    """A name that is computed, with ``*`` for what of it is not spelled out: ``set_*_request``."""
    match key:
        case ast.Constant(value=str(name)):
            return name
        case ast.JoinedStr():
            return re.sub(r"\*+", ANY, "".join(map(pattern_of, key.values)))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return re.sub(r"\*+", ANY, pattern_of(left) + pattern_of(right))
    return ANY


def _is_dict_of_self(node: ast.expr) -> bool:
    """``self.__dict__`` or ``vars(self)``."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="__dict__"):
            return name in SELF
        case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id=name)]):
            return name in SELF
    return False
