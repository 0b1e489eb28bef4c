"""Misfits of binaries: what a crash tells of them, and over which releases they go, found by reading few of those."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from packaging.utils import NormalizedName

from numlock import judge
from numlock.facts import Environment, Facts, module_of
from numlock.judge import Break
from numlock.model import (
    ABI,
    Cause,
    ConflictKind,
    Diagnosis,
    Interface,
    Key,
    Library,
    Links,
    Release,
    Symbol,
    Unknown,
    Wants,
)

_LOST = re.compile(r"(lib[\w.+-]{1,80}\.so[\w.]{0,20}): cannot open shared object file")
_SECTIONS = 4  # releases that are read in one go


class Binaries:
    """What compiled modules of releases want of one another."""

    def __init__(self, facts: Facts, diagnosis: Diagnosis | None) -> None:
        binary = diagnosis is not None and diagnosis.cause is Cause.BINARY
        self._victim = diagnosis.victim if diagnosis and binary else None
        lost = _LOST.search(diagnosis.summary) if diagnosis and binary else None
        self._lost = Library(lost[1]) if lost else None
        self._facts = facts
        self.unsure: set[Key] = (
            set()
        )  # releases too large to be read, made when hardly anything had the newer ABI

    def of_victim(self, environment: Environment) -> Iterator[Break]:
        """The misfits of the package whose compiled module the log saw die: whatever of it was loaded did not fit."""
        surface = environment.surface(self._victim) if self._victim else None
        if surface is None:
            return
        name = surface.key.name
        loaded = {name: surface.all_compiled()}
        found = [each for each in judge.misfits(loaded, environment, frozenset({name})) if not each.soft]
        yield from found
        if self._lost is not None:
            yield from self._unlinked(surface.key, self._lost, environment.links(loaded).get(name, ()))
        elif not found and loaded[name] and not environment.links(loaded).get(name):
            yield from self._too_old(surface.key, loaded[name][0], environment)

    def _unlinked(self, user: Key, lost: Library, linked: Iterable[Links]) -> Iterator[Break]:
        """The compiled module that is linked to the library which the log says nobody has."""
        for links in linked:
            if lost.name in links.needed:
                why = f"is linked to {lost.name}, which the log says is not there"
                symbol = Symbol(lost.name)
                yield Break(ConflictKind.BINARY, user, links.path, 0, symbol, None, wants=lost, why=why)
                return

    def _too_old(self, user: Key, module: str, environment: Environment) -> Iterator[Break]:
        """What the time says that a release was made at, where its compiled modules are too large to be read."""
        for interface in environment.interfaces():
            provider = Key(interface.package, environment.versions[interface.package])
            number = interface.too_early(self._made(user) or "9")
            wants = Wants(interface.package, ABI, number or 0)
            if number is not None and interface.meets(wants, provider.version) is False:
                why = f"was made when there was no other ABI than {wants}; it does not load beside {provider}"
                symbol = Symbol(interface.top, ABI)
                yield Break(ConflictKind.BINARY, user, module, 0, symbol, provider, wants=wants, why=why)

    def _made(self, key: Key) -> str | None:
        release = self._facts.release_of([key])[key]
        return release.uploaded if isinstance(release, Release) else None

    # --- other releases ----------------------------------------------------------------------------

    def lacking(self, wants: Wants, releases: Iterable[Key]) -> set[Key]:
        """The releases of a provider that do not give what is wanted."""
        interface = self._interface(wants.package)
        return {key for key in releases if interface and interface.meets(wants, key.version) is False}

    def wanting(self, user: Key, member: str, wants: Wants | Library, candidates: Iterable[Key]) -> set[Key]:
        """The candidates whose compiled module refuses what ``user``'s refuses.

        A package is built for newer binaries once and then goes on so; where what is read does not bear that out, only
        the releases that were read are named.
        """
        ordered = sorted(candidates)
        above = [key for key in ordered if key > user]
        below = [key for key in reversed(ordered) if key < user]

        def failing(keys: list[Key]) -> set[Key]:
            return self._failing(keys, module_of(member) or member, wants)

        return boundary(above, failing) | boundary(below, failing)

    def _failing(self, keys: list[Key], member: str, wants: Wants | Library) -> set[Key]:
        readable = [each for each in self._facts.modules(keys).values() if not isinstance(each, Unknown)]
        linked = self._facts.links(
            [(modules, [member]) for modules in readable if modules.compiled(member)],
        )
        return {key for key, links in linked.items() if self._wants(key, links, wants)}

    def _wants(self, key: Key, found: tuple[Links, ...] | Unknown, wants: Wants | Library) -> bool:
        if isinstance(found, Unknown):
            return False
        if isinstance(wants, Library):
            return any(wants.name in links.needed for links in found)
        interface = self._interface(wants.package)
        if interface is None:
            return False
        if not found:
            made = self._made(key) if wants.what == ABI else None
            if made and interface.early(made) == wants.number:
                self.unsure.add(key)
            return bool(made) and interface.too_early(made or "") == wants.number
        each = (pair for links in found for pair in judge.wants_of(links, interface))
        return any(certain and wants.includes(other) for other, certain in each)

    def _interface(self, package: NormalizedName) -> Interface | None:
        return next((each for each in self._facts.interfaces() if each.package == package), None)


def boundary(ordered: Sequence[Key], failing: Callable[[list[Key]], set[Key]]) -> set[Key]:
    """The releases up to the first that does not fail, where those that are read fail up to one point and not beyond.

    ``ordered``: the nearest to one that fails first. Each round reads a few at even distances.
    """
    low, high = -1, len(ordered)
    read: set[Key] = set()
    while high - low > 1:
        step = max(1, (high - low) // (_SECTIONS + 1))
        places = list(range(low + step, high, step))[: _SECTIONS + 1]
        bad = failing([ordered[place] for place in places])
        read |= bad
        verdicts = [ordered[place] in bad for place in places]
        if verdicts != sorted(verdicts, reverse=True):
            return read
        low = max([low, *(place for place, verdict in zip(places, verdicts, strict=True) if verdict)])
        high = min([high, *(place for place, verdict in zip(places, verdicts, strict=True) if not verdict)])
    return set(ordered[: low + 1])
