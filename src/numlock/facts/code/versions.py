"""Comparisons of other distributions' versions, as source spells them.

A version is followed from where it is read (``numpy.__version__``, ``importlib.metadata.version("numpy")``, a name that
another module binds to one) through parsers, splits, slices and small functions of the same module to the literal that
it is compared with. What cannot be followed is no check.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from numlock.facts.code.conditions import dotted
from numlock.facts.code.literals import Literal, is_version, literal_of, text_of
from numlock.model import Check, Form

_PARSERS = {"Version", "parse", "parse_version", "LooseVersion", "StrictVersion", "LegacyVersion"}
_TEXTS = {"__version__", "short_version", "full_version"}
_TUPLES = {"VERSION", "version_info", "__version_info__"}
_MATCHES = {"match", "fullmatch", "search"}  # of a pattern; its groups are taken to be the numbers
_PASS_ON = {"tuple", "list", "int"}
_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
PLACE = "@"  # before the dotted name of a constant that a version is compared with
SOME = -1  # numbers: as many as a pattern has groups
_DEEPEST = 12  # expressions followed inside one another


class Read(NamedTuple):
    """A version that an expression stands for: whose, in which form, how many of its numbers (0: all; or SOME)."""

    subject: str
    form: Form
    numbers: int = 0


class Versions:
    """What the names of one module tell about the versions of others.

    ``resolve`` makes a dotted name of the source the full one of what was imported; ``decide`` says what the target
    alone decides.
    """

    def __init__(
        self, resolve: Callable[[str], str | None], decide: Callable[[ast.expr], bool | None]
    ) -> None:
        self._resolve = resolve
        self._decide = decide
        self._functions: dict[str, ast.FunctionDef] = {}
        self._literals: dict[str, Literal] = {}
        self.reads: dict[str, Read] = {}
        self.checks: dict[str, tuple[Check, ...]] = {}

    def define(self, function: ast.FunctionDef) -> None:
        """A function that versions may be handed to."""
        if len(function.args.args) == 1:
            self._functions[function.name] = function

    def assign(self, name: str, value: ast.expr) -> None:
        """A name gets a value."""
        self.forget(name)
        if (literal := self._spelled(value)) is not None:
            self._literals[name] = literal
        elif (read := self.read(value)) is not None:
            self.reads[name] = read
        elif isinstance(value, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Call) and (
            checks := self.check(value)
        ):
            self.checks[name] = checks

    def forget(self, name: str) -> None:
        """A name gets a value that nothing is known of."""
        for known in (self._functions, self._literals, self.reads, self.checks):
            known.pop(name, None)

    @contextmanager
    def scope(self, hidden: Iterable[str]) -> Iterator[None]:
        """Inside a function that binds ``hidden`` itself."""
        outer = (self._functions, self._literals, self.reads, self.checks)
        self._functions, self._literals = dict(self._functions), dict(self._literals)
        self.reads, self.checks = dict(self.reads), dict(self.checks)
        for name in hidden:
            self.forget(name)
        yield
        self._functions, self._literals, self.reads, self.checks = outer

    # --- versions --------------------------------------------------------------------------------

    def read(
        self, node: ast.expr, given: Mapping[str, ast.expr] | None = None, depth: int = _DEEPEST
    ) -> Read | None:
        """The version that an expression stands for; ``given``: what a function's parameter is called with."""
        if not depth:
            return None
        match node:
            case ast.Name():
                return self._name(node.id, given, depth)
            case ast.Attribute():
                return self._attribute(node, given, depth)
            case ast.Call():
                return self._call(node, given, depth)
            case ast.Subscript():
                return self._part(self.read(node.value, given, depth - 1), node.slice)
            case ast.ListComp() | ast.GeneratorExp() if len(node.generators) == 1:
                plain = isinstance(node.elt, ast.Name | ast.Call) and not node.generators[0].ifs
                return self.read(node.generators[0].iter, given, depth - 1) if plain else None
        return None

    def _name(self, name: str, given: Mapping[str, ast.expr] | None, depth: int) -> Read | None:
        if given and name in given:
            return self.read(given[name], None, depth - 1)
        if name in self.reads:
            return self.reads[name]
        origin = self._resolve(name)
        return _of_origin(origin) if origin else None

    def _attribute(
        self, node: ast.Attribute, given: Mapping[str, ast.expr] | None, depth: int
    ) -> Read | None:
        if (name := dotted(node)) and (found := self._dotted(name, given)):
            return found
        if isinstance(node.value, ast.Call) and node.attr in ("version", "parsed_version"):
            called = (dotted(node.value.func) or "").rpartition(".")[2]
            if called == "get_distribution" and (text := text_of(node.value.args)):
                return Read(f"distribution:{text}", Form.TEXT)
        inner = self.read(node.value, given, depth - 1)
        if inner is None:
            return None
        forms = {"major": Read(inner.subject, Form.NUMBERS, 1), "release": Read(inner.subject, Form.NUMBERS)}
        forms |= {
            "version": Read(inner.subject, Form.NUMBERS),
            "base_version": Read(inner.subject, Form.TEXT),
        }
        return forms.get(node.attr) if inner.form is Form.WHOLE else None

    def _dotted(self, name: str, given: Mapping[str, ast.expr] | None) -> Read | None:
        top, _, rest = name.partition(".")
        if given and top in given:
            inner = dotted(given[top])
            name = f"{inner}.{rest}" if inner else ""
        full = self._resolve(name) if name else None
        return _of_origin(full) if full else None

    def _call(self, node: ast.Call, given: Mapping[str, ast.expr] | None, depth: int) -> Read | None:
        name = dotted(node.func) or ""
        last = name.rpartition(".")[2]
        if isinstance(node.func, ast.Attribute) and last in ("", "split", "strip", "groups"):
            inner = self.read(node.func.value, given, depth - 1)
            if inner is None or node.func.attr == "strip":
                return None
            return inner if node.func.attr == "groups" else Read(inner.subject, Form.NUMBERS)
        full = self._resolve(name) or name
        if full.endswith("metadata.version") and (text := text_of(node.args)):
            return Read(f"distribution:{text}", Form.TEXT)
        if not node.args:
            return None
        argument = node.args[-1] if last == "map" or last in _MATCHES else node.args[0]
        if last in self._functions and name == last:
            return self._inlined(self._functions[last], argument, depth)
        inner = self.read(argument, given, depth - 1)
        if inner is None:
            return None
        if self._parses(node):
            return Read(inner.subject, Form.WHOLE)
        if last in _MATCHES:
            return Read(inner.subject, Form.NUMBERS, SOME) if inner.form is Form.TEXT else None
        if last == "str":
            return Read(inner.subject, Form.TEXT) if inner.form is not Form.NUMBERS else None
        return inner if last in _PASS_ON or last == "map" else None

    def _inlined(self, function: ast.FunctionDef, argument: ast.expr, depth: int) -> Read | None:
        """A function of one parameter that returns one expression."""
        body = [each for each in function.body if not isinstance(each, ast.Expr)]
        if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
            return None
        return self.read(body[0].value, {function.args.args[0].arg: argument}, depth - 1)

    def _part(self, inner: Read | None, index: ast.expr) -> Read | None:
        if inner is None or inner.form not in (Form.NUMBERS, Form.ELSEWHERE) or inner.numbers > 0:
            return None
        if isinstance(index, ast.Constant) and index.value == 0:
            return inner._replace(numbers=1)
        if isinstance(index, ast.Slice) and index.lower is None and isinstance(index.upper, ast.Constant):
            upper = index.upper.value
            return inner._replace(numbers=upper) if isinstance(upper, int) and upper > 0 else None
        return None

    # --- checks ----------------------------------------------------------------------------------

    def check(self, test: ast.expr) -> tuple[Check, ...] | None:
        """The comparisons of versions that a condition is the conjunction of; None where it is anything else."""
        match test:
            case ast.UnaryOp(op=ast.Not()):
                return negated(self.check(test.operand))
            case ast.BoolOp():
                return self._joined(test)
            case ast.Compare():
                return self._compared(test)
            case ast.Call(func=ast.Attribute(attr="startswith", value=value)):
                read, prefix = self.read(value), text_of(test.args)
                form = Form.TEXT
                return (Check(read.subject, form, 0, "startswith", prefix),) if read and prefix else None
            case ast.Name() if test.id in self.checks:
                return self.checks[test.id]
            case ast.Name() if test.id in self.reads:
                return ()  # a version is never empty
            case ast.Name() | ast.Attribute():
                return self._elsewhere(dotted(test))
        return None

    def alternatives(self, test: ast.expr) -> Iterator[tuple[Check, ...]]:
        """The conjunctions any one of which makes a condition true, as far as it names such."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
            yield from (checks for part in test.values if (checks := self.check(part)))

    def _elsewhere(self, name: str | None) -> tuple[Check, ...] | None:
        """A name that another module binds, perhaps to a check."""
        full = self._resolve(name) if name else None
        last = full.rpartition(".")[2] if full else ""
        if not full or "." not in full or not (last.isupper() or "version" in last.lower()):
            return None
        return (Check(full, Form.ELSEWHERE, 0, "is", ""),)

    def _joined(self, test: ast.BoolOp) -> tuple[Check, ...] | None:
        neutral = isinstance(test.op, ast.And)
        parts = [part for part in test.values if self._decide(part) is not neutral]
        found = [self.check(part) for part in parts]
        if any(each is None for each in found) or (not neutral and len(found) != 1):
            return None
        return tuple(check for each in found if each for check in each)

    def _compared(self, test: ast.Compare) -> tuple[Check, ...] | None:
        operands = [test.left, *test.comparators]
        found = [
            self._pair(left, operator, right)
            for left, operator, right in zip(operands, test.ops, operands[1:], strict=False)
        ]
        return tuple(each for each in found if each) if all(found) else None

    def _pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Check | None:
        spelled = _OPERATORS.get(type(operator))
        if spelled is None:
            return None
        if (literal := self._literal(right)) is not None:
            return _check(self.read(left), spelled, literal)
        if (literal := self._literal(left)) is not None:
            return _check(self.read(right), _MIRRORED[spelled], literal)
        return None

    def _literal(self, node: ast.expr) -> Literal | None:
        """What a version is compared with, spelled out or by name."""
        if isinstance(node, ast.Name):
            return self._literals.get(node.id) or self._imported(node.id)
        if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Name):
            inner = self._literals.get(node.args[0].id) or self._imported(node.args[0].id)
            text = inner is not None and inner.form is Form.TEXT and self._parses(node)
            return Literal(Form.WHOLE, inner.text) if inner and text else None
        return self._spelled(node)

    def _spelled(self, node: ast.expr) -> Literal | None:
        if isinstance(node, ast.Call) and self._parses(node):
            return Literal(Form.WHOLE, text) if (text := text_of(node.args)) else None
        return literal_of(node)

    def _parses(self, call: ast.Call) -> bool:
        """Whether a call makes a version of a text."""
        name = dotted(call.func) or ""
        return {each.rpartition(".")[2] for each in (name, self._resolve(name) or "")} & _PARSERS != set()

    def _imported(self, name: str) -> Literal | None:
        """What a constant that another module binds is compared as: by its place."""
        full = self._resolve(name) if name.isupper() else None
        return Literal(Form.TEXT, f"{PLACE}{full}") if full and "." in full else None

    def named(self) -> dict[str, tuple[str, Form, int]]:
        """The names of the module that stand for versions: the text of one that others compare with, or another's."""
        found = {
            name: (literal.text, Form.TEXT, 0)
            for name, literal in self._literals.items()
            if name.isupper() and literal.form is Form.TEXT and is_version(literal.text)
        }
        reads = {name: read for name, read in self.reads.items() if read.numbers != SOME}
        return found | {name: (read.subject, read.form, read.numbers) for name, read in reads.items()}


