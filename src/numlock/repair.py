"""The pipeline: read, diagnose, facts, judge, solve, prove; what comes out is a :class:`~numlock.model.Repair`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from numlock.errors import BadInput, Exit
from numlock.facts import Facts
from numlock.meaning import meaning
from numlock.model import (
    Crash,
    NoPlan,
    Nothing,
    Pins,
    Plan,
    Progress,
    Repair,
    Skipped,
    Target,
    Verdict,
)
from numlock.proof import Loop, plans
from numlock.proving import Proving, matrix
from numlock.question import Asked, Question, opened
from numlock.reproduce import not_reproduced, run_before
from numlock.search import Search
from numlock.settle import settle, unsettled

_HANDED_OUT = 8  # plans of a matrix


def answer(question: Question, *, progress: Progress | None = None) -> Repair:
    """Read the user's files and repair. Raises NumlockError where they, or the facts, cannot be used."""
    with opened(question, progress) as asked:
        return answer_asked(asked, clean=question.clean, progress=progress)


def answer_asked(asked: Asked, *, clean: bool = False, progress: Progress | None = None) -> Repair:
    """Repair what has been read."""
    found = repair(
        asked.pins,
        asked.target,
        crash=asked.crash,
        facts=asked.facts,
        clean=clean,
        project=asked.project,
        proving=asked.proving if isinstance(asked.proving, Proving) else None,
        progress=progress,
    )
    return replace(found, proof=asked.proving) if isinstance(asked.proving, Skipped) else found


def repair(
    pins: Pins,
    target: Target,
    *,
    facts: Facts,
    crash: Crash | None = None,
    clean: bool = False,
    project: Iterable[tuple[str, str]] = (),
    proving: Proving | None = None,
    progress: Progress | None = None,
) -> Repair:
    """The cheapest set of moves around the locked pins that leaves no known conflict behind ``crash``.

    ``project``: path and text of the project's own source files, which must go on finding what they use. With
    ``proving`` the pins are run as they came and so is the plan; what dies then is one more crash to repair.

    Without a crash every conflict among the pins asks for a repair. Raises OutOfReach where the index is.
    """
    before = run_before(pins, crash, proving.runs) if proving else None
    if before and proving and (why := not_reproduced(before, crash, replayed=proving.replayed)):
        return Repair(target=target, before=pins, outcome=why, proof=before.ran, runs=before.spent)
    crash = crash or (before.crash if before else None)
    sources = tuple(project)
    search, found = _known(pins, target, facts, crash, clean, sources, progress)
    facts.keep_walks()
    if before is None or proving is None:
        return found
    if search is None:
        return replace(found, proof=Skipped(why="no version is to blame"), runs=before.spent)
    return Loop(search, facts, proving, before, sources).run(found)


def runs_to_make(asked: Asked, *, clean: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """The runs that would prove a repair, as a matrix for other machines. Raises BadInput where there are none."""
    if not isinstance(asked.proving, Proving):
        why = asked.proving.why if asked.proving else "no command is known"
        raise BadInput("nothing-to-prove", why, hint="pass --prove a command")
    search, found = _known(asked.pins, asked.target, asked.facts, asked.crash, clean, asked.project, progress)
    sets = [asked.proving.runs.installable(asked.pins.versions())]
    if search is not None and isinstance(found.outcome, Plan):
        sets += [dict(plan.versions) for plan in plans(search, found.outcome, _HANDED_OUT)]
    return matrix(asked.proving.runs, sets)


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


def _known(
    pins: Pins,
    target: Target,
    facts: Facts,
    crash: Crash | None,
    clean: bool,
    project: tuple[tuple[str, str], ...],
    progress: Progress | None,
) -> tuple[Search | None, Repair]:
    """What facts alone say; no search where no version is to blame."""
    diagnosis = None
    if crash is not None:
        diagnosis = meaning(crash, pins, target, facts, project)
        if not diagnosis.versions_to_blame:
            nothing = Nothing(verdict=Verdict.NOT_VERSIONS, why=diagnosis.summary)
            return None, Repair(target=target, before=pins, outcome=nothing, diagnosis=diagnosis)
    search = Search(
        pins, target, facts, crash=crash, diagnosis=diagnosis, clean=clean, project=project, progress=progress
    )
    return search, settle(search) if search.start() else unsettled(search)
