"""Advisories, and where nothing else is known a hypothesis, to conflicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

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
    Frame,
    Member,
    Target,
)

_GUESSED = (Cause.BINARY, Cause.GUARD, Cause.BEHAVIOUR, Cause.SIGNATURE, Cause.MISSING_ATTRIBUTE)
_MATCHED = 20_000  # characters of a message, or of the frames, that a signature is looked for in


def advisories(
    known: Iterable[Advisory],
    universe: Universe,
    crash: Crash | None,
    target: Target,
    implicated: frozenset[NormalizedName] | None = None,
) -> Iterator[Conflict]:
    """What advisories say about the versions in question, for the target.

    One whose signature the crash, or one in its chain, fits is a conflict. So is one that holds always, unless the pins
    have it already and the crash has nothing to do with it (``implicated``; None: every conflict counts). Of pairs that
    do not go together, and of faulty releases, a plan steers clear where that costs no further move; what a release
    changed for good may not concern this project at all, and what the pins live with already is left alone.
    What speaks against whoever calls a name is judged where the callers' code is.
    """
    for advisory in known:
        if advisory.refuses or advisory.package not in universe.pinned or not _is_for(advisory, target):
            continue
        members = _members(advisory, universe)
        if not all(member.versions for member in members):
            continue
        seen = crash is not None and fits(advisory, crash)
        if not seen and advisory.beside is not None and advisory.beside[0] not in universe.pinned:
            continue
        conflict = _conflict(advisory, members)
        held = conflict.hits(universe.pinned)
        concerns = implicated is None or any(member.name in implicated for member in members)
        if (advisory.always and (concerns or not held)) or seen:
            yield conflict
        elif not held and not advisory.always and _is_fault(advisory):
            yield replace(conflict, soft=True)


def fits(advisory: Advisory, crash: Crash) -> bool:
    """Whether a crash, or one that led to it, has the advisory's signature."""
    return fitting(advisory, crash) is not None


def fitting(advisory: Advisory, crash: Crash) -> Crash | None:
    """Which of a crash and those that led to it has the advisory's signature."""
    return next((each for each in (crash, *crash.chain) if _fits(advisory, each)), None)


def _fits(advisory: Advisory, crash: Crash) -> bool:
    shown = (
        (advisory.error, crash.error[:_MATCHED]),
        (advisory.message, crash.message[:_MATCHED]),
        (advisory.frames, "\n".join(map(_line, crash.frames))[-_MATCHED:]),
    )
    return any(pattern for pattern, _ in shown) and all(
        pattern is None or re.search(pattern, text, re.MULTILINE) for pattern, text in shown
    )


def _line(frame: Frame) -> str:
    """A frame as signatures see it: ``library pandas/core/frame.py corr: mat = data.to_numpy()``."""
    return f"{frame.place.value} {frame.inside or frame.file} {frame.function}: {frame.code or ''}"


def _is_fault(advisory: Advisory) -> bool:
    """Whether it tells a pair that does not go together, or releases before and after which all was well."""
    return advisory.beside is not None or all(low and high for low, high in advisory.affected)


def _is_for(advisory: Advisory, target: Target) -> bool:
    return advisory.python is None or SpecifierSet(advisory.python).contains(
        f"{target.version}.0", prereleases=True
    )


def _members(advisory: Advisory, universe: Universe) -> tuple[Member, ...]:
    """The releases that do not go together; the one beside is left out where it is not pinned."""
    affected = frozenset(version for version in universe.of(advisory.package) if advisory.hits(version))
    members = [Member(advisory.package, affected)]
    if advisory.beside is not None and advisory.beside[0] in universe.pinned:
        name, versions = advisory.beside
        inside = SpecifierSet(versions)
        others = frozenset(v for v in universe.of(name) if inside.contains(v, prereleases=True))
        members.append(Member(name, others))
    return tuple(members)


def _conflict(advisory: Advisory, members: tuple[Member, ...]) -> Conflict:
    boundary = "; ".join([*map(str, advisory.edges), advisory.verified])
    because = Because(
        text=f"{advisory} ({boundary})",
        evidence=Evidence.ADVISORY,
        link=advisory.link,
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