def negated(checks: tuple[Check, ...] | None) -> tuple[Check, ...] | None:
    """The opposite of a conjunction of one."""
    return (checks[0].negated(),) if checks and len(checks) == 1 else None


def _of_origin(full: str) -> Read | None:
    """What a full dotted name stands for: a version, or what its own module says that it does."""
    if "." not in full:
        return None
    named = "version" in full.rpartition(".")[2].lower()
    return _of_attribute(full) or (Read(full, Form.ELSEWHERE) if named else None)


def _of_attribute(full: str) -> Read | None:
    module, _, last = full.rpartition(".")
    if not module:
        return None
    if last in _TEXTS or (last == "version" and module.endswith(".version")):
        return Read(full, Form.TEXT)
    return Read(full, Form.NUMBERS) if last in _TUPLES else None


def _check(read: Read | None, operator: str, literal: Literal) -> Check | None:
    if read is None:
        return None
    if read.form is not Form.ELSEWHERE and read.form is not literal.form:
        return None
    if literal.form is not Form.TEXT and not literal.text.startswith(PLACE) and not is_version(literal.text):
        return None
    numbers = 1 if "." not in literal.text and literal.form is Form.NUMBERS else read.numbers
    if numbers == SOME:
        numbers = literal.text.count(".") + 1
        if operator not in ("<", ">="):  # others come out differently where there are more numbers than that
            return None
    return Check(read.subject, literal.form, numbers, operator, literal.text)
