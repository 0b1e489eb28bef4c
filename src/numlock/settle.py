"""What a search comes to, as a repair."""

from __future__ import annotations

from dataclasses import replace

from numlock.model import Conflict, Diagnosis, NoPlan, Nothing, Repair, Verdict
from numlock.referee import agreed
from numlock.search import Search
from numlock.ways import ways_out


def settle(search: Search) -> Repair:
    """The repair of what a search has found broken: it goes on until the referee agrees, or a plan cannot be had."""
    found = unsettled(search)
    outcome, closes = agreed(search, found.before.locked)
    warnings: tuple[Conflict, ...] = ()
    borne: tuple[Conflict, ...] = ()
    if isinstance(outcome, NoPlan):
        outcome = replace(outcome, ways_out=ways_out(search, outcome))
    else:
        warnings, borne = search.warnings(outcome.versions), search.borne_by(outcome.versions)
    return replace(
        found,
        outcome=outcome,
        closes=closes or found.closes,
        unknowns=search.open_questions(outcome),
        warnings=warnings,
        tolerated=(*found.tolerated, *borne),
    )


def unsettled(search: Search) -> Repair:
    """The repair of a search that has found nothing broken."""
    return Repair(
        target=search.target,
        before=search.pins,
        outcome=_unexplained(search.diagnosis),
        diagnosis=search.diagnosis,
        tolerated=tuple(search.tolerated),
        unknowns=search.open_questions(None),
    )


def _unexplained(diagnosis: Diagnosis | None) -> Nothing:
    if diagnosis is None:
        return Nothing(verdict=Verdict.SOUND, why="no conflict is known among these pins")
    if diagnosis.misfits:
        why = f"the log is not of these pins: {diagnosis.misfits[0]}"
        return Nothing(verdict=Verdict.NOT_KNOWN, why=f"{why}; install them as they are pinned and run again")
    return Nothing(verdict=Verdict.NOT_KNOWN, why="no fact that numlock can read explains this crash")
