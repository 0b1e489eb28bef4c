"""The options of proof to what runs sets of pins, and the documents in which runs go to other machines and back."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numlock import read
from numlock.errors import BadInput
from numlock.facts import Facts
from numlock.model import Crash, Progress, Proof, Skipped, Target
from numlock.prove import Command, Prover
from numlock.replay import replay
from numlock.runs import Asked, Runs, Versions, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOptions:
    """What the user asked for. ``command`` None: repeat the crash; ``here`` False: run nothing, use what is known.

    ``most`` in bytes, ``seconds`` for one run of the command.
    """

    here: bool = True
    command: str | None = None
    jobs: int = 1
    allow_source: bool = False
    most: int = 2_000_000_000
    seconds: float = 300.0
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """What proves: the runs, how many at once; ``replayed``: they repeat no more than the imports of a traceback."""

    runs: Runs
    jobs: int
    replayed: bool


def proving_of(
    options: ProofOptions,
    *,
    facts: Facts,
    target: Target,
    crash: Crash | None,
    program: str | None,
    folder: str | None,
    progress: Progress,
) -> Proving | Skipped:
    """Raises BadInput where there is nothing to run. ``program``: what the case says was run; ``folder``: the project.

    Skipped where the traceback shows nothing that can be repeated.
    """
    known = read.read_evidence(options.evidence) if options.evidence else []
    if known and options.command is None and not options.here:
        asked = _asked_elsewhere(target, known[0][0])
    else:
        command = _command(options, crash, program, folder)
        if isinstance(command, Skipped):
            return command
        asked = asked_of(target, command)
    prover = Prover(target, facts.settings, seconds=options.seconds, allow_source=options.allow_source)
    runs = Runs(
        facts,
        asked,
        prover if options.here else None,
        known={identity(wanted.document): proof for wanted, proof in known},
        most=options.most,
        allow_source=options.allow_source,
        progress=progress,
    )
    replayed = options.command is None and program is None
    return Proving(runs=runs, jobs=options.jobs, replayed=replayed)


def asked_of(target: Target, command: Command) -> Asked:
    """A command for a target, with a digest of the project that it runs in."""
    project = read.digest_project(command.folder) if command.folder else None
    return Asked(target=target, command=command, project=project)


def _asked_elsewhere(target: Target, wanted: read.Wanted) -> Asked:
    """Where results alone are taken in, what they are results of is what is asked."""
    command = Command(argv=wanted.argv, program=wanted.program)
    return Asked(target=target, command=command, project=wanted.project)


def _command(
    options: ProofOptions, crash: Crash | None, program: str | None, folder: str | None
) -> Command | Skipped:
    if options.command is not None:
        return Command(argv=split(options.command), folder=folder)
    if program is None and crash is None:
        hint = "pass --prove a command, or a log with --log"
        raise BadInput("nothing-to-prove", "there is neither a crash nor a command to run", hint=hint)
    imports = program or (replay(crash) if crash else None)
    if imports is None:
        return Skipped(why="the traceback shows no import to repeat: give --prove the command")
    return Command(argv=("python", "main.py"), program=imports)


def split(command: str) -> tuple[str, ...]:
    """The words of a command line. Raises BadInput."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise BadInput(
            "command-invalid", f"cannot be split into words: {error}", where=command[:80]
        ) from error
    if not words:
        raise BadInput("command-invalid", "is empty", where="--prove")
    return words


def matrix(runs: Runs, sets: Iterable[Versions]) -> dict[str, Any]:
    """Runs to be made elsewhere, in the form of a GitHub Actions matrix; each goes to ``numlock prove --pins``."""
    entries = [{"name": f"set-{number}", **runs.asked.document(each)} for number, each in enumerate(sets)]
    return {"include": entries}


def evidence(asked: Asked, versions: Versions, ran: Proof | Skipped) -> dict[str, Any]:
    """How a run ended, as ``--evidence`` takes it in."""
    document = asked.document(versions)
    if isinstance(ran, Skipped):
        return {**document, "returncode": None, "why": ran.why}
    return {**document, "returncode": ran.returncode, "seconds": round(ran.seconds, 3), "tail": ran.tail}


def command_folder(project: str | None, requirements: str | None) -> str | None:
    """Where a user's command runs: the project's folder, else that of the pins file; None: an empty one."""
    if project is not None:
        return str(Path(project).absolute())
    if requirements is None or not Path(requirements).is_file():
        return None
    return str(Path(requirements).absolute().parent)
