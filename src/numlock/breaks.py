"""Breaks in code that a set of versions is bound to run into, gathered over all the sets that a search looks at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock import judge
from numlock.besides import NOTHING_ADDED, Added, Besides
from numlock.binaries import Binaries
from numlock.elsewhere import Elsewhere, Extent, Neighbours, Place
from numlock.facts import Environment, Facts, module_of
from numlock.judge import Break, Told
from numlock.model import (
    Because,
    Conflict,
    ConflictKind,
    Crash,
    Diagnosis,
    Evidence,
    Key,
    Member,
    Source,
    Target,
)
from numlock.uses import crash_uses, entries, source_uses

_ASIDE = frozenset(
    {"test", "tests", "testing", "docs", "examples", "scripts", "benchmarks", "conftest", "setup"}
)
_SOFT_ROUNDS = 6  # environments that are looked through for breaks that a run may meet


class Behind(NamedTuple):
    """Packages that the first crash may hide: those that die of the same ``causes`` (None: of Python)."""

    packages: frozenset[NormalizedName]
    causes: frozenset[NormalizedName | None]


NOTHING_BEHIND = Behind(frozenset(), frozenset())


class Breaks:
    """What walks through the code of environments have found."""

    def __init__(
        self,
        facts: Facts,
        target: Target,
        crash: Crash | None,
        diagnosis: Diagnosis | None,
        project: Iterable[tuple[str, str]],
        neighbours: Neighbours,
    ) -> None:
        self._culprit = diagnosis.culprit if diagnosis else None
        self._binaries = Binaries(facts, diagnosis)
        self._crashed = crash is not None
        self._facts = facts
        self._entries = tuple(entries(crash)) if crash else ()
        self._project = list(crash_uses(crash, target)) if crash else []
        died = [frame.file.replace("\\", "/") for frame in crash.frames] if crash else []
        uses, patched = source_uses(project, facts, died)
        self._besides = Besides(facts, crash, diagnosis, patched)
        self._elsewhere = Elsewhere(facts, self._binaries, self._besides, neighbours)
        self._project += uses
        self._survived = crash is not None and not crash.at_import
        self._known: dict[Place, Extent] = {}
        self._fresh: list[Place] = []  # what other releases were not asked about since it was found
        self._false: set[Place] = set()
        self._rounds = 0

    def unsure(self, key: Key) -> bool:
        """Whether the binaries of a release cannot be read, and were hardly built for what they would meet."""
        return key in self._binaries.unsure

    def untold(self, key: Key) -> bool:
        """Whether the source of a release does not tell if it has what its pinned one lacks."""
        return any(
            place.provider == key.name and key.version in known.untold and not place.soft
            for place, known in self._known.items()
        )

    def look(
        self,
        versions: Mapping[NormalizedName, Version],
        concerned: frozenset[NormalizedName],
        walked: frozenset[NormalizedName],
        *,
        around: frozenset[NormalizedName] = frozenset(),
        behind: Behind = NOTHING_BEHIND,
        added: Added = NOTHING_ADDED,
        crashed: bool = False,
    ) -> bool:
        """Walk through an environment, unless what is known speaks against it; whether that found anything new.

        ``around`` are packages that the project may import besides; ``behind``, the next to die of what the crash died
        of; ``crashed``: the environment is that of the log.
        Where neither a crash nor source tells what the project imports, it is taken to import them all, by the names of
        their own.
        """
        if self._crashed and not self._entries and not self._project:
            return False
        if self._is_refuted(versions):
            return True
        self._rounds += 1
        environment = self._facts.environment(versions)
        entries = [*self._entries, *(use.name for _, use in self._project if use.certain)]
        perhaps = _public(around, environment)
        if not entries:
            entries = _public(around, environment, named=True)
        told = self._besides.told(versions, added.names, crashed=crashed)
        found = judge.breaks(
            entries, environment, concerned, walked, project=self._project, perhaps=perhaps, told=told
        )
        found = tuple(self._besides.without(found, added))
        logged = list(self._binaries.of_victim(environment))
        news = [self._take(each, crashed=False) for each in logged]
        news += [self._take(each, crashed=crashed) for each in found if each not in logged]
        if behind.packages and not self._survived:
            news += [self._take(each, crashed=False) for each in _next(behind, environment, told)]
        return self._is_refuted(versions) or any(news)

    def _is_refuted(self, versions: Mapping[NormalizedName, Version]) -> bool:
        """Whether a release that something was moved to lacks, or may lack, what others are known to ask of it."""
        ask = self._elsewhere.ask_moved
        found = [place for place, known in self._known.items() if ask(place, known, versions)]
        self._fresh += [
            place
            for place in found
            if place.provider
            and versions[place.provider] in self._known[place].lacking
            and place not in self._fresh
        ]
        return bool(found)

    def _take(self, found: Break, *, crashed: bool) -> bool:
        """Keep a break; whether it is news."""
        user, provider = found.user, found.provider
        place = Place(
            user.name if user else None,
            provider.name if provider else None,
            found.symbol,
            found.soft or (user is None and not self._was_there(found)),
            found.refused,
            found.wants,
        )
        # The log may show that importing went well; what functions ask for of others than the culprit is not new.
        survived = place.provider != self._culprit if found.soft else self._survived
        if crashed and survived:
            self._false.add(place)
        if place in self._false or (found.soft and self._rounds > _SOFT_ROUNDS):
            return False
        if place not in self._known:
            self._known[place] = Extent(kind=found.kind, member=found.member, because=_because(found))
        known = self._known[place]
        new = (user is not None and user.version not in known.users) or (
            provider is not None and provider.version not in known.lacking
        )
        if user is not None:
            known.users.add(user.version)
        if provider is not None:
            known.lacking.add(provider.version)
        if new:
            self._fresh.append(place)
        return new

    def _was_there(self, found: Break) -> bool:
        """Whether other releases have the member that a class lacks: else anybody may give it to what it makes."""
        provider = found.provider
        if found.kind is not ConflictKind.NAME or provider is None or "." not in (found.symbol.name or ""):
            return True
        return self._elsewhere.had(provider, found.symbol)

    def spread(self, opened: Collection[NormalizedName]) -> None:
        """Look for what was found since in other releases, too: nobody asks before there is a plan to be made.

        What a run may meet matters where a package may move, so as long as none of its own is ``opened`` it waits.
        """
        while ready := [
            place
            for place in self._fresh
            if not place.soft or place.user in opened or place.provider in opened
        ]:
            self._fresh = [place for place in self._fresh if place not in ready]
            for place in ready:
                self._elsewhere.spread(place, self._known[place])

    def conflicts(self) -> Iterator[Conflict]:
        """Every break found so far, with all releases that are known to have it."""
        for place, known in self._known.items():
            sides = ((place.user, known.users), (place.provider, known.lacking))
            members = tuple(Member(name, frozenset(versions)) for name, versions in sides if name is not None)
            yield Conflict(kind=known.kind, members=members, because=(known.because,), soft=place.soft)


def _because(found: Break) -> Because:
    user = str(found.user) if found.user else ""
    if found.symbol.module.startswith("syntax "):
        why = found.symbol.module.removeprefix("syntax (").removesuffix(")")
        text = f"{user} {found.member}:{found.line} cannot be parsed by this Python: {why}"
    elif found.wants is not None:
        text = f"{user} {found.member} {found.why}"
    elif found.why:
        text = f"{user} {found.member}:{found.line} calls {found.symbol}, which {found.provider} refuses ({found.why})"
        text = text.strip()
    elif found.refused:
        checks = " and ".join(map(str, found.refused))
        text = f"{user} {found.member}:{found.line} refuses {found.provider}: it raises where {checks}"
    else:
        lacks = {
            ConflictKind.PYTHON: "this Python does not have",
            ConflictKind.SIGNATURE: f"{found.provider} does not take",
        }
        what = lacks.get(found.kind, f"{found.provider} does not have")
        text = f"{user} {found.member}:{found.line} asks for {found.symbol}, which {what}".strip()
    source = Source(url=user or found.member, member=found.member, line=found.line or None)
    evidence = Evidence.SOURCE
    if found.wants is not None:  # of a file that was read; else of the time at which it was made
        evidence = Evidence.BINARY if module_of(found.member) else Evidence.METADATA
    return Because(text=text, evidence=evidence, source=source)


def _public(
    packages: Iterable[NormalizedName], environment: Environment, *, named: bool = False
) -> list[str]:
    """The top-level packages and modules that are there to be imported.

    ``named``: of a release that has some of its own name, only those: what lies beside, nobody may ever import. Of one
    that has none, what is certainly installed.
    """
    found: list[str] = []
    for name in sorted(packages):
        surface = environment.surface(name)
        tops = [top for top in surface.tops() if _is_public(top)] if surface is not None else []
        if surface is not None and named:
            own = [top for top in tops if canonicalize_name(top) == name]
            tops = own or [top for top in tops if not surface.is_guessed(top)]
        found += tops
    return found


def _next(behind: Behind, environment: Environment, told: Told) -> Iterator[Break]:
    """What importing the packages behind the crash is bound to die of, as far as the cause is the same."""
    named = frozenset(cause for cause in behind.causes if cause is not None)
    entries = _public(behind.packages, environment)
    concerned = behind.packages | named
    found = judge.breaks(entries, environment, concerned, behind.packages, told=told)
    for each in found:
        if not each.soft and (each.provider.name if each.provider else None) in behind.causes:
            yield each


def _is_public(top: str) -> bool:
    """Whether a top-level package is there to be imported."""
    return not top.startswith("_") and top not in _ASIDE
