"""One module's source to what it offers and what it uses. Never runs it.

Offered are the names that its top level binds on the target; used are dotted names of other modules, each with its
line, whether it is reached when the module is imported, and whether the code is ready for it to be missing.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from numlock.facts.code.conditions import decide, dotted
from numlock.model import Target

MAX_SOURCE = 4_000_000  # characters of a module
_CATCHES_IMPORT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_CATCHES_ATTRIBUTE = {"AttributeError", "Exception", "BaseException"}
_TELLING_TESTS = ("hasattr", "__version__", "version", "Version", "VERSION", "getattr", "find_spec")


class Use(NamedTuple):
    """A dotted name of another module. ``module``: an import statement names it as a module."""

    name: str
    line: int
    at_import: bool
    guarded: bool
    module: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a module offers and uses. ``dynamic``: it may have names that its source does not show."""

    names: frozenset[str]
    stars: tuple[str, ...] = ()
    dynamic: bool = False
    uses: tuple[Use, ...] = ()


class Unparsed(NamedTuple):
    """Source that cannot be parsed, with the parser's reason."""

    why: str
    line: int | None


def scan(source: str, module: str, *, is_package: bool, target: Target) -> Code | Unparsed:
    """Read one module. ``module`` is its dotted name, for relative imports."""
    if len(source) > MAX_SOURCE:
        return Unparsed(f"larger than {MAX_SOURCE} characters", None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, feature_version=target.python)
    except SyntaxError as error:
        return Unparsed(error.msg, error.lineno)
    except (ValueError, RecursionError, MemoryError) as error:
        return Unparsed(str(error) or type(error).__name__, None)
    reader = _Reader(package=module if is_package else module.rpartition(".")[0], target=target)
    try:
        reader.block(tree.body)
    except RecursionError:
        return Unparsed("nested too deeply", None)
    return Code(
        names=frozenset(reader.names),
        stars=tuple(dict.fromkeys(reader.stars)),
        dynamic=reader.dynamic,
        uses=tuple(reader.uses),
    )


