"""Code against code: what importing a project's way into its packages is bound to ask for and not to find.

The walk starts at modules that are certainly imported and follows imports that no condition, guard or function stands
around; so whatever it finds missing is an error, and whatever it cannot tell it passes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from numlock.judge.binary import misfits
from numlock.judge.interface import NOTHING_TOLD, Break, Environment, Surface, Told
from numlock.judge.refusal import refusals
from numlock.model import Call, Check, Code, ConflictKind, Key, Symbol, Unparsed, Unread, Use

_MODULES = 5_000  # modules that a walk looks into


class Missing(NamedTuple):
    """What a use does not find, or (``why``) what it is refused."""

    kind: ConflictKind
    symbol: Symbol
    provider: Key | None
    why: str = ""


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
    return tuple(dict.fromkeys(found))


_Asked = tuple[Key | None, str, bool, Call | None]  # who uses which name, as a module or not, how called


class _Module(NamedTuple):
    """A module that is walked through, with those of its uses that matter."""

    surface: Surface
    path: str
    code: Code | Unparsed
    uses: tuple[Use, ...]


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
        self._environment = environment
        self._concerned = concerned
        self._walked = walked
        self._seen: set[tuple[NormalizedName, str]] = set()
        self._placed: dict[str, tuple[tuple[NormalizedName, str], ...]] = {}
        self.loaded: dict[
            NormalizedName, list[str]
        ] = {}  # modules without source that were reached: compiled ones

    def reach(self, entries: Iterable[str]) -> list[tuple[NormalizedName, str, Code | Unparsed]]:
        """Every module that is certainly imported, with its code, in rounds."""
        reached: list[tuple[NormalizedName, str, Code | Unparsed]] = []
        pending = {place for entry in entries for place in self._places(entry)} - self._seen
        while pending and len(self._seen) < _MODULES:
            self._seen |= pending
            self._environment.prefetch(sorted(pending))
            following: set[tuple[NormalizedName, str]] = set()
            for name, module in sorted(pending):
                code = self._code(name, module)
                if code is None:
                    self.loaded.setdefault(name, []).append(module)
                    continue
                reached.append((name, module, code))
                if isinstance(code, Code):
                    self._patched |= code.patches
                    following |= {
                        place
                        for use in code.uses
                        if use.certain and self._applies(use.when)
                        for place in self._places(use.name)
                    }
            pending = following - self._seen
        return reached

    def _code(self, name: NormalizedName, module: str) -> Code | Unparsed | None:
        surface = self._environment.surface(name)
        return surface.code([module])[module] if surface else None

    def _places(self, dotted: str) -> tuple[tuple[NormalizedName, str], ...]:
        """The modules that importing a dotted name runs: those of its prefixes that are modules."""
        if dotted not in self._placed:
            self._placed[dotted] = tuple(self._find_places(dotted))
        return self._placed[dotted]

    def _find_places(self, dotted: str) -> Iterator[tuple[NormalizedName, str]]:
        parts = dotted.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            surface = self._owner(module)
            if surface is None or not surface.has(module):
                return
            if surface.key.name in self._walked:
                yield surface.key.name, module

    def _owner(self, module: str) -> Surface | None:
        """The one package that installs a module."""
        owners = self._environment.owners(module)
        return self._environment.surface(owners[0]) if len(owners) == 1 else None

    # --- what a module asks for -----------------------------------------------------------------

    def check(self, places: Iterable[tuple[NormalizedName, str, Code | Unparsed]]) -> Iterator[Break]:
        """The breaks of modules."""
        modules = [module for place in places if (module := self._module(*place))]
        answers = iter(self._ask([(module.surface, use) for module in modules for use in module.uses]))
        for module in modules:
            yield from self._check(module, [next(answers) for _ in module.uses])

    def _module(self, name: NormalizedName, module: str, code: Code | Unparsed) -> _Module | None:
        surface = self._environment.surface(name)
        if surface is None:
            return None
        uses = code.uses if isinstance(code, Code) else ()
        relevant = (
            use
            for use in uses
            if use.sure
            and self._environment.owners(use.name) != (name,)
            and self._concerns(name, use)
            and self._applies(use.when)
        )
        return _Module(surface, surface.path(module) or module, code, tuple(relevant))

    def _check(self, module: _Module, answers: Iterable[Missing | None]) -> Iterator[Break]:
        surface, path, code, uses = module
        if isinstance(code, Unparsed):
            if surface.key.name in self._concerned:
                symbol = Symbol(f"syntax ({code.why})")
                yield Break(ConflictKind.PYTHON, surface.key, path, code.line or 0, symbol, None)
            return
        yield from self._refusals(surface, path, code)
        failed: list[int] = []
        # What may be missing, as the module itself says: when it is imported, or at all.
        ready = {use.name for use in uses if use.guarded and use.at_import}
        expected = {use.name for use in uses if use.guarded}
        for use, missing in zip(uses, answers, strict=True):
            if missing is None:
                continue
            failed.append(use.line)
            live = use.rescues is None or any(use.rescues[0] <= line <= use.rescues[1] for line in failed)
            kind, symbol, provider, why = missing
            # Behind an import that may fail, a line that needs what it brings is not reached.
            if live and not (ready if use.at_import else expected) & {use.name, symbol.dotted}:
                # A class may be given members from anywhere, so of one that lacks a member only a run is certain.
                soft = not use.at_import or "." in (symbol.name or "")
                yield Break(kind, surface.key, path, use.line, symbol, provider, soft=soft, why=why)

    def check_project(self, uses: Iterable[tuple[str, Use]]) -> Iterator[Break]:
        """What the project's own lines do not find."""
        relevant = [
            (path, use) for path, use in uses if self._concerns(None, use) and self._applies(use.when)
        ]
        answers = self._ask([(None, use) for _, use in relevant])
        for (path, use), missing in zip(relevant, answers, strict=True):
            if missing is not None and missing.provider is not None:
                kind, symbol, provider, why = missing
                yield Break(kind, None, path, use.line, symbol, provider, soft=not use.at_import, why=why)

    def _ask(self, questions: Sequence[tuple[Surface | None, Use]]) -> list[Missing | None]:
        """What each use does not find. Code that several of them need is read in one go, in few rounds."""
        keys = [(user.key if user else None, use.name, use.module, use.call) for user, use in questions]
        pending = dict(zip(keys, questions, strict=True))
        answers: dict[_Asked, Missing | None] = {}
        while pending:
            with self._environment.gathering():
                for key, question in pending.items():
                    with suppress(Unread):
                        answers[key] = self._missing(*question)
            pending = {key: question for key, question in pending.items() if key not in answers}
        return [answers[key] for key in keys]

    def _refusals(self, surface: Surface, path: str, code: Code) -> Iterator[Break]:
        """Where a module raises because of another release's version."""
        for refusal in refusals(code, self._environment):
            line, provider, checks = refusal
            concerned = {provider.name, surface.key.name} & self._concerned
            if concerned and provider != surface.key and refusal.hits:
                symbol = Symbol(checks[0].subject)
                yield Break(ConflictKind.GUARD, surface.key, path, line, symbol, provider, refused=checks)

    def _applies(self, when: tuple[Check, ...]) -> bool:
        """Whether checks of other versions certainly hold."""
        for check in when:
            resolved = self._environment.resolve(check)
            if resolved is None or not all(each.holds(key.version) for key, each in resolved):
                return False
        return True

    def _concerns(self, name: NormalizedName | None, use: Use) -> bool:
        """Whether a use is between packages one of which is concerned."""
        if name in self._concerned:
            return True
        return any(owner in self._concerned for owner in self._environment.owners(use.name))

    def _missing(self, user: Surface | None, use: Use) -> Missing | None:
        """What a use does not find; None where it does, or where that cannot be told."""
        if use.name in self._patched:
            return None
        owners = self._environment.owners(use.name)
        if not owners:
            return self._missing_in_python(user, use) if user else None
        surface = self._owner(use.name)
        if surface is None or (user and surface.key.name == user.key.name):
            return None
        if not {surface.key.name, user.key.name if user else None} & self._concerned:
            return None
        module = _module_of(surface, use.name)
        if module is None or module == use.name or (not use.module and _is_shadowed(surface, module)):
            return None
        name, *inside = use.name[len(module) + 1 :].split(".")
        if "()" in use.name:
            return self._memberless(surface, module, name.removesuffix("()"), inside)
        if use.module:
            gone = surface.offers(f"{module}.{name}", None) is False
            return Missing(ConflictKind.MODULE, Symbol(f"{module}.{name}"), surface.key) if gone else None
        if surface.offers(module, name) is False or f"{module}.{name}" in self._told.gone:
            return Missing(ConflictKind.NAME, Symbol(module, name), surface.key)
        if use.call is not None and (refusal := self._told.refused.get(use.name)):
            return Missing(ConflictKind.ADVISORY, Symbol(module, name), surface.key, str(refusal))
        return self._memberless(surface, module, name, inside) or self._misfit(surface, module, name, use)

    def _memberless(self, surface: Surface, module: str, kind: str, inside: Sequence[str]) -> Missing | None:
        """A member that a class does not have."""
        if not inside or inside[0].startswith("__") or "()" in inside[0]:
            return None
        if surface.member(module, kind, inside[0]) is not False:
            return None
        return Missing(ConflictKind.NAME, Symbol(module, f"{kind}.{inside[0]}"), surface.key)

    def _misfit(self, surface: Surface, module: str, name: str, use: Use) -> Missing | None:
        """A call that the function called does not take."""
        if use.call is None or use.name != f"{module}.{name}" or surface.has(use.name):
            return None
        shape = surface.shape(module, name)
        if shape is None or shape.wrapped or shape.takes(use.call):
            return None
        wrong = [
            each for each in use.call.keywords if shape.keywords is not None and each not in shape.keywords
        ]
        parameter = wrong[0] if wrong else None
        return Missing(ConflictKind.SIGNATURE, Symbol(module, name, parameter), surface.key)

    def _missing_in_python(self, user: Surface, use: Use) -> Missing | None:
        if user.key.name not in self._concerned:
            return None
        parts = use.name.split(".")
        if canonicalize_name(parts[0]) in self._told.brought:
            return None
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            offered = self._environment.stdlib_offers(module, None)
            if offered is not True:
                break
        else:
            return None
        if count == 1:
            gone = self._environment.stdlib_offers(parts[0], None) is False
            return Missing(ConflictKind.PYTHON, Symbol(parts[0]), None) if gone else None
        inside, name = ".".join(parts[: count - 1]), parts[count - 1]
        if use.module or self._environment.stdlib_offers(inside, name) is not False:
            gone = use.module and self._environment.stdlib_offers(f"{inside}.{name}", None) is False
            return Missing(ConflictKind.PYTHON, Symbol(f"{inside}.{name}"), None) if gone else None
        return Missing(ConflictKind.PYTHON, Symbol(inside, name), None)


def _is_shadowed(surface: Surface, module: str) -> bool:
    """Whether a package binds the name of its submodule, or of one around it, to something else."""
    parent, _, child = module.rpartition(".")
    if not parent:
        return False
    code = surface.code([parent])[parent]
    bound = isinstance(code, Code) and child in code.names and code.imported.get(child) != module
    return bound or _is_shadowed(surface, parent)


def _module_of(surface: Surface, dotted: str) -> str | None:
    """The longest prefix of a dotted name that is a module of the release."""
    module = dotted
    while module and not surface.has(module):
        module = module.rpartition(".")[0]
    return module or None
