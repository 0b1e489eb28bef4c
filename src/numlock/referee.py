"""A search together with the referee: plans until pip-tools agrees with one."""

from __future__ import annotations

from packaging.utils import NormalizedName, canonicalize_name

from numlock import prove
from numlock.model import (
    Because,
    Closes,
    Conflict,
    ConflictKind,
    Evidence,
    Member,
    NoPlan,
    Plan,
    Skipped,
)
from numlock.search import Search

_REFUSALS = 8  # rounds before the referee's word is reported as it stands


def agreed(
    search: Search, locked: frozenset[NormalizedName]
) -> tuple[Plan, Closes | Skipped] | tuple[NoPlan, None]:
    """The cheapest plan under these locks that the referee has nothing against, with its last word."""
    outcome = search.run(locked)
    for _ in range(_REFUSALS):
        if isinstance(outcome, NoPlan):
            break
        closes = _ask(search, outcome, locked)
        if isinstance(closes, Skipped) or not closes.clashes:
            return outcome, closes
        search.add(_refusal(closes, outcome))
        outcome = search.run(locked)
    return (outcome, None) if isinstance(outcome, NoPlan) else (outcome, _ask(search, outcome, locked))


def _ask(search: Search, plan: Plan, locked: frozenset[NormalizedName]) -> Closes | Skipped:
    needs = search.needs_of(plan.versions)
    search.progress.stage("asking pip-tools")
    return prove.close(plan.versions, needs, locked, search.tolerated_needs)


def _refusal(closes: Closes, plan: Plan) -> Conflict:
    """What pip's resolver cannot bring together, at the versions that it was shown."""
    names = {release.name for release, _ in closes.clashes}
    names |= {
        name for _, wanted in closes.clashes if (name := canonicalize_name(wanted.name)) in plan.versions
    }
    return Conflict(
        kind=ConflictKind.REFEREE,
        members=tuple(Member(name, frozenset({plan.versions[name]})) for name in sorted(names)),
        because=(Because(text=f"pip-tools: {closes.words}", evidence=Evidence.METADATA),),
    )
