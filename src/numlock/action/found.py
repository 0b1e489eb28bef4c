"""The three ways to a crash and what numlock says of it: a command, a log, the logs of a run of strangers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from numlock import diagnose, prove, read
from numlock.action.inputs import Inputs, Place
from numlock.errors import BadInput, NumlockError
from numlock.github import Client, failed_jobs, file_at
from numlock.model import Repair, Skipped
from numlock.question import Died, Question, opened
from numlock.repair import answer_asked
from numlock.report.escape import hide
from numlock.rewrite import rewrite

_USUAL = "requirements.txt"
_FAILED = ("failure", "timed_out")
_FILES = 30  # that a file of pins and all that it includes may come to
_SETUP = re.compile(
    r"\bpythonLocation: .{1,200}?[/\\]Python[/\\](\d\.\d{1,2})\.\d"
)  # what setup-python leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it. ``why`` says in words why there is no repair; ``error`` is what kept numlock from one.

    ``edits`` bring the repair into the files of its pins, as far as those can be written. ``green``: nothing failed.
    ``returncode`` is that of the command that was run, 0 where none was.
    """

    repair: Repair | None = None
    edits: tuple[read.Edit, ...] = ()
    why: str = ""
    error: NumlockError | None = None
    green: bool = False
    returncode: int = 0


def find(inputs: Inputs, place: Place, client: Client | None, secrets: Iterable[str]) -> Found:
    """Take the way that the inputs and the event call for. Raises NumlockError where there is none, or none is open."""
    if inputs.run:
        return _command(inputs, secrets)
    if not (inputs.log or place.is_follow_up):
        hint = "give it run: or log:, or use it in a workflow on workflow_run"
        raise BadInput("no-log", "the action is told neither what to run nor what to read", hint=hint)
    if place.run.conclusion not in _FAILED:
        return Found(
            green=place.run.conclusion == "success", why="what failed is not known: it was ended before"
        )
    if inputs.log:
        return _of_log(inputs, hide(read.read_log(inputs.log), secrets))
    return _of_run(inputs, place, _needed(client), secrets)


# --- a command -------------------------------------------------------------------------------------


def _command(inputs: Inputs, secrets: Iterable[str]) -> Found:
    """Run the command as a step with ``shell: bash`` does; its output and its exit code are its own."""
    bash = shutil.which("bash")
    if bash is None:
        raise BadInput("no-bash", "no bash is on PATH to run the command with", where="run")
    done = prove.stream([bash, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", inputs.run])
    if done.returncode == 0:
        return Found(green=True)
    text = hide(read.clean_log(done.output.decode("utf-8", errors="replace")), secrets)
    crash = diagnose.parse(text)
    if crash is None or not crash.frames:
        return Found(why="the command failed without a Python traceback", returncode=done.returncode)
    try:
        return replace(_of_log(inputs, text), returncode=done.returncode)
    except NumlockError as error:
        return Found(error=error, returncode=done.returncode)


# --- a log of this job -----------------------------------------------------------------------------


def _of_log(inputs: Inputs, text: str) -> Found:
    """The repair for a log of this job: its pins are in a file, else what is installed for its Python.

    Only what ran here is proved: nothing of a stranger's pull request is ever run.
    """
    crash = diagnose.parse(text)
    frames = [frame.file for frame in crash.frames] if crash else []
    question = _question(inputs, text)
    question = replace(question, requirements=question.requirements or _usual(), proof=inputs.proof)
    try:
        installed = prove.ask_installed(["python"], frames)
    except BadInput:
        return _answer(question)
    shown = crash.python if crash else None
    if shown is None or installed.python == f"{shown[0]}.{shown[1]}":  # else another Python wrote this log
        question = replace(question, died=Died(output=text, installed=installed))
    return _answer(question)


def _usual() -> str | None:
    """The usual file of pins, where it is one: what it leaves open, the environment says."""
    try:
        read.read_exact_pins(_USUAL)
    except BadInput:
        return None
    return _USUAL


def _answer(question: Question) -> Found:
    with opened(question) as asked:
        repair = answer_asked(asked, clean=question.clean)
        rewritten = rewrite(repair, asked.document, asked.facts)
    return Found(repair=repair, edits=() if isinstance(rewritten, Skipped) else rewritten.edits)


def _question(inputs: Inputs, text: str) -> Question:
    return Question(
        requirements=inputs.requirements or None,
        locks=inputs.locks,
        python=inputs.python or None,
        platform=inputs.platform or None,
        offline=inputs.offline,
        clean=inputs.clean,
        store=inputs.store or None,
        project=inputs.project or None,
        died=Died(output=text),
    )


# --- a run of strangers ----------------------------------------------------------------------------


def _needed(client: Client | None) -> Client:
    if client is None:
        raise BadInput("no-token", "logs of a run are read with a token", where="github-token")
    return client


def _of_run(inputs: Inputs, place: Place, client: Client, secrets: Iterable[str]) -> Found:
    """The repair for the first failed job whose log holds a crash; the commit's files come as data, into a folder."""
    for job in failed_jobs(client, place.repository, place.run, limit=read.MAX_LOG_BYTES):
        try:
            text = hide(read.text_of_log(job.log, job.name), secrets)
        except BadInput:
            continue
        crash = diagnose.parse(text)
        if crash is None:
            continue
        name = inputs.requirements or _USUAL
        _fetch(name, lambda path: file_at(client, place.repository, path, place.run.head))
        python = inputs.python or (None if crash.python else _set_up(text))
        if python is None and crash.python is None:
            hint = "name it: python: '3.11'"
            raise BadInput(
                "python-unknown", "the log does not show which Python ran", where=job.name, hint=hint
            )
        question = replace(
            _question(inputs, text), requirements=name, python=python, project=None, confined="."
        )
        return _answer(question)
    raise BadInput(
        "log-no-crash", "no log of a failed job holds a traceback", where=f"run {place.run.number}"
    )


def _set_up(text: str) -> str | None:
    found = _SETUP.search(text)
    return found[1] if found else None


def _fetch(name: str, read_file: Callable[[str], bytes | None]) -> None:
    """Bring a file of pins and all that it includes into this folder. Raises BadInput where one is not there."""
    with read.confined("."):
        for _ in range(_FILES):
            missing = _missing(name)
            if missing is None:
                return
            _fetch_one(missing, read_file)
    raise BadInput("pins-too-many", f"includes more than {_FILES} files", where=name)


def _missing(name: str) -> str | None:
    """The first file that ``name`` includes, or is, and that is not here yet."""
    try:
        read.read_exact_pins(name)
    except BadInput as error:
        if error.reference != "pins-missing":
            raise
        return error.where
    return None


def _fetch_one(path: str, read_file: Callable[[str], bytes | None]) -> None:
    """``path`` lies in this folder, or reading would not have missed it."""
    inside = os.path.normpath(path).replace(os.sep, "/")
    data = read_file(inside)
    if data is None:
        hint = "name the file of pins: requirements: PATH"
        raise BadInput("pins-missing", "is not in the commit", where=inside, hint=hint)
    Path(inside).parent.mkdir(parents=True, exist_ok=True)
    Path(inside).write_bytes(data)
