"""What a module does to the import system: the modules that it may make or replace, by their names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from numlock.facts.code.conditions import dotted
from numlock.facts.code.nodes import children, is_sys_modules

ANY = "*"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_HOPS = 4  # names that a key is followed through


def hooks(tree: ast.Module, module: str) -> frozenset[str]:
    """The modules that a module puts into ``sys.modules``, or that ``sys.meta_path`` or a ``__path__`` may bring.

    Dotted names; one that ends with ``*`` stands for all that begin like it. A module that replaces itself is not among
    them: it has other attributes than its source shows, but no other submodules.
    """
    found: set[str] = set()
    for nodes in _scopes(tree):
        values = _assigned_once(nodes)
        early = {
            id(node.targets[0]) for node in nodes if isinstance(node, ast.Assign) and _is_early(node, values)
        }
        keys = (key for node in nodes if id(node) not in early for key in _written(node))
        found |= {_name(key, module, values, _HOPS) for key in keys}
    return frozenset(found)


def may_make(hook: str, module: str, name: str | None = None) -> bool:
    """Whether a hook may put something in the place of a module, or of one right below it (of this ``name``)."""
    start = hook.removesuffix(ANY)
    is_open = hook != start
    if module == start or (is_open and module.startswith(start)):
        return True
    below = start.removeprefix(f"{module}.")
    if below == start or "." in below:
        return False
    return name is None or name == below or (is_open and name.startswith(below))


def _scopes(tree: ast.Module) -> Iterator[list[ast.AST]]:
    """The nodes of each function without those of the functions inside it, and those of the module's top level."""
    pending: list[ast.AST] = [tree]
    while pending:
        inside: list[ast.AST] = []
        left = list(children(pending.pop()))
        while left:
            node = left.pop()
            inside.append(node)
            if isinstance(node, _FUNCTIONS):
                pending.append(node)
            else:
                left += children(node)
        yield inside


def _assigned_once(nodes: Iterable[ast.AST]) -> Mapping[str, ast.expr]:
    """The names that one assignment of a scope binds, and nothing else."""
    values: dict[str, ast.expr] = {}
    bound: list[str] = []
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                bound.append(name)
            case ast.alias(name=name, asname=other):
                bound.append(other or name.split(".", 1)[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.append(name)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                bound.append(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                bound += names * 2
    return {name: value for name, value in values.items() if bound.count(name) == 1}


def _is_early(node: ast.Assign, values: Mapping[str, ast.expr]) -> bool:
    """``sys.modules[NAME] = module_from_spec(find_spec(NAME))``: what an import of it would put there, too."""
    match node.targets, _followed(node.value, values):
        case [ast.Subscript(slice=key)], ast.Call(func=ast.Attribute(attr="module_from_spec"), args=[given]):
            spec = _followed(given, values)
            if isinstance(spec, ast.Call) and (dotted(spec.func) or "").endswith("find_spec"):
                return [ast.dump(arg) for arg in spec.args] == [ast.dump(key)]
    return False


def _followed(node: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    return values.get(node.id, node) if isinstance(node, ast.Name) else node


def _written(node: ast.AST) -> Iterator[ast.expr]:
    """What a node says which modules it writes; a constant where it may be any."""
    match node:
        case ast.Attribute(attr="meta_path" | "declare_namespace"):
            yield ast.Constant(ANY)
        case ast.Name(id="__path__", ctx=ast.Store()):
            yield _BELOW
        case ast.Subscript(value=place, slice=key, ctx=ast.Store()) if is_sys_modules(place):
            if dotted(key) != "__name__":
                yield key
        case ast.Call(func=function, args=args):
            yield from _handed_on(function, args)


def _handed_on(function: ast.expr, args: list[ast.expr]) -> Iterator[ast.expr]:
    """The same of a call."""
    match function, args:
        case ast.Name(id="setattr"), [ast.Subscript(value=place, slice=key), *_] if is_sys_modules(place):
            yield key
        case ast.Attribute(value=ast.Name(id="__path__"), attr="append" | "extend" | "insert"), _:
            yield _BELOW
        case ast.Attribute(value=place, attr="setdefault" | "__setitem__"), [key, *_] if is_sys_modules(
            place
        ):
            yield key
        case ast.Attribute(value=place, attr="update"), _ if is_sys_modules(place):
            keys = args[0].keys if len(args) == 1 and isinstance(args[0], ast.Dict) else [None]
            yield from (ast.Constant(ANY) if key is None else key for key in keys)


# ``__name__ + ".*"``: whatever stands below the module itself.
_BELOW = ast.BinOp(left=ast.Name(id="__name__", ctx=ast.Load()), op=ast.Add(), right=ast.Constant(f".{ANY}"))


def _name(node: ast.expr, module: str, values: Mapping[str, ast.expr], left: int) -> str:
    """The text that an expression makes, up to where it cannot be told: there it ends with ``*``."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id="__name__"):
            return module
        case ast.Name(id=name) if name in values and left:
            return _name(values[name], module, values, left - 1)
    made = ""
    for part in _parts(node):
        made += _name(part, module, values, left)
        if made.endswith(ANY):
            return made
    return made or ANY


def _parts(node: ast.expr) -> list[ast.expr]:
    """What an expression joins to a text."""
    match node:
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return [inner]
        case ast.JoinedStr(values=joined):
            return joined
        case ast.BinOp(left=first, op=ast.Add(), right=second):
            return [first, second]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=filled):
            return _filled(text.split("%s"), filled.elts if isinstance(filled, ast.Tuple) else [filled], "%")
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=args):
            return _filled(text.split("{}"), args, "{")
    return []


def _filled(pieces: list[str], values: list[ast.expr], sign: str) -> list[ast.expr]:
    """A format's texts and values in turn, up to what is not a plain place for a value."""
    parts: list[ast.expr] = []
    for number, piece in enumerate(pieces):
        plain, found, _ = piece.partition(sign)
        parts.append(ast.Constant(plain))
        if found:
            return [*parts, ast.Constant(ANY)]
        if number < len(pieces) - 1:
            parts.append(values[number] if number < len(values) else ast.Constant(ANY))
    return parts
