"""Code against code: what importing a project's way into its packages is bound to ask for and not to find.

The walk starts at modules that are certainly imported and follows imports that no condition, guard or function stands
around; so whatever it finds missing is an error, and whatever it cannot tell it passes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from numlock.judge.binary import misfits
from numlock.judge.interface import NOTHING_TOLD, Break, Environment, Surface, Told
from numlock.judge.lookup import Lookup, Missing
from numlock.judge.refusal import refusals
from numlock.judge.sieve import content
from numlock.model import (
    Check,
    Code,
    ConflictKind,
    Demands,
    InPackage,
    Passed,
    Symbol,
    Unparsed,
    Use,
    Uses,
)

_MODULES = 5_000  # modules that a walk looks into


def breaks(
    entries: Iterable[str],
    environment: Environment,
    concerned: frozenset[NormalizedName],
    walked: frozenset[NormalizedName],
    *,
    project: Iterable[tuple[str, Use]] = (),
    perhaps: Iterable[str] = (),
    told: Told = NOTHING_TOLD,
) -> tuple[Break, ...]:
    """The breaks on the way of importing ``entries`` (dotted names), between packages one of which is ``concerned``.

    ``project`` is what the project's own lines use, with the files that they stand in; ``perhaps`` are modules that it
    may import, too. Only modules of ``walked`` packages are looked into.
    """
    walk = _Walk(environment, concerned, walked, told)
    found = list(walk.check_project(project))
    found += walk.check(walk.reach(entries))
    found += misfits(walk.loaded, environment, concerned)
    walk.loaded.clear()
    found += (each._replace(soft=True) for each in walk.check(walk.reach(perhaps)))
    found += (each._replace(soft=True) for each in misfits(walk.loaded, environment, concerned))
    walk.keep()
    return tuple(dict.fromkeys(found))


class _Module(NamedTuple):
    """A module that is walked through, with those of its uses that matter."""

    surface: Surface
    name: str
    code: Code | Unparsed
    uses: tuple[Use, ...]

    @property
    def place(self) -> InPackage:
        """Where it is."""
        return self.surface.key.name, self.name

    @property
    def path(self) -> str:
        """Where its source stands."""
        return self.surface.path(self.name) or self.name


class _Walk:
    def __init__(
        self,
        environment: Environment,
        concerned: frozenset[NormalizedName],
        walked: frozenset[NormalizedName],
        told: Told,
    ) -> None:
        self._patched = set(told.patched)
        self._told = told
        # Of these names more is told than code shows, so that what earlier walks saw of them says nothing.
        self._doubted = {name.split(".", 1)[0] for name in (*told.gone, *told.refused)}
        self._environment = environment
        self._lookup = Lookup(environment, concerned, told)
        self._concerned = concerned
        self._tops = environment.tops(concerned)
        self._walked = walked
        self._seen: set[InPackage] = set()
        self._placed: dict[str, tuple[InPackage, ...]] = {}
        self._passed: dict[InPackage, Passed] = {}  # those without syntax errors, with what was seen of them
        self._news: set[InPackage] = set()  # of which more is known than earlier walks saw
        self.loaded: dict[
            NormalizedName, list[str]
        ] = {}  # modules without source that were reached: compiled ones

    def reach(self, entries: Iterable[str]) -> list[InPackage]:
        """Every module with source that is certainly imported, in rounds."""
        reached: list[InPackage] = []
        pending = {place for entry in entries for place in self._places(entry)}
        while pending := {place for place in pending if place[0] in self._walked} - self._seen:
            if len(self._seen) >= _MODULES:
                break
            self._seen |= pending
            self._passed |= self._environment.passed(pending)
            demands = self._environment.demands(sorted(pending - self._passed.keys()))
            following: set[InPackage] = set()
            for place in sorted(pending):
                passed = self._passed.get(place) or self._pass(place, demands.get(place))
                if passed.is_source:
                    reached.append(place)
                    following |= passed.follows
                    self._patched |= passed.patches
                else:
                    self.loaded.setdefault(place[0], []).append(place[1])
            pending = following
        return reached

    def _pass(self, place: InPackage, demands: Demands | None) -> Passed:
        """Pass through a module for the first time."""
        if demands is not None:
            sound = demands.asks & self._environment.sound(*place)
            passed = Passed(self._leads(demands.certain), demands.asks, sound, demands.patches)
        elif isinstance(code := self._code(*place), Code):
            # What it asks for hangs on versions, so nothing that was seen beside others counts.
            certain = {name for name, when in code.uses.certain() if self._applies(when)}
            passed = Passed(
                self._leads(certain), code.uses.asks() | self._rests_on(code), patches=code.patches
            )
        elif code is not None:
            return Passed()
        else:
            passed = Passed(is_source=False)
        self._learn(place, passed)
        return passed

    def _rests_on(self, code: Code) -> frozenset[str]:
        """The top-level names that decide which versions a module compares."""
        checks = {*code.uses.checks(), *(check for guard in code.guards for check in guard.when)}
        return frozenset[str]().union(*map(self._environment.rests_on, checks))

    def _learn(self, place: InPackage, passed: Passed) -> None:
        self._passed[place] = passed
        self._news.add(place)

    def keep(self) -> None:
        """Remember what was learnt."""
        for place in sorted(self._news):
            self._environment.keep(*place, self._passed[place])
        self._news.clear()

    def _leads(self, names: Iterable[str]) -> frozenset[InPackage]:
        return frozenset[InPackage]().union(*map(self._places, names))

    def _code(self, name: NormalizedName, module: str) -> Code | Unparsed | None:
        surface = self._environment.surface(name)
        return surface.code([module])[module] if surface else None

    def _places(self, dotted: str) -> tuple[InPackage, ...]:
        """The modules that importing a dotted name runs: those of its prefixes that are modules."""
        if dotted not in self._placed:
            self._placed[dotted] = self._find_places(dotted)
        return self._placed[dotted]

    def _find_places(self, dotted: str) -> tuple[InPackage, ...]:
        parent = dotted.rpartition(".")[0]
        around = self._places(parent) if parent else ()
        if len(around) < dotted.count("."):  # what stands around it is no module
            return around
        surface = self._lookup.owner(dotted)
        if surface is None or not surface.has(dotted):
            return around
        return (*around, (surface.key.name, dotted))

    # --- what a module asks for -----------------------------------------------------------------

    def check(self, places: Iterable[InPackage]) -> Iterator[Break]:
        """The breaks of modules."""
        asked = {place: tops for place in places if (tops := self._open(place)) != frozenset()}
        judged = {place: tops for place, tops in asked.items() if tops is not None}
        found = set(content(judged, self._environment, self._lookup, self._matters))
        for place in sorted(found):
            self._find(place, set())
        unsure = [place for place in asked if place not in found]  # whose code is to be asked
        self._environment.prefetch(unsure)
        modules = [module for place in unsure if (module := self._module(*place))]
        answers = iter(self._lookup.ask([(module.surface, use) for module in modules for use in module.uses]))
        for module in modules:
            told = [next(answers) for _ in module.uses]
            refused = list(self._refusals(module))
            if not refused:
                wanting = {use.top for use, missing in zip(module.uses, told, strict=True) if missing}
                self._find(module.place, wanting)
            yield from refused
            yield from self._check(module, told)

    def _open(self, place: InPackage) -> frozenset[str] | None:
        """The top-level names that a module is to be judged by; None where only its code tells."""
        if (passed := self._passed.get(place)) is None:
            return None
        return self._asked(place[0], passed) - (passed.sound - self._doubted)

    def _asked(self, name: NormalizedName, passed: Passed) -> frozenset[str]:
        """What matters here of what a module of a package asks for."""
        return passed.asks if name in self._concerned else passed.asks & self._tops

    def _find(self, place: InPackage, wanting: set[str]) -> None:
        """Remember of which packages a module finds all that it asks for."""
        if (passed := self._passed.get(place)) is None:
            return
        owners = self._environment.owners
        asked = {
            top
            for top in self._asked(place[0], passed)
            if place[0] in self._concerned or self._concerned.issuperset(owners(top))
        }
        if not (sound := asked - wanting - self._doubted) <= passed.sound:
            self._learn(place, passed._replace(sound=passed.sound | sound))

    def _module(self, name: NormalizedName, module: str) -> _Module | None:
        surface = self._environment.surface(name)
        code = self._code(name, module)
        if surface is None or code is None:
            return None
        uses = self._relevant(name, module, code.uses) if isinstance(code, Code) else ()
        return _Module(surface, module, code, tuple(uses))

    def _relevant(self, name: NormalizedName, module: str, uses: Uses) -> Iterator[Use]:
        """What a module of a package asks for of others that matters here and is not known to be found."""
        tops = self._open((name, module))
        if tops is None:
            tops = self._asked(name, Passed(asks=uses.asks()))
        for use in uses.about(tops):
            if self._matters(name, use) and self._applies(use.when):
                yield use

    def _matters(self, name: NormalizedName, use: Use) -> bool:
        """Whether a use of a package's is of another one, and either is concerned."""
        owners = self._environment.owners(use.name)
        return owners != (name,) and (name in self._concerned or not self._concerned.isdisjoint(owners))

    def _check(self, module: _Module, answers: Iterable[Missing | None]) -> Iterator[Break]:
        surface, _, code, uses = module
        if isinstance(code, Unparsed):
            if surface.key.name in self._concerned:
                symbol = Symbol(f"syntax ({code.why})")
                yield Break(ConflictKind.PYTHON, surface.key, module.path, code.line or 0, symbol, None)
            return
        failed: list[int] = []
        # What may be missing, as the module itself says: when it is imported, or at all.
        ready = {use.name for use in uses if use.guarded and use.at_import}
        expected = {use.name for use in uses if use.guarded}
        for use, missing in zip(uses, answers, strict=True):
            if missing is None or self._is_told(use, missing):
                continue
            if use.rescues and not any(use.rescues[0] <= line <= use.rescues[1] for line in failed):
                continue  # a line that is not reached does not fail
            failed.append(use.line)
            kind, symbol, provider, why = missing
            # Behind an import that may fail, a line that needs what it brings is not reached.
            if not (ready if use.at_import else expected) & {use.name, symbol.dotted}:
                # A class may be given members from anywhere, so of one that lacks a member only a run is certain.
                soft = not use.at_import or "." in (symbol.name or "")
                yield Break(kind, surface.key, module.path, use.line, symbol, provider, soft=soft, why=why)

    def check_project(self, uses: Iterable[tuple[str, Use]]) -> Iterator[Break]:
        """What the project's own lines do not find."""
        relevant = [(path, use) for path, use in uses if self._concerns(use) and self._applies(use.when)]
        answers = self._lookup.ask([(None, use) for _, use in relevant])
        for (path, use), missing in zip(relevant, answers, strict=True):
            if missing is not None and missing.provider is not None and not self._is_told(use, missing):
                kind, symbol, provider, why = missing
                yield Break(kind, None, path, use.line, symbol, provider, soft=not use.at_import, why=why)

    def _refusals(self, module: _Module) -> Iterator[Break]:
        """Where a module raises because of another release's version."""
        surface, _, code, _ = module
        for refusal in refusals(code, self._environment) if isinstance(code, Code) else ():
            line, provider, checks = refusal
            concerned = {provider.name, surface.key.name} & self._concerned
            if concerned and provider != surface.key and refusal.hits:
                symbol = Symbol(checks[0].subject)
                yield Break(
                    ConflictKind.GUARD, surface.key, module.path, line, symbol, provider, refused=checks
                )

    def _applies(self, when: tuple[Check, ...]) -> bool:
        """Whether checks of other versions certainly hold."""
        for check in when:
            resolved = self._environment.resolve(check)
            if resolved is None or not all(each.holds(key.version) for key, each in resolved):
                return False
        return True

    def _concerns(self, use: Use) -> bool:
        """Whether a use of the project's is of a package that is concerned."""
        return not self._concerned.isdisjoint(self._environment.owners(use.name))

    def _is_written(self, name: str, missing: str) -> bool:
        """Whether somebody gives a module a name, or some object an attribute that a class does not have."""
        kind, _, member = missing.rpartition(".")
        parts = name.replace("()", "").split(".")
        around = {".".join([*parts[:count], "*"]) for count in range(1, len(parts))}
        return (
            name in self._patched
            or (bool(kind) and f".{member}" in self._patched)
            or not around.isdisjoint(self._patched)
        )

    def _is_told(self, use: Use, missing: Missing) -> bool:
        """Whether what is missing comes from elsewhere: somebody writes it, or an installer brings it."""
        if self._is_written(use.name, missing.symbol.name or ""):
            return True
        if "*" in self._patched and (use.module or missing.symbol.dotted != use.name):
            return True  # a module: any may be put into sys.modules
        brought = self._told.brought
        return missing.provider is None and canonicalize_name(use.top) in brought
