"""The code of everything that one set of versions installs, as judging asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.facts.code.versions import PLACE
from numlock.facts.demanded import Demanded
from numlock.facts.modules import Modules
from numlock.facts.reading import Reading
from numlock.facts.stdlib import in_stdlib, stdlib_offers
from numlock.facts.walked import Walk, Walked
from numlock.model import (
    Asked,
    Check,
    Code,
    Contents,
    Demands,
    Form,
    InPackage,
    Interface,
    Key,
    Links,
    Passed,
    Target,
    Unknown,
)

_HOPS = 4  # modules that the name of a version is followed through
_NAMED = "distribution:"  # and its name: in the place of a top-level name
_VERSION_NAMES = frozenset(
    {"__version__", "short_version", "full_version", "version", "VERSION", "version_info", "__version_info__"}
)


class Compiled(NamedTuple):
    """How compiled modules are read, and which C interfaces are known."""

    links: Callable[[Iterable[tuple[Modules, Iterable[str]]]], Mapping[Key, tuple[Links, ...] | Unknown]]
    interfaces: Callable[[], tuple[Interface, ...]]


class Learnt(NamedTuple):
    """What earlier walks saw of modules, and what modules demand whatever is around them."""

    walked: Walked
    demanded: Demanded


class Environment:
    """Implements :class:`numlock.judge.Environment` over releases that can be read."""

    def __init__(
        self,
        versions: Mapping[NormalizedName, Version],
        contents: Mapping[Key, Contents | Unknown],
        target: Target,
        modules: Callable[[Key], Modules | Unknown],
        reading: Reading,
        compiled: Compiled,
        identities: Mapping[NormalizedName, str],
        learnt: Learnt,
    ) -> None:
        self.versions = versions
        self._target = target
        self._modules = modules
        self._reading = reading
        self._compiled = compiled
        self._identities = identities
        self._walked, self._demanded = learnt
        self._walks: dict[NormalizedName, Walk] = {}
        self._files: dict[str, str] = {}
        self._tops: dict[str, list[NormalizedName]] = {}
        self._hooked: set[str] = set()
        self._asked_of: set[str] = set()  # top-level names that checks were resolved with
        self._owners: dict[str, tuple[NormalizedName, ...]] = {}
        self._surfaces: dict[NormalizedName, Modules | None] = {}
        for key, found in contents.items():
            if isinstance(found, Contents):
                self._add(key.name, found)

    def _add(self, name: NormalizedName, contents: Contents) -> None:
        for top in {_stem(path.split("/", 1)[0]) for path in contents.paths}:
            self._tops.setdefault(top, []).append(name)
        if any(path.endswith(".pth") for path in contents.paths):
            # A .pth file may install an import hook, under which a private copy answers for a module that Python lost.
            inner = (part for path in contents.paths for part in path.split("/")[1:-1])
            self._hooked |= {part.lstrip("_") for part in inner}

    def owners(self, module: str) -> tuple[NormalizedName, ...]:
        """The packages that install a module; of several with its top-level package, those that go deepest."""
        top = module.split(".", 1)[0]
        if top not in self._owners:
            self._owners[top] = () if in_stdlib(top, self._target.python) else tuple(self._tops.get(top, ()))
        if len(self._owners[top]) < 2:
            return self._owners[top]
        if module not in self._owners:
            self._owners[module] = self._find_owners(module, self._owners[top])
        return self._owners[module]

    def tops(self, names: frozenset[NormalizedName]) -> frozenset[str]:
        """The top-level names that one of these packages installs, perhaps with others; and each by its own name."""
        installed = {top for top in self._tops if not names.isdisjoint(self.owners(top))}
        return frozenset(installed | {f"{_NAMED}{name}" for name in names})

    def _find_owners(self, module: str, names: tuple[NormalizedName, ...]) -> tuple[NormalizedName, ...]:
        while "." in module:
            deepest = [name for name in names if (surface := self.surface(name)) and surface.has(module)]
            if deepest:
                return tuple(deepest)
            module = module.rpartition(".")[0]
        return names

    def surface(self, name: NormalizedName) -> Modules | None:
        """The code of a package; None where it cannot be read."""
        if name not in self._surfaces:
            found = self._modules(Key(name, self.versions[name]))
            self._surfaces[name] = None if isinstance(found, Unknown) else found
        return self._surfaces[name]

    # --- what earlier walks saw ------------------------------------------------------------------

    def passed(self, places: Iterable[InPackage]) -> dict[InPackage, Passed]:
        """What an earlier walk saw of modules, as far as that is known to hold here."""
        found: dict[InPackage, Passed] = {}
        for place in places:
            name, module = place
            passed = self._walk(name).passed(module) if name in self._identities else None
            if passed is not None:
                found[place] = passed
        return found

    def sound(self, name: NormalizedName, module: str) -> frozenset[str]:
        """The top-level names of which a module is known to find all that it asks for here."""
        return self._walk(name).sound(module) if name in self._identities else frozenset()

    def keep(self, name: NormalizedName, module: str, passed: Passed) -> None:
        """Remember what a walk saw of a module, unless it rests on source that could not be read."""
        around = {owner for top in passed.asks for owner in self._tops.get(top, ())} | {name}
        read = (self._surfaces.get(each) for each in around)
        if name in self._identities and not any(each and each.has_gaps for each in read):
            self._walk(name).keep(module, passed)

    def _walk(self, name: NormalizedName) -> Walk:
        if name not in self._walks:
            if not self._walks:
                self._walked.load(self._identities.values())
            self._walks[name] = self._walked.of(self._identities[name], self._stands_for)
        return self._walks[name]

    def _stands_for(self, top: str) -> str:
        """All files that decide what a top-level name means here; the version of what is named."""
        if top not in self._files:
            if top.startswith(_NAMED):
                return str(self.versions.get(NormalizedName(top.removeprefix(_NAMED)), ""))
            owners = () if in_stdlib(top, self._target.python) else self._tops.get(top, ())
            hooked = ["hooked"] if top in self._hooked else []
            self._files[top] = " ".join([*(self._identities[name] for name in owners), *hooked])
        return self._files[top]

    # --- what modules demand ---------------------------------------------------------------------

    def demands(self, places: Iterable[InPackage]) -> dict[InPackage, Demands]:
        """Where modules lead, by their source; without those of which their code has to be asked."""
        wanted = [place for place in places if place[0] in self._identities]
        self._demanded.load({self._identities[name] for name, _ in wanted})
        unknown = [place for place in wanted if self._demands(place) is None]
        self.prefetch(unknown)
        for name, module in unknown:
            surface = self.surface(name)
            code = surface.code([module])[module] if surface else None
            if isinstance(code, Code):
                self._demanded.put(self._identities[name], module, code)
        return {place: found for place in wanted if (found := self._demands(place)) is not None}

    def _demands(self, place: InPackage) -> Demands | None:
        return self._demanded.of(self._identities[place[0]], place[1])

    def asked(self, wanted: Iterable[tuple[NormalizedName, str]]) -> dict[tuple[NormalizedName, str], Asked]:
        """What the modules of a package ask of a top-level name, by both."""
        pairs = list(wanted)
        found = self._demanded.asked((self._identities[name], top) for name, top in pairs)
        return {(name, top): found[self._identities[name], top] for name, top in pairs}

    # --- reading ---------------------------------------------------------------------------------

    def prefetch(self, wanted: Iterable[tuple[NormalizedName, str]]) -> None:
        """Modules that are about to be asked for: read in one go."""
        grouped: dict[NormalizedName, list[str]] = {}
        for name, module in wanted:
            grouped.setdefault(name, []).append(module)
        found = [(self.surface(name), modules) for name, modules in grouped.items()]
        self._reading.codes([(surface, modules) for surface, modules in found if surface is not None])

    def gathering(self) -> AbstractContextManager[None]:
        """Inside, questions that need unread code raise Unread; all of that is read in one go at the end."""
        return self._reading.gathering()

    def links(
        self, wanted: Mapping[NormalizedName, Iterable[str]]
    ) -> dict[NormalizedName, tuple[Links, ...]]:
        """What extension modules of packages ask of other binaries, as far as that can be read."""
        surfaces = [(surface, modules) for name, modules in wanted.items() if (surface := self.surface(name))]
        found = self._compiled.links(surfaces)
        return {key.name: links for key, links in found.items() if not isinstance(links, Unknown)}

    def interfaces(self) -> tuple[Interface, ...]:
        """The C interfaces of what the environment holds, as far as they are known."""
        return tuple(each for each in self._compiled.interfaces() if each.package in self.versions)

    def stdlib_offers(self, module: str, name: str | None) -> bool | None:
        """Whether the target's standard library has a module, or a name in it."""
        if module.split(".", 1)[0] in self._hooked:
            return None
        system = self._target.environment["sys_platform"]
        return stdlib_offers(module, name, self._target.python, system)

    # --- versions --------------------------------------------------------------------------------

    def rests_on(self, check: Check) -> frozenset[str]:
        """The top-level names whose files decide what a check compares."""
        self._asked_of.clear()
        self._resolve(check, _HOPS)
        return frozenset(self._asked_of)

    def resolve(self, check: Check) -> tuple[tuple[Key, Check], ...] | None:
        """The releases whose versions a check compares, each with the comparison; None where that cannot be told."""
        return self._resolve(check, _HOPS)

    def _resolve(self, check: Check, left: int) -> tuple[tuple[Key, Check], ...] | None:
        if check.version.startswith(PLACE):
            text = self._constant(check.version.removeprefix(PLACE), left)
            return self._resolve(check._replace(version=text), left) if text else None
        if (key := self._versioned(check.subject)) is not None:
            return ((key, check),) if check.form is not Form.ELSEWHERE else None
        module, _, name = check.subject.rpartition(".")
        code = self._code(module) if left else None
        if code is None:
            return None
        if name in code.imported:
            return self._resolve(check._replace(subject=code.imported[name]), left - 1)
        if check.operator in ("is", "is not"):
            return self._expand(code.checks.get(name, ()), check, left)
        if name not in code.versions:
            return None
        subject, form, numbers = code.versions[name]
        if form is not Form.ELSEWHERE and form is not check.form:
            return None
        return self._resolve(check._replace(subject=subject, numbers=check.numbers or numbers), left - 1)

    def _constant(self, place: str, left: int) -> str | None:
        """The text of a version that a name of a module stands for."""
        module, _, name = place.rpartition(".")
        code = self._code(module) if left else None
        if code is None:
            return None
        if name in code.imported:
            return self._constant(code.imported[name], left - 1)
        text, form, _ = code.versions.get(name, ("", Form.ELSEWHERE, 0))
        return text if form is Form.TEXT and text[:1].isdigit() else None

    def _expand(
        self, checks: tuple[Check, ...], asked: Check, left: int
    ) -> tuple[tuple[Key, Check], ...] | None:
        """A name that stands for checks."""
        if not checks or (asked.operator == "is not" and len(checks) > 1):
            return None
        wanted = [each.negated() for each in checks] if asked.operator == "is not" else checks
        found = [self._resolve(each, left - 1) for each in wanted]
        return None if None in found else tuple(pair for each in found if each for pair in each)

    def _versioned(self, subject: str) -> Key | None:
        """The release that a dotted name is the version of, where it is that of a distribution's one top level."""
        kind, _, name = subject.partition(":")
        if name:
            name = canonicalize_name(name)
            self._asked_of.add(f"{_NAMED}{name}")
            return (
                Key(name, self.versions[name]) if kind == "distribution" and name in self.versions else None
            )
        module, _, last = subject.rpartition(".")
        self._asked_of.add(module.split(".", 1)[0])
        if last not in _VERSION_NAMES:
            return None
        top = module.removesuffix(".version")
        owners = self._tops.get(top, [])
        return Key(owners[0], self.versions[owners[0]]) if len(owners) == 1 else None

    def _code(self, module: str) -> Code | None:
        self._asked_of.add(module.split(".", 1)[0])
        owners = self.owners(module)
        surface = self.surface(owners[0]) if len(owners) == 1 else None
        code = surface.code([module])[module] if surface and surface.has(module) else None
        return code if isinstance(code, Code) else None


def _stem(name: str) -> str:
    """``six.py``, ``_cffi.cpython-37m-x86_64-linux-gnu.so`` and a folder ``six`` all stand for their module."""
    return name.split(".", 1)[0]
