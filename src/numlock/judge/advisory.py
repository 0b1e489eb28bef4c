"""Advisories, and where nothing else is known a hypothesis, to conflicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from numlock.judge.universe import Universe
from numlock.model import (
    Advisory,
    Because,
    Cause,
    Conflict,
    ConflictKind,
    Crash,
    Diagnosis,
    Evidence,
    Member,
    Target,
)

_GUESSED = (Cause.BINARY, Cause.GUARD, Cause.BEHAVIOUR, Cause.SIGNATURE, Cause.MISSING_ATTRIBUTE)
_MATCHED = 20_000  # characters of a message that a signature is looked for in


def advisories(
    known: Iterable[Advisory], universe: Universe, crash: Crash | None, target: Target
) -> Iterator[Conflict]:
    """Advisories that apply to the target; one with a signature only where the crash, or one in its chain, fits it."""
    for advisory in known:
        if advisory.package in universe.pinned and _applies(advisory, crash, target):
            members = _members(advisory, universe)
            if all(member.versions for member in members):
                yield _conflict(advisory, members)


def _applies(advisory: Advisory, crash: Crash | None, target: Target) -> bool:
    if advisory.python and not SpecifierSet(advisory.python).contains(
        f"{target.version}.0", prereleases=True
    ):
        return False
    if advisory.error is None and advisory.message is None:
        return True
    return crash is not None and any(_fits(advisory, each) for each in (crash, *crash.chain))


def _fits(advisory: Advisory, crash: Crash) -> bool:
    error = advisory.error is None or re.search(advisory.error, crash.error[:_MATCHED])
    message = advisory.message is None or re.search(advisory.message, crash.message[:_MATCHED])
    return bool(error and message)


def _members(advisory: Advisory, universe: Universe) -> tuple[Member, ...]:
    affected = frozenset(version for version in universe.of(advisory.package) if advisory.hits(version))
    members = [Member(advisory.package, affected)]
    if advisory.beside is not None:
        name, versions = advisory.beside
        inside = SpecifierSet(versions)
        others = universe.of(name) if name in universe.pinned else frozenset()
        members.append(Member(name, frozenset(v for v in others if inside.contains(v, prereleases=True))))
    return tuple(members)


def _conflict(advisory: Advisory, members: tuple[Member, ...]) -> Conflict:
    bad, good = advisory.boundary
    text = f"{advisory.id}: {advisory.summary} (last bad {bad}, first good {good}, {advisory.verified})"
    because = Because(
        text=text, evidence=Evidence.ADVISORY, link=advisory.links[0] if advisory.links else None
    )
    return Conflict(kind=ConflictKind.ADVISORY, members=members, because=(because,))


def hypothesis(diagnosis: Diagnosis, universe: Universe, locked: frozenset[str]) -> Conflict | None:
    """Where a crash comes out of a package and no fact explains it: that release, as a guess that says so.

    A native error is laid at the door of the package that it comes out of; any other one at that of the package
    whose code met another one and died, and only where there is another one.
    """
    frame = diagnosis.frame.owner if diagnosis.frame else None
    if diagnosis.cause is Cause.NATIVE:
        named: tuple[NormalizedName | None, ...] = (diagnosis.culprit,)
    elif diagnosis.cause in _GUESSED and len(diagnosis.implicated) > 1:
        named = (diagnosis.victim, frame, diagnosis.culprit)
    else:
        return None
    name = next((each for each in named if each and each not in locked and each in universe.pinned), None)
    if name is None:
        return None
    version = universe.pinned[name]
    text = f"hypothesis: the error comes out of {name} {version}; a neighbouring release may not have it"
    return Conflict(
        kind=ConflictKind.HYPOTHESIS,
        members=(Member(name, frozenset({version})),),
        because=(Because(text=text, evidence=Evidence.HYPOTHESIS),),
    )


def installation_failed(diagnosis: Diagnosis | None) -> bool:
    """Whether the crash says that the environment is not the one pinned, so that every obstacle to it counts."""
    return diagnosis is not None and diagnosis.cause is Cause.UNINSTALLED
