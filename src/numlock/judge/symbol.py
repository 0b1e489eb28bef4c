"""A symbol that some releases lack and others ask for, to a conflict."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Because, Cause, Conflict, ConflictKind, Member, Symbol

_KINDS = {
    Cause.MISSING_MODULE: ConflictKind.MODULE,
    Cause.MISSING_NAME: ConflictKind.NAME,
    Cause.MISSING_ATTRIBUTE: ConflictKind.NAME,
    Cause.SIGNATURE: ConflictKind.SIGNATURE,
    Cause.SYNTAX: ConflictKind.PYTHON,
    Cause.BEHAVIOUR: ConflictKind.ADVISORY,
}


def missing(
    symbol: Symbol | None,
    culprit: NormalizedName | None,
    lacking: Mapping[Version, Because],
    victim: NormalizedName | None,
    using: Mapping[Version, Because],
    cause: Cause,
    *,
    offering: Collection[Version] = (),
) -> Iterator[Conflict]:
    """The releases that lack a symbol against those that ask for it.

    Without a culprit (the Python lacks it, or nobody has it) the asking releases are out; without a victim (the project
    asks) the lacking ones are. ``offering``: releases of the culprit that were seen to have the symbol.
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
        text="; ".join(each.text for each in because) + _nearest(next(iter(lacking), None), offering, cause),
        evidence=min(each.evidence for each in because),
        source=because[0].source,
    )
    kind = ConflictKind.PYTHON if culprit is None and symbol is not None else _KINDS[cause]
    yield Conflict(kind=kind, members=tuple(member for member, _ in sides), because=(joined, *because))


def _most_telling(versions: Mapping[Version, Because]) -> Because:
    """The evidence of the first release read: the pinned one."""
    return next(iter(versions.values()))


def _nearest(pinned: Version | None, offering: Collection[Version], cause: Cause) -> str:
    """The release next to the pinned one, older ones first, that has the symbol."""
    older = [version for version in offering if pinned is not None and version < pinned]
    found = max(older) if older else min(offering, default=None)
    verb = "takes" if cause is Cause.SIGNATURE else "has"
    return f"; {found} {verb} it" if found is not None else ""
