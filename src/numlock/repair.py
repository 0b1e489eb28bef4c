"""The pipeline: read, diagnose, facts, judge, solve, prove; what comes out is a :class:`~numlock.model.Repair`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packaging.utils import canonicalize_name

from numlock import prove
from numlock.errors import Exit
from numlock.facts import Facts
from numlock.meaning import meaning
from numlock.model import (
    Because,
    Closes,
    Conflict,
    ConflictKind,
    Crash,
    Diagnosis,
    Evidence,
    Member,
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
from numlock.question import Asked, Question, opened
from numlock.search import Search

_REFUSALS = 8  # rounds with the referee before its word is reported as it stands


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
    return _settle(search, _found(search))


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


def _settle(search: Search, found: Repair) -> Repair:
    """Search until the referee agrees, or a plan cannot be had; then name the ways out."""
    closes: Closes | Skipped = found.closes
    outcome = search.run()
    for _ in range(_REFUSALS):
        if isinstance(outcome, NoPlan):
            outcome = replace(outcome, ways_out=search.ways_out(outcome))
            break
        closes = _referee(search, outcome, found.before)
        if isinstance(closes, Skipped) or not closes.clashes:
            break
        search.add(_refusal(closes, outcome))
        outcome = search.run()
    return replace(
        found,
        outcome=outcome,
        closes=closes,
        unknowns=search.open_questions(outcome),
        warnings=search.left(outcome),
    )


def _referee(search: Search, plan: Plan, pins: Pins) -> Closes | Skipped:
    needs = search.needs_of(plan.versions)
    search.progress.stage("asking pip-tools")
    return prove.close(plan.versions, needs, pins.locked, search.tolerated_needs)


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
