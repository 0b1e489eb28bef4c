"""Declared requirements and installability to conflicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.judge.universe import Universe
from numlock.model import (
    Because,
    Cause,
    Conflict,
    ConflictKind,
    Diagnosis,
    Evidence,
    Fit,
    Key,
    Member,
    Needs,
    Release,
)


def declared(
    needs: Iterable[Needs],
    universe: Universe,
    outside: Mapping[NormalizedName, frozenset[NormalizedName]],
    provided: frozenset[NormalizedName],
) -> Iterator[Conflict]:
    """Requirements that some versions in question do not meet; equal ones of several releases make one conflict.

    A required name that is not among the pins rules a release out, unless every environment holds it (``provided``)
    or the pinned release of the same package requires it too (``outside``): then the environment has it from elsewhere.
    """
    grouped: defaultdict[tuple[NormalizedName, NormalizedName, str], list[Needs]] = defaultdict(list)
    for need in needs:
        if need.name != need.release.name:
            grouped[need.release.name, need.name, str(need.requirement.specifier)].append(need)
    for (name, wanted, _), same in grouped.items():
        members = [Member(name, frozenset(need.release.version for need in same))]
        if wanted in universe.pinned:
            excluded = universe.outside(wanted, same[0].requirement.specifier)
            if excluded:
                members.append(Member(wanted, excluded))
                yield _conflict(ConflictKind.DECLARED, members, same)
        elif wanted not in provided and wanted not in outside.get(name, frozenset()):
            yield _conflict(ConflictKind.ABSENT, members, same)


def between(
    needs: Mapping[Key, Sequence[Needs]],
    universe: Universe,
    outside: Mapping[NormalizedName, frozenset[NormalizedName]],
    provided: frozenset[NormalizedName],
) -> Iterator[Conflict]:
    """What releases that were not read are taken to require: whatever the read ones on both sides of them rule out.

    Ranges follow the releases of what they are about, so that bisection finds where one begins to hold.
    """
    for name, versions in universe.versions.items():
        read = [place for place, version in enumerate(versions) if Key(name, version) in needs]
        for low, high in pairwise(read):
            if high - low > 1:
                ends = [needs[Key(name, versions[place])] for place in (low, high)]
                unread = Member(name, frozenset(versions[low + 1 : high]))
                for kind, members, wanted in _both(ends, unread, universe, outside, provided):
                    known = f", {_said(wanted[-1])}; those between are taken to do the like"
                    yield _conflict(kind, members, wanted[:1], known)


def _both(
    ends: Sequence[Sequence[Needs]],
    unread: Member,
    universe: Universe,
    outside: Mapping[NormalizedName, frozenset[NormalizedName]],
    provided: frozenset[NormalizedName],
) -> Iterator[tuple[ConflictKind, list[Member], list[Needs]]]:
    for wanted in sorted({need.name for need in ends[0]} & {need.name for need in ends[1]} - {unread.name}):
        same = [[need for need in end if need.name == wanted] for end in ends]
        found = [*same[0], *same[1]]
        if wanted in universe.pinned:
            out = [
                frozenset[Version]().union(
                    *(universe.outside(wanted, need.requirement.specifier) for need in end)
                )
                for end in same
            ]
            if excluded := out[0] & out[1]:
                yield ConflictKind.DECLARED, [unread, Member(wanted, excluded)], found
        elif wanted not in provided and wanted not in outside.get(unread.name, frozenset()):
            yield ConflictKind.ABSENT, [unread], found


def installable(releases: Iterable[Release]) -> Iterator[Conflict]:
    """Releases that the target cannot install at all."""
    for release in releases:
        if release.fit is Fit.NONE:
            text = f"{release.key} cannot be installed: {release.obstacle or 'no file for the target'}"
            yield _uninstallable(release.key, text, Evidence.METADATA)


def unbuildable(diagnosis: Diagnosis | None, releases: Iterable[Release]) -> Conflict | None:
    """The pinned release that the log says could not be installed, where it has only a source archive."""
    if diagnosis is None or diagnosis.cause is not Cause.UNINSTALLED or diagnosis.frame is not None:
        return None
    release = next((each for each in releases if each.key.name == diagnosis.culprit), None)
    if release is None or release.fit is not Fit.SOURCE or "build" not in diagnosis.summary:
        return None
    text = f"{release.key} has no wheel for the target, and could not be built, the log says"
    return _uninstallable(release.key, text, Evidence.RUN)


def unlisted(
    diagnosis: Diagnosis | None, releases: Iterable[Release], locked: frozenset[NormalizedName]
) -> Iterator[Conflict]:
    """Pinned builds that no index lists, where the log says that pins could not be installed.

    Without a log they may come from elsewhere. Where the log is an installer's own, it says which pin it stopped at.
    """
    if diagnosis is None or diagnosis.cause is not Cause.UNINSTALLED:
        return
    for release in releases:
        name, version = release.key
        stopped = diagnosis.frame is not None or diagnosis.culprit == name
        if release.stands_in and stopped and name not in locked:
            text = f"{release.key} is on none of the indexes that are asked, which list {version.public}"
            yield _uninstallable(release.key, text, Evidence.METADATA)


def _uninstallable(key: Key, text: str, evidence: Evidence) -> Conflict:
    return Conflict(
        kind=ConflictKind.UNINSTALLABLE,
        members=(Member(key.name, frozenset({key.version})),),
        because=(Because(text=text, evidence=evidence),),
    )


def split_tolerated(
    conflicts: Iterable[Conflict],
    pinned: Mapping[NormalizedName, Version],
    implicated: frozenset[NormalizedName],
    *,
    everything: bool,
) -> tuple[tuple[Conflict, ...], tuple[Conflict, ...]]:
    """Conflicts that this repair is about, and those that the pins break already and the crash has nothing to do with.

    The second kind concerns only packages whose members are not all implicated; with ``everything`` there is none.
    """
    active, tolerated = [], []
    for conflict in conflicts:
        concerned = all(member.name in implicated for member in conflict.members)
        if everything or concerned or not conflict.hits(pinned):
            active.append(conflict)
        else:
            tolerated.append(conflict)
    return tuple(active), tuple(tolerated)


def _conflict(kind: ConflictKind, members: list[Member], needs: list[Needs], remark: str = "") -> Conflict:
    first = needs[0]
    text = f"{_releases(need.release for need in needs)} requires {_spell(first.requirement)}"
    if kind is ConflictKind.ABSENT:
        text += ", which is not among the pins"
    text += remark
    because = Because(text=text, evidence=Evidence.METADATA, source=first.source)
    return Conflict(kind=kind, members=tuple(members), because=(because,))


def _said(need: Needs) -> str:
    return f"{need.release} requires {_spell(need.requirement)}"


def _spell(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _releases(releases: Iterable[Key]) -> str:
    """``pandas 2.2.2`` or ``pandas 2.2.0 to 2.2.2``."""
    ordered = sorted(set(releases))
    name, versions = next(
        (name, [key.version for key in keys]) for name, keys in groupby(ordered, lambda k: k.name)
    )
    return f"{name} {versions[0]}" if len(versions) == 1 else f"{name} {versions[0]} to {versions[-1]}"
