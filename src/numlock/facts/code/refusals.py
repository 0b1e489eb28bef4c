"""Where a module raises because of the versions of other distributions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from numlock.facts.code.conditions import dotted
from numlock.facts.code.uses import Collector
from numlock.facts.code.versions import negated
from numlock.facts.data import parse_data
from numlock.model import Check, Form, Guard

_DATA = Path(__file__).with_name("checking.yaml")
_PLAIN = ("<", "<=", ">", ">=", "==", "!=")


@dataclass
class Refuser(Collector):
    """A reader that keeps the exceptions which only versions of others bring about."""

    _refused: list[tuple[Guard, str | None]] = field(default_factory=list)  # each with the function around it

    def guards(self) -> tuple[Guard, ...]:
        """Every refusal; one in a function that the module calls at its top level happens at import."""
        return tuple(
            guard._replace(at_import=inside is None or inside in self.called)
            for guard, inside in self._refused
        )

    def refusal(self, node: ast.Raise | ast.Assert | ast.Expr) -> None:
        """A statement that may raise."""
        match node:
            case ast.Raise():
                self._keep((), node)
            case ast.Assert():
                if checks := negated(self.versions.check(node.test)):
                    self._keep(checks, node)
            case ast.Expr(value=ast.Call() as call):
                for checks in refused_by(call, self.full(dotted(call.func) or "")):
                    self._keep(checks, node)

    def refusal_of_any(self, node: ast.If) -> None:
        """A body that ends in an exception, under several conditions each of which is enough."""
        if isinstance(node.body[-1], ast.Raise):
            for checks in self.versions.alternatives(node.test):
                self._keep(checks, node.body[-1])

    def _keep(self, checks: tuple[Check, ...], node: ast.stmt) -> None:
        when = (*self.when, *checks)
        first = self.rescues is None  # what handles another failure is reached after that alone
        if when and first and not self.undecided and not self.safe_import and self.depth <= 1:
            self._refused.append((Guard(node.lineno, when, at_import=not self.depth), self.in_function))


def refused_by(call: ast.Call, called: str | None) -> Iterator[tuple[Check, ...]]:
    """The conjunctions of checks under any of which a call, by its full dotted name, raises."""
    described = _described().get(called) if called and "." in called else None
    if described is None:
        return
    values = [each.value if isinstance(each, ast.Constant) else None for each in call.args]
    if "at_least" in described:
        numbers = [values[place] if place < len(values) else None for place in described["at_least"]]
        if all(type(number) is int for number in numbers):
            yield (_check(described["distribution"], "<", ".".join(map(str, numbers))),)
    elif len(values) > described["requirement"]:
        yield from _unmet(values[described["requirement"]])


def _unmet(text: object) -> Iterator[tuple[Check, ...]]:
    """The checks each of which a requirement does not allow."""
    try:
        wanted = Requirement(text) if isinstance(text, str) else None
    except InvalidRequirement:
        return
    if wanted is None or wanted.marker:
        return
    for clause in wanted.specifier:
        if clause.operator in _PLAIN and not clause.version.endswith(".*"):
            yield (_check(wanted.name, clause.operator, clause.version).negated(),)


def _check(distribution: str, operator: str, version: str) -> Check:
    return Check(f"distribution:{distribution}", Form.WHOLE, 0, operator, version)


@cache
def _described() -> Mapping[str, Any]:
    return {each["call"]: each for each in parse_data(_DATA.read_text(encoding="utf-8"))}
