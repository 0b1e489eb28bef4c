"""Modules that find all that they ask for, told apart without their code: what many of a release ask is asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from packaging.utils import NormalizedName

from numlock.judge.interface import Environment
from numlock.judge.lookup import Lookup
from numlock.model import Asked, InPackage, Use

Modules = Mapping[InPackage, frozenset[str]]  # each with the top-level names that it is to be judged by
_Pair = tuple[NormalizedName, str]  # a package, and a top-level name that its modules use


def content(
    modules: Modules,
    environment: Environment,
    lookup: Lookup,
    matters: Callable[[NormalizedName, Use], bool],
) -> Iterator[InPackage]:
    """The modules that find all of it, as far as that is known; ``matters``: whether a use by a package is judged."""
    pairs = {(name, top) for (name, _), tops in modules.items() for top in tops}
    asked = environment.asked(sorted(pairs))
    questions: dict[_Pair, set[int]] = {pair: set() for pair in pairs}
    for (name, module), tops in modules.items():
        for top in tops:
            questions[name, top].update(asked[name, top].modules.get(module, ()))
    missing = _missing(questions, asked, environment, lookup, matters)
    for (name, module), tops in modules.items():
        numbers = {top: asked[name, top].modules.get(module) for top in tops}
        if all(some is not None and missing[name, top].isdisjoint(some) for top, some in numbers.items()):
            yield name, module


def _missing(
    questions: Mapping[_Pair, set[int]],
    asked: Mapping[_Pair, Asked],
    environment: Environment,
    lookup: Lookup,
    matters: Callable[[NormalizedName, Use], bool],
) -> dict[_Pair, set[int]]:
    """Those of the questions, by number, whose answer is that something is missing."""
    uses = [
        (pair, number, use)
        for pair, numbers in sorted(questions.items())
        for number in sorted(numbers)
        if matters(pair[0], use := asked[pair].questions[number])
    ]
    answers = lookup.ask([(environment.surface(name), use) for (name, _), _, use in uses])
    found: dict[_Pair, set[int]] = {pair: set() for pair in questions}
    for (pair, number, _), missing in zip(uses, answers, strict=True):
        if missing is not None:
            found[pair].add(number)
    return found
