"""What expressions use: dotted names on imported modules, with the guards that stand around them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from packaging.version import Version

from numlock.facts.code.conditions import SOME_PATCH, decide, dotted
from numlock.facts.code.nodes import Scopes, asks, children, targets
from numlock.facts.code.shapes import ANY, SELF, call_of, pattern_of
from numlock.facts.code.versions import Versions, negated
from numlock.model import Check, Target, Use, Uses

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_CATCHES_NAME = {"ImportError", "Exception", "BaseException"}
CATCHES_IMPORT = {*_CATCHES_NAME, "ModuleNotFoundError"}
_CATCHES_ATTRIBUTE = {"AttributeError", "Exception", "BaseException"}
_NEW_NAMES = ("exec", "setattr", "locals", "vars")  # called at a top level they may bind any name


@dataclass
class Collector:
    """Where a reader stands in a module, and what it has met so far."""

    module: str
    package: str
    target: Target
    names: set[str] = field(default_factory=set)
    dynamic: bool = False
    uses: list[Use] = field(default_factory=list)
    inside: list[str | None] = field(default_factory=list)  # the function that each use stands in
    in_function: str | None = None
    scopes: Scopes = field(default_factory=Scopes)
    own: dict[str, str] = field(default_factory=dict)  # names that a top-level import binds
    depth: int = 0  # functions around
    classes_around: int = 0
    safe_import: int = 0
    safe_name: int = 0  # of what a ``from`` names
    safe_attribute: int = 0
    undecided: int = 0  # conditions around that the target does not decide
    rescues: tuple[int, int] | None = None
    when: tuple[Check, ...] = ()  # checks of other versions around
    called: set[str] = field(default_factory=set)  # functions of the module that its top level calls
    known: dict[str, bool] = field(default_factory=dict)  # names that stand for conditions
    patched: set[str] = field(default_factory=set)  # names of others that the module writes
    computed: set[str] = field(
        default_factory=set
    )  # patterns of names that it gives to objects, perhaps to classes
    filled: set[str] = field(default_factory=set)  # names at the top level of literals that are not empty
    versions: Versions = field(init=False)
    explained: frozenset[int] = frozenset()  # ids of calls whose effect on the names is known

    def __post_init__(self) -> None:
        self.versions = Versions(self.full, self.decide)

    def all_uses(self) -> Uses:
        """Every use. What a function that the module calls imports of its own package may be imported with it."""
        own = self.module.split(".", 1)[0]
        return Uses.of(
            use._replace(at_import=True, sure=False) if inside in self.called and use.top == own else use
            for use, inside in zip(self.uses, self.inside, strict=True)
        )

    def registered(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """``@add_to("package.module")``: a decorator may put what it is given into a module of the same release."""
        own = self.module.split(".", 1)[0]
        calls = (each for each in node.decorator_list if isinstance(each, ast.Call))
        for given in (each for call in calls for each in call.args):
            match given:
                case ast.Constant(value=str(module)) if module.startswith(f"{own}."):
                    self.patched.add(f"{module}.{node.name}")

    def full(self, name: str) -> str | None:
        """The full dotted name of one that an import binds."""
        top, dot, rest = name.partition(".")
        origin = self.scopes.origin(top)
        return f"{origin}{dot}{rest}" if origin else None

    def is_top(self) -> bool:
        """Whether what is bound here becomes a name of the module."""
        return not self.depth and not self.classes_around

    def bind(self, names: Iterable[str]) -> None:
        """Names that something else than an import binds."""
        for name in names:
            self.scopes.forget(name)
            self.versions.forget(name)
            self.filled.discard(name)
            if self.is_top():
                self.names.add(name)
                self.own.pop(name, None)

    def decide(self, test: ast.expr) -> bool | None:
        """What a condition is on the target; None where that depends on more."""
        known = decide(test, self.target, self.known)
        if known is not None or not isinstance(test, ast.Compare):
            return known
        checks = self.versions.check(test) or ()
        if not checks or any(
            each.subject != "sys.version_info" or each.version.count(".") > 1 for each in checks
        ):
            return None
        return all(each.holds(Version(f"{self.target.version}.{SOME_PATCH}")) for each in checks)

    @contextmanager
    def guard(
        self,
        *,
        imports: bool,
        attributes: bool,
        names: bool | None = None,
        undecided: bool = False,
        when: tuple[Check, ...] = (),
    ) -> Iterator[None]:
        """Code that is ready for something to be missing, or may not be reached; ``names`` None: as ``imports``."""
        named = imports if names is None else names
        outer, self.when = self.when, (*self.when, *when)
        self.safe_import += imports
        self.safe_name += named
        self.safe_attribute += attributes
        self.undecided += undecided
        yield
        self.safe_import -= imports
        self.safe_name -= named
        self.safe_attribute -= attributes
        self.undecided -= undecided
        self.when = outer

    def ready(self, caught: set[str]) -> AbstractContextManager[None]:
        """Code that catches these exceptions; a module that lacks a name is no module that is not found."""
        return self.guard(
            imports=bool(caught & CATCHES_IMPORT),
            attributes=bool(caught & _CATCHES_ATTRIBUTE),
            names=bool(caught & _CATCHES_NAME),
        )

    def expression(self, node: ast.expr) -> None:
        """Dotted names on imported modules, each with what stands around it."""
        stack: list[ast.AST] = [node]
        while stack:
            each = stack.pop()
            if isinstance(each, ast.IfExp | ast.BoolOp | ast.Lambda | _Comprehension):
                self._branching(each)
                continue
            if isinstance(each, ast.Call):
                self._call(each)
                if name := dotted(each.func):
                    self._named(name, each)
                    stack.extend([*each.args, *(keyword.value for keyword in each.keywords)])
                    continue
            if isinstance(each, ast.Attribute) and not isinstance(each.ctx, ast.Load):
                self._patched(each)
                continue
            if isinstance(each, ast.Attribute) and (name := dotted(each)):
                self._named(name, each)
                continue
            if isinstance(each, ast.NamedExpr):
                self.bind(targets(each.target))
            stack.extend(children(each))

    def _patched(self, node: ast.Attribute) -> None:
        """``numpy.float = float``: whoever writes an attribute does not ask for it, and has it from then on."""
        self._written(node.value, node.attr)
        self.expression(node.value)

    def _written(self, owner: ast.expr, attribute: str) -> None:
        """Something is given an attribute; of a computed one ``*`` stands for what is not known."""
        name = dotted(owner) or ""
        if name in SELF:
            return
        origin = self.full(name)
        if ANY not in attribute:
            self.patched |= {f".{attribute}", *([f"{origin}.{attribute}"] if origin else [])}
        elif origin:
            self.patched.add(f"{origin}.{ANY}")
            self.dynamic = self.dynamic or origin == self.module
        else:
            self.computed.add(attribute)

    def _branching(self, node: ast.IfExp | ast.BoolOp | ast.Lambda | _Comprehension) -> None:
        """Expressions of which parts may not be reached, or only later."""
        match node:
            case ast.IfExp():
                self.expression(node.test)
                self._perhaps(node.test, [node.body], True)
                self._perhaps(node.test, [node.orelse], False)
            case ast.BoolOp():
                self._short_circuit(node)
            case ast.Lambda():
                for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                    self.expression(default)
                self.depth += 1
                self.expression(node.body)
                self.depth -= 1
            case _:
                first = node.generators[0]
                self.expression(first.iter)
                certain = not first.ifs and len(node.generators) == 1 and self.is_filled(first.iter)
                lazy = isinstance(node, ast.GeneratorExp)
                with self.guard(imports=False, attributes=False, undecided=lazy or not certain):
                    self._comprehended(node)

    def is_filled(self, node: ast.expr) -> bool:
        """Whether there certainly is something to go through: a literal that is not empty, or a name for one."""
        if isinstance(node, ast.Name):
            return node.id in self.filled
        return isinstance(node, ast.List | ast.Tuple | ast.Set) and any(
            not isinstance(each, ast.Starred) for each in node.elts
        )

    def _short_circuit(self, node: ast.BoolOp) -> None:
        """``a and b``: what stands behind a value is reached only where that value lets it be."""
        first, *rest = node.values
        self.expression(first)
        remaining = rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
        self._perhaps(first, [remaining], isinstance(node.op, ast.And))

    def _perhaps(self, test: ast.expr, parts: list[ast.expr], side: bool) -> None:
        with self.branch(test, side) as reached:
            for part in parts if reached else ():
                self.expression(part)

    @contextmanager
    def branch(self, test: ast.expr, side: bool) -> Iterator[bool]:
        """Code that is reached where a condition is ``side``; yields whether the target lets it be."""
        known = self.decide(test)
        checks = self.versions.check(test) if known is None else None
        if not side:
            checks = negated(checks)
        left_open = known is None and checks is None
        careful = left_open and asks(test)
        with self.guard(imports=careful, attributes=careful, undecided=left_open, when=checks or ()):
            yield known in (None, side)

    def _comprehended(self, node: _Comprehension) -> None:
        for number, generator in enumerate(node.generators):
            for part in [*([generator.iter] if number else []), *generator.ifs]:
                self.expression(part)
        for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
            self.expression(part)

    def _named(self, name: str, node: ast.expr) -> None:
        """A dotted name, called or not; a plain name tells nothing new unless it is called."""
        top, dot, rest = name.partition(".")
        origin = self.scopes.origin(top)
        if origin and (dot or isinstance(node, ast.Call)):
            self.use(f"{origin}{dot}{rest}", node, guarded=self.safe_attribute > 0, module=False)
        elif dot and (maker := self.scopes.maker(top)):
            self.use(f"{maker}().{rest}", node, guarded=self.safe_attribute > 0, module=False)
        elif dot:
            for each in self.scopes.looped(top):
                self.use(f"{each}.{rest}", node, guarded=self.safe_attribute > 0, module=False)

    def _call(self, node: ast.Call) -> None:
        name = dotted(node.func) or ""
        if id(node) in self.explained:
            return
        if not self.depth and not self.undecided and not self.when:
            self.called.add(name)
        match node:
            case ast.Call(func=ast.Name(id="setattr"), args=[owner, key, _]):
                self._written(owner, pattern_of(key))
        if name in _NEW_NAMES or name.endswith("__dict__.update") or "meta_path" in name:
            self.dynamic = self.dynamic or self.is_top()
        if name == "globals":  # also in a function, which the module may call
            self.dynamic = True
        if name in ("importlib.import_module", "import_module", "__import__") and node.args:
            first = node.args[0]
            if (
                isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and not first.value.startswith(".")
            ):
                self.use(first.value, node, guarded=self.safe_import > 0, module=True)

    def use(self, name: str, node: ast.AST, *, guarded: bool, module: bool) -> None:
        guarded = guarded or name in self.patched
        self.inside.append(self.in_function if self.depth == 1 else None)
        self.uses.append(
            Use(
                name,
                getattr(node, "lineno", 0),
                at_import=not self.depth,
                guarded=guarded,
                sure=not self.undecided,
                module=module,
                rescues=self.rescues,
                call=call_of(node) if isinstance(node, ast.Call) and not module else None,
                when=self.when,
            )
        )
