"""The user's files and options to values: pins, target, crash, the project's source, and the facts to ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from numlock import diagnose, prove, read
from numlock.errors import BadInput
from numlock.facts import Facts, Store
from numlock.here import index_settings
from numlock.model import Crash, Pins, Progress, Skipped, Target
from numlock.proving import ProofOptions, Proving, command_folder, proving_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """A command that died: what it wrote, and what is installed for the Python that ran it, where that is known."""

    output: str
    installed: prove.Installed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call of ``numlock fix``: file names and options as the user gave them.

    ``died`` stands in place of a log, and of a pins file where none is named. ``confined``: the files are somebody
    else's; none outside this folder is read, and what they say of indexes is not followed.
    """

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
    died: Died | None = None
    confined: str | None = None
    proof: ProofOptions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as values. ``project``: path and text of the project's own source files.

    ``document``: the file of pins, where they stand in one of their own.
    """

    pins: Pins
    target: Target
    crash: Crash | None
    project: tuple[tuple[str, str], ...]
    facts: Facts
    document: read.Document | None = None
    proving: Proving | Skipped | None = None


@contextmanager
def opened(question: Question, progress: Progress | None = None) -> Iterator[Asked]:
    """Read the user's files and open the store. Raises NumlockError where they cannot be used."""
    if [question.requirements, question.case, question.log].count("-") > 1:
        raise BadInput("stdin-twice", "only one file can be standard input", where="-")
    with read.confined(question.confined):
        case = _case(question)
    here = Path.cwd()
    configured = (
        read.Configuration(folder=here) if question.confined is not None else read.read_configuration(here)
    )
    crash = _crash(_log(question, case), question.log or question.case)
    target = _target(question, case, crash, configured)
    locks = [read.parse_lock(lock) for lock in question.locks] or case.locks or configured.locks
    pins = read.activate(case.entries, case.constraints, target, locks)
    pins = replace(pins, ranges=case.document.ranges(target) if case.document else ())
    project = tuple(each for folder in _project(question, configured) for each in read.read_project(folder))
    options = case.options if question.confined is None else ()
    with facts_for(target, question, options, progress) as facts:
        folder = command_folder(question.project, question.requirements)
        yield Asked(
            pins=pins,
            target=target,
            crash=crash,
            project=project,
            facts=facts,
            document=case.document,
            proving=_proving(question, target, crash, case.probe, folder, facts, progress),
        )


@contextmanager
def facts_for(
    target: Target, question: Question, options: tuple[tuple[str, str], ...], progress: Progress | None
) -> Iterator[Facts]:
    """The facts of a target; ``options`` are those of the pins file. Tells about the traffic at the end."""
    with Store(question.store) as store:
        settings = index_settings(store, options)
        facts = Facts(settings, store, target, offline=question.offline, progress=progress)
        yield facts
        if progress is not None:
            traffic = facts.traffic._asdict() | {"store": store.note}
            progress.note(f"traffic: {json.dumps(traffic)}")


def _proving(
    question: Question,
    target: Target,
    crash: Crash | None,
    program: str | None,
    folder: str | None,
    facts: Facts,
    progress: Progress | None,
) -> Proving | Skipped | None:
    if question.proof is None:
        return None
    return proving_of(
        replace(question.proof, here=question.proof.here and not question.offline),
        facts=facts,
        target=target,
        crash=crash,
        program=program,
        folder=folder,
        progress=progress or Progress(),
    )


def _log(question: Question, case: read.Case) -> str | None:
    if question.log:
        return read.read_log(question.log)
    text = question.died.output if question.died else case.log
    return read.clean_log(text) if text else None


def _project(question: Question, configured: read.Configuration) -> list[str]:
    """The folders of the project's own source."""
    if question.project is None and question.case is None and configured.projects:
        return [str(configured.folder / each) for each in configured.projects]
    if question.died and question.project is None:
        return ["."] if any(Path().glob("*.py")) else []
    folder = read.project_folder(question.project, question.requirements)
    return [folder] if folder else []


def _target(
    question: Question, case: read.Case, crash: Crash | None, configured: read.Configuration
) -> Target:
    pythons = {
        "--python": read.parse_python(question.python, "--python") if question.python else None,
        "the interpreter that ran": _interpreter(question.died),
        "the case": case.python,
        "the header of the pins file": case.header_python,
        "paths in the traceback": crash.python if crash else None,
        "[tool.numlock]": next(iter(configured.pythons), None),
    }
    platforms = (
        question.platform,
        case.platform,
        crash.platform if crash else None,
        *configured.platforms[:1],
    )
    return read.choose_target(pythons, platforms, prove.python_on_path)


def _interpreter(died: Died | None) -> tuple[int, int] | None:
    installed = died.installed if died else None
    return read.parse_python(installed.python, installed.interpreter) if installed else None


def _case(question: Question) -> read.Case:
    if question.case is not None:
        return read.read_case(question.case)
    installed = question.died.installed if question.died else None
    if question.requirements is None and installed is not None:
        return read.installed_case(installed.pins, installed.interpreter)
    if question.requirements is None:
        raise BadInput(
            "no-pins", "neither a requirements file nor a case was given", hint="use -r FILE or --case FILE"
        )
    return read.case_of(read.read_exact_pins(question.requirements))


def _crash(log: str | None, name: str | None) -> Crash | None:
    if log is None:
        return None
    crash = diagnose.parse(log)
    if crash is None:
        raise BadInput(
            "log-no-crash", "holds no traceback", where=name, hint="pass the output of the failing command"
        )
    return crash
