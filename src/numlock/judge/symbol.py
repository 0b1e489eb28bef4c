"""A symbol that some releases lack and others ask for, to a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Because, Cause, Conflict, ConflictKind, Member, Symbol

_KINDS = {
    Cause.MISSING_MODULE: ConflictKind.MODULE,
    Cause.MISSING_NAME: ConflictKind.NAME,
    Cause.MISSING_ATTRIBUTE: ConflictKind.NAME,
    Cause.SIGNATURE: ConflictKind.SIGNATURE,
    Cause.SYNTAX: ConflictKind.PYTHON,
}


def missing(
    symbol: Symbol | None,
    culprit: NormalizedName | None,
    lacking: Mapping[Version, Because],
    victim: NormalizedName | None,
    using: Mapping[Version, Because],
    cause: Cause,
) -> Iterator[Conflict]:
    """The releases that lack a symbol against those that ask for it.

    Without a culprit (the Python lacks it, or nobody has it) the asking releases are out; without a victim (the project
    asks) the lacking ones are.
    """
    sides = [
        (Member(name, frozenset(versions)), versions)
        for name, versions in ((culprit, lacking), (victim, using))
        if name is not None
    ]
    if not sides or not all(versions for _, versions in sides):
        return
    because = tuple(_most_telling(versions) for _, versions in reversed(sides))
    joined = Because(
        text="; ".join(each.text for each in because),
        evidence=min(each.evidence for each in because),
        source=because[0].source,
    )
    kind = ConflictKind.PYTHON if culprit is None and symbol is not None else _KINDS[cause]
    yield Conflict(kind=kind, members=tuple(member for member, _ in sides), because=(joined, *because))


def _most_telling(versions: Mapping[Version, Because]) -> Because:
    """The evidence of the first release read: the pinned one."""
    return next(iter(versions.values()))
