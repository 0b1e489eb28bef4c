"""Names that no release ever had: the project's own slip, not a change of the package that it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Facts, Modules
from numlock.model import (
    Cause,
    Code,
    Diagnosis,
    Fit,
    Key,
    Origin,
    Place,
    Release,
    Symbol,
    Unknown,
)
from numlock.offering import decorators, offered

_ASKED = (Cause.MISSING_ATTRIBUTE, Cause.MISSING_NAME, Cause.MISSING_MODULE, Cause.SIGNATURE)
_MOST = 12  # releases that are asked
_HOPS = 3  # star imports followed
_SIMILAR = 0.7


def never_had(
    diagnosis: Diagnosis, facts: Facts, pinned: Mapping[NormalizedName, Version]
) -> Diagnosis | None:
    """The diagnosis of a slip, where the project itself asks and no release that was asked has the name.

    The pinned release is asked, its neighbours and others spread evenly over all of them, one for each minor version.
    None: somebody else asks, one of them has it, or one cannot tell and there is no name like it.
    """
    culprit, symbol, frame = diagnosis.culprit, diagnosis.symbol, diagnosis.frame
    if culprit is None or symbol is None or diagnosis.cause not in _ASKED:
        return None
    if diagnosis.victim is not None or frame is None or frame.place is not Place.PROJECT:
        return None
    releases = facts.releases([culprit])[culprit]
    if isinstance(releases, Unknown):
        return None
    own = Key(culprit, pinned[culprit])
    asked = facts.modules(_spread(releases, own))
    mine = asked[own]
    if isinstance(mine, Unknown):
        return None
    through = decorators(mine, symbol)
    if offered(diagnosis, mine, symbol, plain=True, through=through) is not False:
        return None
    readable = [modules for modules in asked.values() if not isinstance(modules, Unknown)]
    answers = {key: _answer(diagnosis, modules, symbol, through) for key, modules in asked.items()}
    twin = next(filter(None, (_twin(modules, symbol) for modules in readable)), "")
    if True in answers.values() or (None in answers.values() and not twin):
        return None
    said = sorted(modules.key.version for modules in readable)
    hint = f"; did you mean {twin}?" if twin else ""
    summary = (
        f"no release of {culprit} that was asked has {symbol}: {len(said)} from {said[0]} to {said[-1]}{hint}"
    )
    return replace(diagnosis, cause=Cause.OWN_CODE, origin=Origin.PROJECT, summary=summary)


def _answer(
    diagnosis: Diagnosis, modules: Modules | Unknown, symbol: Symbol, through: frozenset[str]
) -> bool | None:
    """Whether a release has the name; None where its source does not tell."""
    if isinstance(modules, Unknown):
        return None
    plain = offered(diagnosis, modules, symbol, plain=True, through=through)
    return plain or offered(diagnosis, modules, symbol, plain=False, through=through)


def _spread(releases: Iterable[Release], pinned: Key) -> list[Key]:
    """The pinned release first, then the last ones of minor versions: the newest, the nearest, others evenly."""
    last: dict[tuple[int, ...], Version] = {}
    for each in releases:
        version = each.key.version
        if each.fit is not Fit.NONE and not version.is_prerelease and version.local is None:
            last[version.release[:2]] = version
    versions = sorted(set(last.values()) - {pinned.version})
    near = [v for v in versions if v < pinned.version][-2:] + [v for v in versions if v > pinned.version][:2]
    step = max(1, -(-len(versions) // (_MOST - len(near) - 1)))
    chosen = dict.fromkeys((pinned.version, *near, *versions[-1:], *versions[::step]))
    return [Key(pinned.name, version) for version in chosen]


def _twin(modules: Modules, symbol: Symbol) -> str:
    """The name most like the missing one, among those that stand where it was looked for; empty where none is."""
    if symbol.name is None:
        wanted, names = symbol.module, frozenset(modules.all())
    elif symbol.parameter is not None:
        shape = modules.shape(symbol.module, symbol.name)
        wanted, names = symbol.parameter, (shape.keywords if shape else None) or frozenset()
    else:
        kind, _, wanted = symbol.name.rpartition(".")
        names = _members(modules, symbol.module, kind) if kind else _names(modules, symbol.module, _HOPS)
    others = sorted(names - {wanted})  # a call that does not fit asks for the very name
    public = [name for name in others if not name.startswith("_") or wanted.startswith("_")]
    return next(iter(get_close_matches(wanted, public, n=1, cutoff=_SIMILAR)), "")


def _names(modules: Modules, module: str, left: int) -> frozenset[str]:
    code = modules.code([module])[module]
    if not isinstance(code, Code):
        return frozenset()
    stars = [_names(modules, star, left - 1) for star in code.stars if left and modules.has(star)]
    return code.names.union(*stars)


def _members(modules: Modules, module: str, kind: str) -> frozenset[str]:
    found = modules.definition(module, kind)
    code = modules.code([found[0]])[found[0]] if found else None
    if found is None or not isinstance(code, Code) or found[1] not in code.classes:
        return frozenset()
    return code.classes[found[1]].members
