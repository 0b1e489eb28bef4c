"""The pipeline: read, diagnose, facts, judge, solve, prove; what comes out is a :class:`~numlock.model.Repair`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from numlock.errors import Exit
from numlock.facts import Facts
from numlock.meaning import meaning
from numlock.model import (
    Crash,
    Diagnosis,
    NoPlan,
    Nothing,
    Pins,
    Plan,
    Progress,
    Repair,
    Target,
    Verdict,
)
from numlock.question import Asked, Question, opened
from numlock.referee import agreed
from numlock.search import Search
from numlock.ways import ways_out


def answer(question: Question, *, progress: Progress | None = None) -> Repair:
    """Read the user's files and repair. Raises NumlockError where they, or the facts, cannot be used."""
    with opened(question, progress) as asked:
        return answer_asked(asked, clean=question.clean, progress=progress)


def answer_asked(asked: Asked, *, clean: bool = False, progress: Progress | None = None) -> Repair:
    """Repair what has been read."""
    return repair(
        asked.pins,
        asked.target,
        crash=asked.crash,
        facts=asked.facts,
        clean=clean,
        project=asked.project,
        progress=progress,
    )


def repair(
    pins: Pins,
    target: Target,
    *,
    facts: Facts,
    crash: Crash | None = None,
    clean: bool = False,
    project: Iterable[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Repair:
    """The cheapest set of moves around the locked pins that leaves no known conflict behind ``crash``.

    ``project``: path and text of the project's own source files, which must go on finding what they use.

    Without a crash every conflict among the pins asks for a repair. Raises OutOfReach where the index is.
    """
    diagnosis, sources = None, tuple(project)
    if crash is not None:
        diagnosis = meaning(crash, pins, target, facts, sources)
        if not diagnosis.versions_to_blame:
            nothing = Nothing(verdict=Verdict.NOT_VERSIONS, why=diagnosis.summary)
            return Repair(target=target, before=pins, outcome=nothing, diagnosis=diagnosis)
    search = Search(
        pins, target, facts, crash=crash, diagnosis=diagnosis, clean=clean, project=sources, progress=progress
    )
    broken = search.start()
    return settle(search) if broken else _found(search)


def settle(search: Search) -> Repair:
    """The repair of what a search has found broken: it goes on until the referee agrees, or a plan cannot be had."""
    found = _found(search)
    outcome, closes = agreed(search, found.before.locked)
    if isinstance(outcome, NoPlan):
        outcome = replace(outcome, ways_out=ways_out(search, outcome))
    return replace(
        found,
        outcome=outcome,
        closes=closes or found.closes,
        unknowns=search.open_questions(outcome),
        warnings=search.left(outcome),
    )


def _found(search: Search) -> Repair:
    return Repair(
        target=search.target,
        before=search.pins,
        outcome=_unexplained(search.diagnosis),
        diagnosis=search.diagnosis,
        tolerated=tuple(search.tolerated),
        unknowns=search.open_questions(None),
    )


def exit_code(found: Repair) -> Exit:
    """The exit code of ``numlock fix`` for what was found."""
    if isinstance(found.outcome, Plan):
        return Exit.OK
    if isinstance(found.outcome, NoPlan):
        return Exit.NO_REPAIR
    codes = {
        Verdict.SOUND: Exit.OK,
        Verdict.NOT_VERSIONS: Exit.NOT_VERSIONS,
        Verdict.NOT_KNOWN: Exit.NO_REPAIR,
    }
    return codes[found.outcome.verdict]


def _unexplained(diagnosis: Diagnosis | None) -> Nothing:
    if diagnosis is None:
        return Nothing(verdict=Verdict.SOUND, why="no conflict is known among these pins")
    return Nothing(verdict=Verdict.NOT_KNOWN, why="no fact that numlock can read explains this crash")
