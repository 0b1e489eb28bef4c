"""The same break in other releases than those that it was found between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.besides import Besides
from numlock.binaries import Binaries
from numlock.facts import Facts, Modules, module_of
from numlock.model import (
    Because,
    Check,
    Code,
    ConflictKind,
    Fit,
    Key,
    Library,
    Symbol,
    Unknown,
    Unparsed,
    Use,
    Wants,
)
from numlock.offering import has

Neighbours = Callable[[NormalizedName, int], list[Key]]
ALL = 1_000  # releases of a package
_MOST = 32  # releases that one break is looked for in
_OFFERED = (ConflictKind.MODULE, ConflictKind.NAME)


class Place(NamedTuple):
    """Which packages a break is between (user None: the project; provider None: Python), and over what."""

    user: NormalizedName | None
    provider: NormalizedName | None
    symbol: Symbol
    soft: bool
    refused: tuple[Check, ...] = ()
    wants: Wants | Library | None = None


@dataclass(slots=True)
class Extent:
    """How far a break goes: the releases that ask for the symbol, those that lack it, and how far it was looked for.

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


class Elsewhere:
    """Asks other releases. ``neighbours``: those of a package nearest to its pinned one, so many on either side."""

    def __init__(self, facts: Facts, binaries: Binaries, besides: Besides, neighbours: Neighbours) -> None:
        self._facts = facts
        self._binaries = binaries
        self._besides = besides
        self._neighbours = neighbours
        self._members: dict[tuple[Key, Symbol], bool] = {}

    def had(self, provider: Key, symbol: Symbol) -> bool:
        """Whether other releases than one have a member that its class lacks."""
        if (provider, symbol) not in self._members:
            self._members[provider, symbol] = any(
                has(each, symbol)
                for keys in _around(provider, self._facts)
                for each in self._opened(keys, symbol.module)
            )
        return self._members[provider, symbol]

    def spread(self, place: Place, known: Extent) -> None:
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
            fresh = _not_asked(known, self._neighbours(place.user, known.ahead))
            for modules in self._opened(fresh, module_of(known.member) or ""):
                if alike(modules, known, place):
                    known.users.add(modules.key.version)
        if place.provider is not None and known.kind is ConflictKind.ADVISORY:
            versions = {key.version for key in self._neighbours(place.provider, ALL)}
            known.lacking |= self._besides.refusing(place.provider, versions)
        elif place.provider is not None and known.kind in _OFFERED:
            self._ask(place, known, self._neighbours(place.provider, known.ahead))

    def ask_moved(self, place: Place, known: Extent, versions: Mapping[NormalizedName, Version]) -> bool:
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

    def _ask(self, place: Place, known: Extent, keys: Iterable[Key]) -> None:
        """Ask releases of the provider, which were not asked before, whether they have the symbol."""
        fresh = _not_asked(known, keys)
        told = {each.key: has(each, place.symbol) for each in self._opened(fresh, place.symbol.module)}
        known.lacking |= {key.version for key in fresh if told.get(key) is False}
        known.untold |= {key.version for key in fresh if told.get(key) is None}

    def _opened(self, keys: Iterable[Key], module: str) -> list[Modules]:
        """Those of releases that can be read, with one of their modules read."""
        found = [each for each in self._facts.modules(keys).values() if not isinstance(each, Unknown)]
        self._facts.read_codes([(modules, [module]) for modules in found])
        return found

    def _same_refusal(self, modules: Modules, known: Extent, place: Place) -> bool:
        """Whether another release refuses the same versions in the same module."""
        module = module_of(known.member) or ""
        code = modules.code([module])[module]
        if place.provider is None or not isinstance(code, Code):
            return False
        name, version = modules.key
        environment = self._facts.environment({name: version, place.provider: next(iter(known.lacking))})
        found = judge.refusals(code, environment)
        return any(each.provider.name == place.provider and each.checks == place.refused for each in found)

    def _spread_binary(self, place: Place, wants: Wants | Library, known: Extent) -> None:
        """The same misfit in other releases, looked for once."""
        if isinstance(wants, Wants):
            lacking = self._binaries.lacking(wants, self._neighbours(wants.package, ALL))
            known.lacking |= {key.version for key in lacking}
        if place.user is not None and not known.asked and not place.soft:
            known.asked = set(self._neighbours(place.user, ALL))
            user = Key(place.user, next(iter(known.users)))
            wanting = self._binaries.wanting(user, known.member, wants, known.asked)
            known.users |= {key.version for key in wanting}


def _not_asked(known: Extent, keys: Iterable[Key]) -> list[Key]:
    """Those of releases that were not asked before; they are now."""
    fresh = [key for key in keys if key not in known.asked]
    known.asked |= set(fresh)
    return fresh


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


def _same_use(modules: Modules, known: Extent, place: Place) -> bool:
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
