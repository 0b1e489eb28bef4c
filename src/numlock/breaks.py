"""Breaks in code that a set of versions is bound to run into, gathered over all the sets that a search looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.facts import Facts, Modules, module_of, scan
from numlock.judge import Break
from numlock.model import (
    Because,
    Code,
    Conflict,
    ConflictKind,
    Crash,
    Evidence,
    Frame,
    Key,
    Member,
    Place,
    Source,
    Symbol,
    Target,
    Unknown,
    Unparsed,
    Use,
)

Neighbours = Callable[[NormalizedName, int], list[Key]]
_MOST = 32  # releases that one break is looked for in


@dataclass(slots=True)
class _Known:
    """One break: the releases that ask for the symbol, those that lack it, and how far it was looked for."""

    kind: ConflictKind
    member: str
    symbol: Symbol
    users: dict[Version, Because] = field(default_factory=dict)
    lacking: set[Version] = field(default_factory=set)
    asked: set[Key] = field(default_factory=set)
    ahead: int = 1


class Breaks:
    """What walks through the code of environments have found."""

    def __init__(self, facts: Facts, target: Target, crash: Crash | None) -> None:
        self._facts = facts
        self._entries = tuple(_entries(crash, target)) if crash else ()
        self._survived = crash is not None and not _at_import(crash)
        self._known: dict[tuple[NormalizedName, NormalizedName | None, Symbol], _Known] = {}
        self._false: set[tuple[NormalizedName, NormalizedName | None, Symbol]] = set()

    def look(
        self,
        versions: Mapping[NormalizedName, Version],
        concerned: frozenset[NormalizedName],
        walked: frozenset[NormalizedName],
        neighbours: Neighbours,
        *,
        crashed: bool = False,
    ) -> bool:
        """Walk through an environment; whether that found anything new. ``crashed``: it is the one of the log."""
        if not self._entries:
            return False
        environment = self._facts.environment(versions)
        new = False
        for found in judge.breaks(self._entries, environment, concerned, walked):
            place = (found.user.name, found.provider.name if found.provider else None, found.symbol)
            if crashed and self._survived:
                self._false.add(place)  # the log shows that importing went well
            if place in self._false:
                continue
            known = self._known.setdefault(
                place, _Known(kind=found.kind, member=found.member, symbol=found.symbol)
            )
            new |= found.user.version not in known.users
            new |= found.provider is not None and found.provider.version not in known.lacking
            self._take(known, found)
            self._spread(place, known, neighbours)
        return new

    def _take(self, known: _Known, found: Break) -> None:
        known.users.setdefault(found.user.version, _because(found.user, found.member, found.line, found))
        if found.provider is not None:
            known.lacking.add(found.provider.version)

    def _spread(
        self,
        place: tuple[NormalizedName, NormalizedName | None, Symbol],
        known: _Known,
        neighbours: Neighbours,
    ) -> None:
        """The same break in neighbouring releases, farther each time that it turns up again."""
        user, provider, _ = place
        known.ahead = min(known.ahead * 2, _MOST)
        fresh = [key for key in neighbours(user, known.ahead) if key not in known.asked]
        for key, modules in self._read(fresh, module_of(known.member)):
            if because := _same_use(modules, known):
                known.users.setdefault(key.version, because)
        known.asked |= set(fresh)
        if provider is None or known.kind is ConflictKind.SIGNATURE:
            return
        fresh = [key for key in neighbours(provider, known.ahead) if key not in known.asked]
        known.asked |= set(fresh)
        for key, modules in self._read(fresh, known.symbol.module):
            if modules.offers(known.symbol.module, known.symbol.name) is False:
                known.lacking.add(key.version)

    def _read(self, keys: Iterable[Key], module: str | None) -> list[tuple[Key, Modules]]:
        found = [(k, m) for k, m in self._facts.modules(keys).items() if not isinstance(m, Unknown)]
        if module is None or not found:
            return []
        self._facts.read_codes([(modules, [module]) for _, modules in found])
        return found

    def conflicts(self) -> Iterator[Conflict]:
        """Every break found so far, with all releases that are known to have it."""
        for (user, provider, _), known in self._known.items():
            members = [Member(user, frozenset(known.users))]
            if provider is not None:
                members.append(Member(provider, frozenset(known.lacking)))
            yield Conflict(
                kind=known.kind, members=tuple(members), because=(next(iter(known.users.values())),)
            )


def _because(user: Key, member: str, line: int, found: Break) -> Because:
    what = {
        ConflictKind.PYTHON: "which this Python does not have",
        ConflictKind.SIGNATURE: f"which {found.provider} does not take",
    }.get(found.kind, f"which {found.provider} does not have")
    text = f"{user} {member}:{line} asks for {found.symbol}, {what}"
    if found.symbol.module.startswith("syntax "):
        text = f"{user} {member}:{line} cannot be parsed by this Python: {found.symbol.module[7:]}"
    source = Source(url=str(user), member=member, line=line)
    return Because(text=text, evidence=Evidence.SOURCE, source=source)


def _same_use(modules: Modules, known: _Known) -> Because | None:
    """The same certain use in the same module of another release."""
    module = module_of(known.member) or ""
    code = modules.code([module])[module]
    if isinstance(code, Unparsed) and known.symbol.module.startswith("syntax "):
        text = f"{modules.key} {known.member}:{code.line} cannot be parsed by this Python: {code.why}"
        return Because(text=text, evidence=Evidence.SOURCE)
    if not isinstance(code, Code):
        return None
    use = next((use for use in code.uses if use.certain and _asks(use, known)), None)
    if use is None:
        return None
    text = f"{modules.key} {known.member}:{use.line} asks for {known.symbol} too"
    source = Source(url=str(modules.key), member=known.member, line=use.line)
    return Because(text=text, evidence=Evidence.SOURCE, source=source)


def _asks(use: Use, known: _Known) -> bool:
    symbol = known.symbol
    wanted = f"{symbol.module}.{symbol.name}" if symbol.name else symbol.module
    if known.kind is ConflictKind.SIGNATURE:
        return use.name == wanted and use.call is not None and symbol.parameter in use.call.keywords
    return use.name == wanted or use.name.startswith(f"{wanted}.")


def _entries(crash: Crash, target: Target) -> Iterator[str]:
    """The modules that the crash's frames show to be imported: libraries' own, and what the project's lines import."""
    for frame in crash.frames:
        if frame.place is Place.LIBRARY and frame.inside:
            if module := module_of(frame.inside):
                yield module
        elif frame.place is Place.PROJECT and frame.code:
            yield from _imported(frame, target)


def _imported(frame: Frame, target: Target) -> Iterator[str]:
    code = scan(frame.code or "", "__main__", is_package=False, target=target)
    if isinstance(code, Code):
        yield from (use.name for use in code.uses)


def _at_import(crash: Crash) -> bool:
    """Whether the crash came while modules were imported."""
    inside = [frame for frame in crash.frames if frame.place is not Place.SYNTHETIC]
    return all(frame.function in ("<module>", None) for frame in inside)