@dataclass
class _Reader:
    package: str
    target: Target
    names: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    dynamic: bool = False
    uses: list[Use] = field(default_factory=list)
    _aliases: dict[str, str] = field(default_factory=dict)
    _shadows: list[set[str]] = field(default_factory=list)
    _depth: int = 0  # functions around
    _classes: int = 0
    _safe_import: int = 0
    _safe_attribute: int = 0

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
                self._class(node)
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

    def _top(self) -> bool:
        return not self._depth and not self._classes

    def _bind(self, names: Iterable[str]) -> None:
        if self._top():
            self.names |= set(names)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._use(alias.name, node, guarded=self._safe_import > 0, module=True)
                bound = alias.asname or alias.name.split(".", 1)[0]
                self._aliases[bound] = alias.name if alias.asname else bound
                self._bind([bound])
            return
        origin = self._origin(node)
        for alias in node.names:
            if alias.name == "*":
                self._use(origin, node, guarded=self._safe_import > 0, module=True)
                if self._top():
                    self.stars.append(origin)
                continue
            self._use(f"{origin}.{alias.name}", node, guarded=self._safe_import > 0, module=False)
            bound = alias.asname or alias.name
            self._aliases[bound] = f"{origin}.{alias.name}"
            self._bind([bound])

    def _origin(self, node: ast.ImportFrom) -> str:
        """The module that a ``from`` names, relative ones made absolute."""
        if not node.level:
            return node.module or ""
        parts = self.package.split(".")
        base = parts[: len(parts) - node.level + 1]
        return ".".join([*base, *filter(None, [node.module])])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind([node.name])
        if node.name == "__getattr__" and self._top():
            self.dynamic = True
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for expression in [*node.decorator_list, *arguments.defaults, *filter(None, arguments.kw_defaults)]:
            self._expression(expression)
        every += [each for each in (arguments.vararg, arguments.kwarg) if each]
        self._depth += 1
        self._shadows.append({each.arg for each in every} | _bound_in(node))
        self.block(node.body)
        self._shadows.pop()
        self._depth -= 1

    def _class(self, node: ast.ClassDef) -> None:
        self._bind([node.name])
        for expression in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self._expression(expression)
        self._classes += 1
        self.block(node.body)
        self._classes -= 1

    def _if(self, node: ast.If) -> None:
        known = decide(node.test, self.target)
        if known is None:
            self._expression(node.test)
        careful = known is None and _asks(node.test)
        with self._guard(imports=careful, attributes=careful):
            if known is not False:
                self.block(node.body)
            if known is not True:
                self.block(node.orelse)

    def _try(self, node: ast.Try) -> None:
        caught = {name for handler in node.handlers for name in _caught(handler)}
        with self._guard(
            imports=bool(caught & _CATCHES_IMPORT), attributes=bool(caught & _CATCHES_ATTRIBUTE)
        ):
            self.block(node.body)
        with self._guard(imports=True, attributes=True):
            for handler in node.handlers:
                self.block(handler.body)
        self.block(node.orelse)
        self.block(node.finalbody)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        suppressed: set[str] = set()
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and (dotted(call.func) or "").endswith("suppress"):
                suppressed |= {(dotted(each) or "").rpartition(".")[2] for each in call.args}
            self._expression(call)
            self._bind(_targets(item.optional_vars))
        with self._guard(
            imports=bool(suppressed & _CATCHES_IMPORT), attributes=bool(suppressed & _CATCHES_ATTRIBUTE)
        ):
            self.block(node.body)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        if isinstance(node, ast.While):
            self._expression(node.test)
        else:
            self._expression(node.iter)
            self._bind(_targets(node.target))
        self.block(node.body)
        self.block(node.orelse)

    def _plain(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                for target in node.targets:
                    self._bind(_targets(target))
            case ast.AnnAssign() if node.value is not None:
                self._bind(_targets(node.target))
            case ast.Delete() if self._top():
                self.names -= {each.id for each in node.targets if isinstance(each, ast.Name)}
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child)
            elif isinstance(child, ast.stmt):
                self._statement(child)
            elif isinstance(child, ast.match_case):
                self.block(child.body)

    # --- expressions ---------------------------------------------------------------------------

    def _expression(self, node: ast.expr) -> None:
        """Dotted names on imported modules; code in lambdas and comprehensions counts as the place it stands in."""
        stack: list[ast.AST] = [node]
        while stack:
            each = stack.pop()
            if isinstance(each, ast.Attribute) and (name := dotted(each)):
                self._attribute(name, each)
                continue
            if isinstance(each, ast.Call):
                self._call(each)
            if isinstance(each, ast.NamedExpr):
                self._bind(_targets(each.target))
            stack.extend(ast.iter_child_nodes(each))

    def _attribute(self, name: str, node: ast.expr) -> None:
        top, _, rest = name.partition(".")
        if top in self._aliases and not any(top in shadow for shadow in self._shadows):
            self._use(f"{self._aliases[top]}.{rest}", node, guarded=self._safe_attribute > 0, module=False)

    def _call(self, node: ast.Call) -> None:
        name = dotted(node.func) or ""
        if name in ("globals", "exec", "setattr") or name.endswith("__dict__.update") or name == "vars":
            self.dynamic = self.dynamic or (self._top() and name != "vars")
        if name in ("importlib.import_module", "import_module", "__import__") and node.args:
            first = node.args[0]
            if (
                isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and not first.value.startswith(".")
            ):
                self._use(first.value, node, guarded=self._safe_import > 0, module=True)

    def _use(self, name: str, node: ast.AST, *, guarded: bool, module: bool) -> None:
        line = getattr(node, "lineno", 0)
        self.uses.append(Use(name, line, at_import=not self._depth, guarded=guarded, module=module))

    @contextmanager
    def _guard(self, *, imports: bool, attributes: bool) -> Iterator[None]:
        self._safe_import += imports
        self._safe_attribute += attributes
        yield
        self._safe_import -= imports
        self._safe_attribute -= attributes


def _targets(node: ast.expr | None) -> Iterator[str]:
    """The plain names that an assignment binds."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Starred):
        yield from _targets(node.value)
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            yield from _targets(element)


def _bound_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names that a function binds itself, imports aside: those hide the module's."""
    bound: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return bound


def _caught(handler: ast.ExceptHandler) -> Iterator[str]:
    if handler.type is None:
        yield "BaseException"
    elif isinstance(handler.type, ast.Tuple):
        yield from ((dotted(each) or "").rpartition(".")[2] for each in handler.type.elts)
    else:
        yield (dotted(handler.type) or "").rpartition(".")[2]


def _asks(test: ast.expr) -> bool:
    """Whether a condition looks at versions or at what is there."""
    words = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return any(telling in word for word in words for telling in _TELLING_TESTS)
