"""Breaks in code that a set of versions is bound to run into, gathered over all the sets that a search looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.besides import Besides
from numlock.binaries import Binaries
from numlock.facts import Environment, Facts, Modules, module_of
from numlock.judge import Break, Told
from numlock.model import (
    Because,
    Check,
    Code,
    Conflict,
    ConflictKind,
    Crash,
    Diagnosis,
    Evidence,
    Fit,
    Key,
    Library,
    Member,
    Source,
    Symbol,
    Target,
    Unknown,
    Unparsed,
    Use,
    Wants,
)
from numlock.uses import crash_uses, entries, source_uses

Neighbours = Callable[[NormalizedName, int], list[Key]]
ALL = 1_000  # releases of a package
_MOST = 32  # releases that one break is looked for in
_ASIDE = frozenset(
    {"test", "tests", "testing", "docs", "examples", "scripts", "benchmarks", "conftest", "setup"}
)
_OFFERED = (ConflictKind.MODULE, ConflictKind.NAME)
_SOFT_ROUNDS = 6  # environments that are looked through for breaks that a run may meet


class _Place(NamedTuple):
    """Which packages a break is between (user None: the project; provider None: Python), and over what."""

    user: NormalizedName | None
    provider: NormalizedName | None
    symbol: Symbol
    soft: bool
    refused: tuple[Check, ...] = ()
    wants: Wants | Library | None = None


@dataclass(slots=True)
class _Known:
    """One break: the releases that ask for the symbol, those that lack it, and how far it was looked for.

    ``untold``: releases whose source does not tell whether they have it.
    """

    kind: ConflictKind
    member: str
    because: Because
    users: set[Version] = field(default_factory=set)
    lacking: set[Version] = field(default_factory=set)
    untold: set[Version] = field(default_factory=set)
    asked: set[Key] = field(default_factory=set)
    ahead: int = 1


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
        """``neighbours``: the releases of a package that are nearest to its pinned one, so many on either side."""
        self._neighbours = neighbours
        self._culprit = diagnosis.culprit if diagnosis else None
        self._binaries = Binaries(facts, diagnosis)
        self._crashed = crash is not None
        self._facts = facts
        self._entries = tuple(entries(crash)) if crash else ()
        self._project = list(crash_uses(crash, target)) if crash else []
        died = [frame.file.replace("\\", "/") for frame in crash.frames] if crash else []
        uses, patched = source_uses(project, facts, died)
        self._besides = Besides(facts, crash, diagnosis, patched)
        self._project += uses
        self._survived = crash is not None and not crash.at_import
        self._known: dict[_Place, _Known] = {}
        self._fresh: list[_Place] = []  # what other releases were not asked about since it was found
        self._false: set[_Place] = set()
        self._members: dict[tuple[Key, Symbol], bool] = {}  # whether some other release has what one lacks
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
        brought: frozenset[NormalizedName] = frozenset(),
        crashed: bool = False,
    ) -> bool:
        """Walk through an environment; whether that found anything new.

        ``around`` are packages that the project may import besides; ``behind``, the next to die of what the crash died
        of; ``brought``, what an installer adds to the pins; ``crashed``: the environment is that of the log.
        Where neither a crash nor source tells what the project imports, it is taken to import them all.
        """
        if self._crashed and not self._entries and not self._project:
            return False
        self._rounds += 1
        environment = self._facts.environment(versions)
        entries = [*self._entries, *(use.name for _, use in self._project if use.certain)]
        perhaps = _public(around, environment)
        if not entries:
            entries, perhaps = perhaps, []
        told = self._besides.told(versions, brought, crashed=crashed)
        found = judge.breaks(
            entries, environment, concerned, walked, project=self._project, perhaps=perhaps, told=told
        )
        found = tuple(each for each in found if not self._besides.is_brought(each, brought))
        logged = list(self._binaries.of_victim(environment))
        news = [self._take(each, crashed=False) for each in logged]
        news += [self._take(each, crashed=crashed) for each in found if each not in logged]
        if behind.packages and not self._survived:
            news += [self._take(each, crashed=False) for each in _next(behind, environment, told)]
        news += [self._ask_moved(place, known, versions) for place, known in self._known.items()]
        return any(news)

    def _take(self, found: Break, *, crashed: bool) -> bool:
        """Keep a break; whether it is news."""
        user, provider = found.user, found.provider
        place = _Place(
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
            self._known[place] = _Known(kind=found.kind, member=found.member, because=_because(found))
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
        if (provider, found.symbol) not in self._members:
            self._members[provider, found.symbol] = any(
                _offers(each, found.symbol)
                for keys in _around(provider, self._facts)
                for each in self._facts.modules(keys).values()
                if not isinstance(each, Unknown)
            )
        return self._members[provider, found.symbol]

    def spread(self) -> None:
        """Look for what was found since in other releases, too: nobody asks before there is a plan to be made."""
        fresh, self._fresh = self._fresh, []
        for place in fresh:
            self._spread(place, self._known[place])

    def _spread(self, place: _Place, known: _Known) -> None:
        """The same break in neighbouring releases, farther each time that it turns up again."""
        if place.wants is not None:
            self._spread_binary(place, place.wants, known)
            return
        known.ahead = min(known.ahead * 2, _MOST)
        if place.refused and place.provider is not None:
            versions = {key.version for key in self._neighbours(place.provider, _MOST)}
            known.lacking |= {each for each in versions if all(check.holds(each) for check in place.refused)}
        if place.user is not None:
            alike = self._same_refusal if place.refused else _same_use
            for modules in self._read(place.user, known, module_of(known.member)):
                if alike(modules, known, place):
                    known.users.add(modules.key.version)
        if place.provider is not None and known.kind is ConflictKind.ADVISORY:
            versions = {key.version for key in self._neighbours(place.provider, ALL)}
            known.lacking |= self._besides.refusing(place.provider, versions)
        elif place.provider is not None and known.kind in _OFFERED:
            self._ask(place, known, self._neighbours(place.provider, known.ahead))

    def _ask_moved(self, place: _Place, known: _Known, versions: Mapping[NormalizedName, Version]) -> bool:
        """Ask the release that a provider was moved to, where its user still asks; whether that speaks against it."""
        if place.provider is None or place.soft or known.kind not in _OFFERED:
            return False
        if place.user is not None and versions.get(place.user) not in known.users:
            return False
        key = Key(place.provider, versions[place.provider])
        if key.version in known.lacking or key in known.asked:
            return False
        self._ask(place, known, [key])
        return key.version in known.lacking or key.version in known.untold

    def _ask(self, place: _Place, known: _Known, keys: Iterable[Key]) -> None:
        """Ask releases of the provider, which were not asked before, whether they have the symbol."""
        fresh = [key for key in keys if key not in known.asked]
        known.asked |= set(fresh)
        found = [each for each in self._facts.modules(fresh).values() if not isinstance(each, Unknown)]
        self._facts.read_codes([(modules, [place.symbol.module]) for modules in found])
        told = {each.key: _offers(each, place.symbol) for each in found}
        known.lacking |= {key.version for key in fresh if told.get(key) is False}
        known.untold |= {key.version for key in fresh if told.get(key) is None}

    def _same_refusal(self, modules: Modules, known: _Known, place: _Place) -> bool:
        """Whether another release refuses the same versions in the same module."""
        module = module_of(known.member) or ""
        code = modules.code([module])[module]
        if place.provider is None or not isinstance(code, Code):
            return False
        name, version = modules.key
        environment = self._facts.environment({name: version, place.provider: next(iter(known.lacking))})
        found = judge.refusals(code, environment)
        return any(each.provider.name == place.provider and each.checks == place.refused for each in found)

    def _spread_binary(self, place: _Place, wants: Wants | Library, known: _Known) -> None:
        """The same misfit in other releases, looked for once."""
        if isinstance(wants, Wants):
            lacking = self._binaries.lacking(wants, self._neighbours(wants.package, ALL))
            known.lacking |= {key.version for key in lacking}
        if place.user is not None and not known.asked and not place.soft:
            known.asked = set(self._neighbours(place.user, ALL))
            user = Key(place.user, next(iter(known.users)))
            wanting = self._binaries.wanting(user, known.member, wants, known.asked)
            known.users |= {key.version for key in wanting}

    def _read(self, name: NormalizedName, known: _Known, module: str | None) -> list[Modules]:
        """Neighbouring releases that were not asked before, with one of their modules read."""
        fresh = [key for key in self._neighbours(name, known.ahead) if key not in known.asked]
        known.asked |= set(fresh)
        found = [each for each in self._facts.modules(fresh).values() if not isinstance(each, Unknown)]
        if module is None or not found:
            return []
        self._facts.read_codes([(modules, [module]) for modules in found])
        return found

    def conflicts(self) -> Iterator[Conflict]:
        """Every break found so far, with all releases that are known to have it."""
        for place, known in self._known.items():
            sides = ((place.user, known.users), (place.provider, known.lacking))
            members = tuple(Member(name, frozenset(versions)) for name, versions in sides if name is not None)
            yield Conflict(kind=known.kind, members=members, because=(known.because,), soft=place.soft)


def _offers(modules: Modules, symbol: Symbol) -> bool | None:
    """Whether a release has a symbol: a name of a module, or a member of a class; None where it does not tell."""
    kind, _, member = (symbol.name or "").rpartition(".")
    return modules.member(symbol.module, kind, member) if kind else modules.offers(symbol.module, symbol.name)


def _around(key: Key, facts: Facts) -> Iterator[list[Key]]:
    """Of the minor versions before one, and of those behind it, the last releases that fit the target."""
    releases = facts.releases([key.name])[key.name]
    if isinstance(releases, Unknown):
        return
    fit = [each.key for each in releases if each.fit is not Fit.NONE]
    minors = {each.version.release[:2]: each for each in fit if each < key}
    yield list(minors.values())[-_MOST:]
    minors = {each.version.release[:2]: each for each in fit if each > key}
    yield list(minors.values())[:_MOST]


def _because(found: Break) -> Because:
    user = str(found.user) if found.user else ""
    if found.symbol.module.startswith("syntax "):
        text = (
            f"{user} {found.member}:{found.line} cannot be parsed by this Python: {found.symbol.module[7:]}"
        )
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


def _same_use(modules: Modules, known: _Known, place: _Place) -> bool:
    """Whether another release has the same use in the same module, as certainly."""
    module = module_of(known.member) or ""
    code = modules.code([module])[module]
    if isinstance(code, Unparsed):
        return place.symbol.module.startswith("syntax ")
    if not isinstance(code, Code):
        return False
    return any(
        (use.certain or (place.soft and use.sure and not use.guarded))
        and not use.when
        and _asks(use, place.symbol, known.kind)
        for use in code.uses
    )


def _asks(use: Use, symbol: Symbol, kind: ConflictKind) -> bool:
    if kind is ConflictKind.ADVISORY:
        return use.name == symbol.dotted and use.call is not None
    if kind is ConflictKind.SIGNATURE:
        return use.name == symbol.dotted and use.call is not None and symbol.parameter in use.call.keywords
    return use.name == symbol.dotted or use.name.startswith(f"{symbol.dotted}.")


def _public(packages: Iterable[NormalizedName], environment: Environment) -> list[str]:
    """The top-level packages and modules that are there to be imported."""
    surfaces = [environment.surface(name) for name in sorted(packages)]
    return [top for surface in surfaces if surface is not None for top in surface.tops() if _is_public(top)]


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
