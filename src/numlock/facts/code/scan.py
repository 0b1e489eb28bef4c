"""One module's source to what it offers and what it uses. Never runs it.

Offered are the names that its top level binds on the target; used are dotted names of other modules, each with its
line, whether it is reached when the module is imported, and whether the code is ready for it to be missing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from numlock.facts.code.conditions import dotted
from numlock.facts.code.exports import exports
from numlock.facts.code.hooks import hooks
from numlock.facts.code.lazy import Lazy, attached, lazy_names, loop_names
from numlock.facts.code.members import Describer
from numlock.facts.code.nodes import (
    always_raises,
    bound_names,
    build_flag,
    caught,
    children,
    hands_itself_on,
    import_origin,
    imports,
    is_registry,
    only_read,
    suppressed,
    targets,
    walk,
)
from numlock.facts.code.parse import parse
from numlock.facts.code.uses import CATCHES_IMPORT
from numlock.model import Code, Target, Unparsed

_HOOKS = ("meta_path", "sys.modules", "__path__", "declare_namespace")
_LAZY_ANNOTATIONS = (3, 14)  # from here on annotations are not evaluated when a function is defined


def scan(source: str, module: str, *, is_package: bool, target: Target) -> Code | Unparsed:
    """Read one module. ``module`` is its dotted name, for relative imports."""
    tree = parse(source, target)
    if isinstance(tree, Unparsed):
        return tree
    package = module if is_package else module.rpartition(".")[0]
    try:
        if tree is not None:
            return _Reader(module=module, package=package, target=target).read(tree, source)
    except RecursionError:
        pass
    return Code(names=frozenset(), dynamic=True)


@dataclass
class _Reader(Describer):
    stars: list[str] = field(default_factory=list)
    _annotations: bool = True
    _tree: ast.Module = field(default_factory=lambda: ast.Module(body=[], type_ignores=[]))
    _class_body: bool = False  # whether what is bound here becomes a member of a class
    _bound: dict[ast.AST, set[str]] = field(default_factory=dict)  # names that each function binds
    removed: set[str] = field(default_factory=set)
    _raising: frozenset[str] = frozenset()  # functions of the module that do nothing but raise
    _globals: bool = False  # whether some function binds names of the module

    def read(self, tree: ast.Module, source: str) -> Code:
        """All of a module. Its text is asked first, where only few modules have what a look at the whole tree finds."""
        self._tree = tree
        self._bound = bound_names(tree)
        self._annotations = self.target.python < _LAZY_ANNOTATIONS and not any(
            imports(node, "__future__", "annotations") for node in tree.body
        )
        if any(call in source for call in ("globals()", "locals()", "vars()")):
            looped, explained = loop_names(tree)
            self.explained = explained | only_read(tree)
            self.names |= looped
        self.dynamic = "sys.modules[" in source and hands_itself_on(tree)
        self._globals = "global " in source
        self._raising = frozenset(
            node.name for node in tree.body if isinstance(node, ast.FunctionDef) and always_raises(node)
        )
        self.block(tree.body)
        return Code(
            names=frozenset(self.names),
            removed=frozenset(self.removed),
            stars=tuple(dict.fromkeys(self.stars)),
            dynamic=self.dynamic,
            uses=self.all_uses(),
            classes=self.all_classes(),
            shapes=self.all_shapes(),
            imported={name: origin for name, origin in self.own.items() if name in self.names},
            exports=exports(tree, self.resolve) if "__all__" in source else None,
            hooks=hooks(tree, self.module) if any(each in source for each in _HOOKS) else frozenset(),
            guards=self.guards(),
            versions=self.versions.named(),
            checks=self.versions.checks,
            patches=frozenset(self.patched),
        )

    # --- statements ----------------------------------------------------------------------------

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.ClassDef():
                self._class_definition(node)
            case ast.If():
                self._if(node)
            case ast.Try():
                self._try(node)
            case ast.With() | ast.AsyncWith():
                self._with(node)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._loop(node)
            case _:
                self._plain(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.use(alias.name, node, guarded=self.safe_import > 0, module=True)
                bound = alias.asname or alias.name.split(".", 1)[0]
                self._alias(bound, alias.name if alias.asname else bound)
            return
        origin = import_origin(node, self.package)
        foreign = origin.split(".", 1)[0] != self.module.split(".", 1)[0]
        if foreign and ("." in origin or self.safe_import > self.safe_name):
            # Whatever attribute its parent makes up, what a ``from`` names must be a module.
            self.use(origin, node, guarded=self.safe_import > 0, module=True)
        for alias in node.names:
            if alias.name == "*":
                self.use(origin, node, guarded=self.safe_import > 0, module=True)
                if self.is_top():
                    self.stars.append(origin)
                continue
            self.use(f"{origin}.{alias.name}", node, guarded=self.safe_name > 0, module=False)
            self._alias(alias.asname or alias.name, f"{origin}.{alias.name}")

    def _hooked(self, bound: str) -> None:
        """A module's ``__getattr__`` that is no plain function answers whatever it likes."""
        if bound == "__getattr__" and self.is_top():
            self.dynamic = True

    def _alias(self, bound: str, origin: str) -> None:
        self.scopes.bind(bound, origin)
        self._hooked(bound)
        if self.is_top():
            self.names.add(bound)
            self.own[bound] = origin

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bind([node.name])
        self.registered(node)
        if node.name == "__getattr__" and self.is_top():
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                self._take(lazy_names(node, self._tree))
            else:
                self._hooked(node.name)
        self.keep_shape(node)
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [each for each in (arguments.vararg, arguments.kwarg) if each]
        for expression in [*node.decorator_list, *arguments.defaults, *filter(None, arguments.kw_defaults)]:
            self.expression(expression)
        if self._annotations:
            for annotation in (*(each.annotation for each in every), node.returns):
                if annotation is not None:
                    self.expression(annotation)
        if isinstance(node, ast.FunctionDef):
            self.versions.define(node)
        self._body(node, {each.arg for each in every} | self._bound[node])

    def _body(self, node: ast.FunctionDef | ast.AsyncFunctionDef, hidden: set[str]) -> None:
        self.depth += 1
        outer, self.in_function = self.in_function, node.name
        body, self._class_body = self._class_body, False
        self.scopes.enter(hidden)
        if self._globals and self.depth == 1:
            globals_in = (each for each in walk(node) if isinstance(each, ast.Global))
            self.names |= {name for each in globals_in for name in each.names}
        with self.versions.scope(hidden):
            self.block(node.body)
        self.scopes.leave()
        self.in_function, self._class_body = outer, body
        self.depth -= 1

    def _take(self, lazy: Lazy) -> None:
        self.names |= lazy.names
        self.removed |= lazy.refused
        self.dynamic = self.dynamic or lazy.dynamic

    def _class_definition(self, node: ast.ClassDef) -> None:
        twice = node.name in self.names  # it may be somebody else's
        self.bind([node.name])
        self.registered(node)
        self._hooked(node.name)
        for expression in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.expression(expression)
        if self.is_top():
            self.keep_class(node, twice=twice)
        body, self._class_body = self._class_body, True
        with self.inside_class(node.name):
            self.block(node.body)
        self._class_body = body

    def _if(self, node: ast.If) -> None:
        if self.decide(node.test) is None:
            self.expression(node.test)
        for statements, side in ((node.body, True), (node.orelse, False)):
            with self.branch(node.test, side) as reached:
                self.block(statements if reached else ())
        self.refusal_of_any(node)

    def _try(self, node: ast.Try) -> None:
        ready = [handler for handler in node.handlers if not self._raises(handler.body[-1])]
        found = {name for handler in ready for name in caught(handler)}
        with self.ready(found):
            self.block(node.body)
        last = node.body[-1]
        outer, self.rescues = self.rescues, (node.body[0].lineno, last.end_lineno or last.lineno)
        for handler in node.handlers:
            names = set(caught(handler))
            other = not names & CATCHES_IMPORT
            with self.guard(imports=other, attributes=other, names=other):
                self.block(handler.body)
        self.rescues = outer
        spared = bool(found)  # what follows a body that may fail is not reached where it does
        with self.guard(imports=spared, attributes=spared):
            self.block(node.orelse)
        self.block(node.finalbody)
        if self.is_top() and (flag := build_flag(node)):
            self.known |= [flag]

    def _raises(self, last: ast.stmt) -> bool:
        """Whether a handler ends with an error: one that it raises, or that a function raises in any case."""
        match last:
            case ast.Raise():
                return True
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
                return name in self._raising
        return False

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.expression(item.context_expr)
            self.bind(targets(item.optional_vars))
        with self.ready(suppressed(node)):
            self.block(node.body)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        if isinstance(node, ast.While):
            self.expression(node.test)
        else:
            self.expression(node.iter)
            self.bind(targets(node.target))
            if isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple | ast.List):
                origins = [self.full(dotted(each) or "") for each in node.iter.elts]
                self.scopes.loop(node.target.id, tuple(each for each in origins if each))
        certain = isinstance(node, ast.For) and self.is_filled(node.iter)
        with self.guard(imports=False, attributes=False, undecided=not certain):
            self.block(node.body)
        self.block(node.orelse)

    def _plain(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                self.expression(node.value)
                for target in node.targets:
                    self.expression(target)
                    self.bind(targets(target))
                self._assigned(node)
                return
            case ast.AnnAssign():
                if node.value is not None:
                    self.bind(targets(node.target))
                if not self._annotations or self.depth:
                    self._parts([each for each in (node.target, node.value) if each])
                    return
            case ast.Raise() | ast.Assert() | ast.Expr():
                self.refusal(node)
            case ast.Delete() if self.is_top() and not self.undecided:
                self.names -= {each.id for each in node.targets if isinstance(each, ast.Name)}
        self._parts(children(node))

    def _parts(self, nodes: Iterable[ast.AST]) -> None:
        for child in nodes:
            if isinstance(child, ast.expr):
                self.expression(child)
            elif isinstance(child, ast.stmt):
                self._statement(child)
            elif isinstance(child, ast.match_case):
                with self.guard(imports=False, attributes=False, undecided=True):
                    self.block(child.body)

    def _assigned(self, node: ast.Assign) -> None:
        """What an assignment tells: a version or a check; a condition, a lazy loader, a module that is replaced."""
        target = node.targets[0] if len(node.targets) == 1 else None
        if isinstance(target, ast.Name):
            certain = not (self.undecided or self.when or self._class_body)
            if certain:
                self.versions.assign(target.id, node.value)
            called = dotted(node.value.func) if isinstance(node.value, ast.Call) else None
            self.scopes.made(target.id, self.full(called) if called and certain else None)
        for each in node.targets:
            self.grown(each)
        if not self.is_top():
            return
        if isinstance(target, ast.Name):
            if not self.undecided and self.is_filled(node.value):
                self.filled.add(target.id)
            known = None if isinstance(node.value, ast.Constant) else self.decide(node.value)
            if known is not None and not self.undecided:
                self.known[target.id] = known
            else:
                self.known.pop(target.id, None)
        if any("__getattr__" in targets(target) for target in node.targets):
            lazy = attached(node.value) if isinstance(node.value, ast.Call) else None
            self._take(lazy or Lazy(frozenset(), dynamic=True))
        if any(
            isinstance(target, ast.Subscript)
            and is_registry(target.value)
            and id(target.value) not in self.explained
            for target in node.targets
        ):
            self.dynamic = True
