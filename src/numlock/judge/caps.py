"""Ranges that older releases do not state, because they could not know better.

A release cannot vouch for a version that did not exist when it was made. Where a later release of the same package
says that it does not go with that version, an older one that says nothing is taken to be of the same mind: moving back
to it would only move out of sight of the declared range.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import InvalidVersion, Version

from numlock.model import Because, Conflict, ConflictKind, Evidence, Key, Member, Needs

_UPPER = ("<", "<=", "==", "~=", "===")


def silent_releases(
    needs: Iterable[Needs],
    pinned: Mapping[NormalizedName, Version],
    uploaded: Mapping[Key, str],
) -> Iterator[Conflict]:
    """Releases older than one that caps a pinned version, made before that version was, and silent about it.

    ``uploaded`` gives the time (ISO 8601) of every release that may be moved to, and of the pinned ones.
    """
    capping: dict[tuple[NormalizedName, NormalizedName], Needs] = {}
    for need in needs:
        held = pinned.get(need.name)
        if held is not None and need.name != need.release.name and _caps(need.requirement.specifier, held):
            place = (need.release.name, need.name)
            if place not in capping or capping[place].release.version < need.release.version:
                capping[place] = need
    releases: defaultdict[NormalizedName, list[tuple[Version, str]]] = defaultdict(list)
    for key, time in uploaded.items():
        releases[key.name].append((key.version, time))
    for (name, wanted), need in sorted(capping.items()):
        made = uploaded.get(Key(wanted, pinned[wanted]))
        silent = {v for v, time in releases[name] if made and time < made and v < need.release.version}
        silent.discard(pinned[name])
        if silent:
            yield _conflict(need, frozenset(silent), wanted, pinned[wanted])


def _conflict(need: Needs, silent: frozenset[Version], wanted: NormalizedName, held: Version) -> Conflict:
    text = (
        f"{need.release} requires {wanted}{need.requirement.specifier}; releases before it were made before "
        f"{wanted} {held} and cannot vouch for it"
    )
    return Conflict(
        kind=ConflictKind.DECLARED,
        members=(Member(need.release.name, silent), Member(wanted, frozenset({held}))),
        because=(Because(text=text, evidence=Evidence.METADATA, source=need.source),),
    )


def _caps(specifier: SpecifierSet, held: Version) -> bool:
    """Whether a range rules a version out because it is too new."""
    for clause in specifier:
        if clause.operator not in _UPPER or clause.contains(held, prereleases=True):
            continue
        try:
            if Version(clause.version.removesuffix(".*")) <= held:
                return True
        except InvalidVersion:
            continue
    return False
