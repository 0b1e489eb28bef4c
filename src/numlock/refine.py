"""What a message alone does not say: which package defines the type or the function that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Environment, Facts, Modules, calls_in, module_of
from numlock.model import Call, Cause, Code, Diagnosis, Frame, Key, Origin, Symbol, Unknown, Use
from numlock.nearby import defined_nearby

_TESTS = {"test", "tests", "testing", "conftest"}
_SEARCHED = 2_000  # modules of a package that are looked through for a definition


def refine(
    diagnosis: Diagnosis,
    facts: Facts,
    pinned: Mapping[NormalizedName, Version],
    locked: frozenset[NormalizedName],
    shown: Iterable[Use] = (),
) -> Diagnosis:
    """The diagnosis with culprit and symbol named by their definition, where exactly one package has that.

    ``shown``: what the project's file uses that the dying frame shows.
    """
    if diagnosis.cause is Cause.SIGNATURE:
        diagnosis = replace(diagnosis, call=_call(diagnosis))
    symbol = diagnosis.symbol
    if (
        symbol is None
        or symbol.name is None
        or diagnosis.cause not in (Cause.MISSING_ATTRIBUTE, Cause.SIGNATURE)
    ):
        return diagnosis
    environment = facts.environment(pinned)
    uses = [*shown, *_uses_at(diagnosis.frame, environment)]
    if diagnosis.cause is Cause.MISSING_ATTRIBUTE:
        return _of_object(diagnosis, symbol, uses, environment, facts, locked)
    called = next((each for each in _uses_of(diagnosis, symbol, uses)), None)
    own = diagnosis.frame.owner if diagnosis.frame else None
    if called is not None and (owners := environment.owners(called.name)) and owners[0] != own:
        surface = environment.surface(owners[0])
        module = _longest(surface, called.name) if surface else None
        if surface is not None and module and module != called.name:
            name = called.name[len(module) + 1 :]
            return _with(diagnosis, (surface.key.name, module), name, locked)
    if symbol.module and diagnosis.culprit:
        return diagnosis
    wanted = _wanted(diagnosis, symbol.name)
    if wanted is None:
        return diagnosis
    packages = _packages(diagnosis, uses, environment)
    others = tuple(name for name in pinned if name not in packages and name not in locked)
    return _with(diagnosis, _defined(wanted, (*packages, *others), facts, pinned), wanted, locked)


def _of_object(
    diagnosis: Diagnosis,
    symbol: Symbol,
    uses: list[Use],
    environment: Environment,
    facts: Facts,
    locked: frozenset[NormalizedName],
) -> Diagnosis:
    """An attribute that an object does not have: whose class that is, or whose class it inherits from."""
    if (diagnosis.culprit is not None and "." in symbol.module) or environment.owners(symbol.module):
        return diagnosis
    kind = symbol.module.rpartition(".")[2]
    found = _defined(kind, _packages(diagnosis, uses, environment), facts, environment.versions)
    found = found or defined_nearby(kind, facts, environment.versions)
    base = _inherited(found, kind, symbol.name or "", environment, facts) if found else None
    if base is not None:
        return _with(diagnosis, (base.package, base.module), f"{base.name}.{symbol.name}", locked)
    return _with(diagnosis, found, f"{kind}.{symbol.name}", locked)


def _wanted(diagnosis: Diagnosis, function: str) -> str | None:
    """The function or class that a TypeError is about; older Pythons say ``__init__`` and leave out whose."""
    wanted = function.removesuffix(".__init__")
    if wanted not in ("__init__", "__new__"):
        return wanted if wanted.isidentifier() else None
    code = diagnosis.frame.code if diagnosis.frame else None
    called = (name.rpartition(".")[2] for name, _ in calls_in(code or ""))
    return next((name for name in called if name[:1].isupper()), None)


def _call(diagnosis: Diagnosis) -> Call | None:
    """How the dying line calls the function that its exception names, maybe by another name.

    An exception that counts what was given may count ``self``.
    """
    name = diagnosis.symbol.name if diagnosis.symbol else None
    code = diagnosis.frame.code if diagnosis.frame else None
    if not name or not code:
        return diagnosis.call
    calls = list(calls_in(code))
    named = [call for called, call in calls if _same_function(called, name)]
    given = diagnosis.call.positional if diagnosis.call else -1
    counted = [call for _, call in calls if not call.open and call.positional in (given, given - 1)]
    return next(iter([*named, *counted]), diagnosis.call)


def _with(
    diagnosis: Diagnosis,
    found: tuple[NormalizedName, str] | None,
    name: str,
    locked: frozenset[NormalizedName],
) -> Diagnosis:
    if found is None:
        return diagnosis
    culprit, module = found
    frame = diagnosis.frame
    owner = frame.owner if frame is not None else None
    victim = owner if owner != culprit else diagnosis.victim if diagnosis.victim != culprit else None
    parameter = diagnosis.symbol.parameter if diagnosis.symbol else None
    return replace(
        diagnosis,
        culprit=culprit,
        victim=victim,
        symbol=Symbol(module, name, parameter),
        origin=Origin.LOCKED if culprit in locked else Origin.TRANSITIVE,
        suspects=tuple(dict.fromkeys((culprit, *diagnosis.suspects))),
    )


def _uses_at(frame: Frame | None, environment: Environment) -> Iterator[Use]:
    """All that the dying frame's module uses."""
    module = module_of(frame.inside) if frame is not None and frame.inside else None
    surface = environment.surface(frame.owner) if frame is not None and frame.owner else None
    if surface is not None and module:
        yield from (use for _, use in surface.calls([module]))


