"""Which targets a file of pins is judged for: those that someone names, else one that its releases fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from numlock.errors import OutOfReach
from numlock.facts import NEVER_RELEASED, Facts
from numlock.model import Fit, Key, Pin, Release, Target, Unknown
from numlock.read import NEWEST, OLDEST, host_platform, parse_platform

FactsFor = Callable[[Target], Facts]
_ELSEWHERE = ("linux", "macos", "macos-x86_64", "windows")
_SOME_PATCH = 18
_OLDER = ("2.7.18", *(f"3.{minor}.0" for minor in range(OLDEST[1])))
GUESSED = "its pins' own files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The targets that pins are for.

    ``guessed``: nobody names a Python. ``anywhere``: all targets that may be meant.
    """

    targets: tuple[Target, ...]
    anywhere: tuple[Target, ...] = ()
    guessed: bool = False


def aim(
    pins: Sequence[Pin],
    pythons: tuple[tuple[tuple[int, int], str], ...],
    platforms: tuple[str, ...],
    interpreter: tuple[int, int] | None,
    facts_for: FactsFor,
) -> Aim:
    """The targets of a file with these pins.

    ``pythons``: those that are named, each with the words for where. Where none is, the ``interpreter`` counts if every
    release fits it; else the newest Python that the most of them have files for.
    """
    here = platforms or (parse_platform(host_platform(), "this machine"),)
    fitting = pythons or _fitting(pins, here[0], interpreter, facts_for)
    chosen = pythons or fitting[:1]
    everywhere = platforms or tuple(parse_platform(each, "anywhere") for each in _ELSEWHERE)
    return Aim(
        targets=_targets(chosen, here),
        anywhere=_targets(pythons or tuple((each, GUESSED) for each in _pythons()), everywhere),
        guessed=not pythons,
    )


def _targets(pythons: Iterable[tuple[tuple[int, int], str]], platforms: Iterable[str]) -> tuple[Target, ...]:
    pairs = product(dict.fromkeys(pythons), platforms)
    return tuple(
        Target(python=python, platform=platform, source=words) for (python, words), platform in pairs
    )


def fits_nowhere(key: Key, target: Target, aimed: Aim, facts_for: FactsFor) -> bool:
    """Whether no target that may be meant, in place of this one, can install a release."""
    others = (each for each in aimed.anywhere if aimed.guessed or each.python == target.python)
    return all(_fit(key, each, facts_for) is Fit.NONE for each in (target, *others))


def only_for_older(pins: Iterable[Pin], aimed: Aim, facts_for: FactsFor) -> Pin | None:
    """A pin whose release says that it is for Pythons older than any that numlock knows, where nobody names one."""
    if not aimed.guessed:
        return None
    target = aimed.targets[0]
    for pin in pins:
        with suppress(OutOfReach):
            key = Key(pin.name, pin.version)
            if pin.holds(target) and _fit(key, target, facts_for) is Fit.NONE:
                files = facts_for(target).files_of([key])[key]
                ranges = [] if isinstance(files, Unknown) else [file.requires_python for file in files]
                if ranges and all(each and _is_for_older(each) for each in ranges):
                    return pin
    return None


def _is_for_older(requires: str) -> bool:
    try:
        wanted = SpecifierSet(requires)
    except InvalidSpecifier:
        return False
    known = (f"{major}.{minor}.{_SOME_PATCH}" for major, minor in _pythons())
    return any(map(wanted.contains, _OLDER)) and not any(map(wanted.contains, known))


def _fitting(
    pins: Sequence[Pin], platform: str, interpreter: tuple[int, int] | None, facts_for: FactsFor
) -> tuple[tuple[tuple[int, int], str], ...]:
    """The Pythons that the fewest releases have no files for: the interpreter first, then the newest."""

    def misfits(python: tuple[int, int]) -> tuple[int, int]:
        return _misfits(pins, Target(python=python, platform=platform), facts_for)

    order = sorted(_pythons(), reverse=True)
    if interpreter in order:
        order.remove(interpreter)
        order.insert(0, interpreter)
    counts = {python: misfits(python) for python in order}
    best = min(counts.values())
    words = {interpreter: "python3 on PATH"}
    return tuple((python, words.get(python, GUESSED)) for python in order if counts[python] == best)


def _misfits(pins: Sequence[Pin], target: Target, facts_for: FactsFor) -> tuple[int, int]:
    """How many releases have no file for a target, and how many have some, but only for others."""
    keys = {Key(pin.name, pin.version) for pin in pins if pin.holds(target)}
    releases = [
        each for each in facts_for(target).release_of(sorted(keys)).values() if isinstance(each, Release)
    ]
    none = sum(each.fit is Fit.NONE and each.obstacle != NEVER_RELEASED for each in releases)
    return none, sum(each.built_elsewhere for each in releases)


def _fit(key: Key, target: Target, facts_for: FactsFor) -> Fit | None:
    release = facts_for(target).release_of([key])[key]
    return release.fit if isinstance(release, Release) else None


def _pythons() -> list[tuple[int, int]]:
    return [(OLDEST[0], minor) for minor in range(OLDEST[1], NEWEST[1] + 1)]
