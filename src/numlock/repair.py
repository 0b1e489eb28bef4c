"""The pipeline: read, diagnose, facts, judge, solve, prove; what comes out is a :class:`~numlock.model.Repair`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import metadata

from packaging.utils import canonicalize_name

from numlock import diagnose, prove, read
from numlock.errors import BadInput, Exit
from numlock.facts import Facts, Store, read_settings
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
from numlock.refine import refine
from numlock.search import Search

_REFUSALS = 8  # rounds with the referee before its word is reported as it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call of ``numlock fix``: file names and options as the user gave them."""

    requirements: str | None = None
    case: str | None = None
    log: str | None = None
    locks: tuple[str, ...] = ()
    python: str | None = None
    platform: str | None = None
    offline: bool = False
    clean: bool = False
    store: str | None = None
    project: str | None = None


def answer(question: Question, *, progress: Progress | None = None) -> Repair:
    """Read the user's files and repair. Raises NumlockError where they, or the facts, cannot be used."""
    if [question.requirements, question.case, question.log].count("-") > 1:
        raise BadInput("stdin-twice", "only one file can be standard input", where="-")
    case = _case(question)
    log = read.read_log(question.log) if question.log else read.clean_log(case.log) if case.log else None
    crash = _crash(log, question.log or question.case)
    pythons = {
        "--python": read.parse_python(question.python, "--python") if question.python else None,
        "the case": case.python,
        "the header of the pins file": case.header_python,
        "paths in the traceback": crash.python if crash else None,
    }
    platforms = (question.platform, case.platform, crash.platform if crash else None)
    target = read.choose_target(pythons, platforms, prove.python_on_path)
    locks = [read.parse_lock(lock) for lock in question.locks] or case.locks
    pins = read.activate(case.entries, case.constraints, target, locks)
    with Store(question.store) as store:
        pip = f"default index of pip {metadata.version('pip')}"

        def asked() -> str:
            return store.remembered(pip, prove.default_index)

        settings = read_settings(os.environ, options=case.options, default_index=asked)
        facts = Facts(settings, store, target, offline=question.offline, progress=progress)
        folder = read.project_folder(question.project, question.requirements)
        found = repair(
            pins,
            target,
            crash=crash,
            facts=facts,
            clean=question.clean,
            project=read.read_project(folder) if folder else (),
            progress=progress,
        )
        if progress is not None:
            traffic = facts.traffic._asdict() | {"store": store.note}
            progress.note(f"traffic: {json.dumps(traffic)}")
        return found


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
    diagnosis = None
    if crash is not None:
        installed = facts.installed(pins.versions())
        diagnosis = diagnose.diagnose(crash, pins, installed, target)
        if not diagnosis.versions_to_blame:
            nothing = Nothing(verdict=Verdict.NOT_VERSIONS, why=diagnosis.summary)
            return Repair(target=target, before=pins, outcome=nothing, diagnosis=diagnosis)
        diagnosis = refine(diagnosis, facts, pins.versions(), pins.locked)
    search = Search(
        pins, target, facts, crash=crash, diagnosis=diagnosis, clean=clean, project=project, progress=progress
    )
    broken = search.start()
    found = Repair(
        target=target,
        before=pins,
        outcome=_unexplained(diagnosis),
        diagnosis=diagnosis,
        tolerated=tuple(search.tolerated),
        unknowns=search.open_questions(None),
    )
    return _settle(search, found) if broken else found


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


def _case(question: Question) -> read.Case:
    if question.case is not None:
        return read.read_case(question.case)
    if question.requirements is None:
        raise BadInput(
            "no-pins", "neither a requirements file nor a case was given", hint="use -r FILE or --case FILE"
        )
    return read.case_of(read.read_requirements(question.requirements))


def _crash(log: str | None, name: str | None) -> Crash | None:
    if log is None:
        return None
    crash = diagnose.parse(log)
    if crash is None:
        raise BadInput(
            "log-no-crash", "holds no traceback", where=name, hint="pass the output of the failing command"
        )
    return crash


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