def _uses_of(diagnosis: Diagnosis, symbol: Symbol, uses: Iterable[Use]) -> Iterator[Use]:
    """The call at the dying line that hands over the parameter, or that has the function's name."""
    line = diagnosis.frame.line if diagnosis.frame else None
    for use in uses:
        if use.line != line or use.call is None:
            continue
        if symbol.parameter in use.call.keywords or _same_function(use.name, symbol.name or ""):
            yield use


def _same_function(called: str, function: str) -> bool:
    """Whether a call is of the function that an exception names; a class is called by its own name."""
    if function in ("__init__", "__new__"):
        return called.rpartition(".")[2][:1].isupper()
    return called.rpartition(".")[2] == function.removesuffix(".__init__").rpartition(".")[2]


def _packages(
    diagnosis: Diagnosis, uses: Iterable[Use], environment: Environment
) -> tuple[NormalizedName, ...]:
    """The packages that may define what the message names: whose code died, and what that code imports."""
    used = (name for use in uses if (owners := environment.owners(use.name)) for name in owners)
    own = diagnosis.frame.owner if diagnosis.frame else None
    suspects = [name for name in (diagnosis.culprit, *diagnosis.suspects) if name]
    others = (name for name in (*suspects, *used) if name != own)
    return tuple(dict.fromkeys((*others, *suspects)))


def _defined(
    name: str,
    packages: Iterable[NormalizedName],
    facts: Facts,
    pinned: Mapping[NormalizedName, Version],
) -> tuple[NormalizedName, str] | None:
    """The first of these packages, with its module, that defines a class or a function of this name."""
    for package in packages:
        modules = facts.modules([Key(package, pinned[package])])[Key(package, pinned[package])]
        if isinstance(modules, Unknown):
            continue
        searched = [module for module in modules.all() if not _TESTS & set(module.split("."))]
        for module, code in modules.code(searched[:_SEARCHED]).items():
            if isinstance(code, Code) and (name in code.classes or name in code.shapes):
                return package, module
    return None


class _Base(NamedTuple):
    """A class by the package and the module that define it."""

    package: NormalizedName
    module: str
    name: str


def _inherited(
    found: tuple[NormalizedName, str], kind: str, member: str, environment: Environment, facts: Facts
) -> _Base | None:
    """The base class from another package that a class had a member from when it was made, and no longer has."""
    user = Key(found[0], environment.versions[found[0]])
    for base in _bases_elsewhere(_Base(*found, kind), environment):
        surface = environment.surface(base.package)
        gone = surface is not None and surface.member(base.module, base.name, member) is not True
        if gone and _had(base, member, user, facts):
            return base
    return None


def _bases_elsewhere(start: _Base, environment: Environment) -> Iterator[_Base]:
    """The nearest bases of a class that other packages define."""
    pending, seen = [start], {start}
    while pending:
        each = pending.pop(0)
        surface = environment.surface(each.package)
        for dotted in surface.bases(each.module, each.name) if surface else ():
            owners = environment.owners(dotted)
            home = environment.surface(owners[0]) if len(owners) == 1 else None
            module, _, name = dotted.rpartition(".")
            where = home.definition(module, name) if home else None
            base = _Base(owners[0], *where) if where else None
            if base is None or base in seen:
                continue
            seen.add(base)
            if base.package == start.package:
                pending.append(base)
            else:
                yield base


def _had(base: _Base, member: str, user: Key, facts: Facts) -> bool:
    """Whether the release of a base's package that was the newest when the user was made has a member."""
    made, releases = facts.release_of([user])[user], facts.releases([base.package])[base.package]
    if isinstance(made, Unknown) or isinstance(releases, Unknown) or made.uploaded is None:
        return False
    earlier = [each.key for each in releases if each.uploaded and each.uploaded <= made.uploaded]
    modules = facts.modules(earlier[-1:]).get(earlier[-1]) if earlier else None
    return isinstance(modules, Modules) and modules.member(base.module, base.name, member) is True


def _longest(surface: Modules, dotted: str) -> str | None:
    module = dotted
    while module and not surface.has(module):
        module = module.rpartition(".")[0]
    return module or None
