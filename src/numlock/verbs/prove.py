"""``numlock prove``: one set of pins in a fresh environment, a command run there, and how that went as JSON."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from numlock import read
from numlock.errors import BadInput, Exit
from numlock.model import Pins, Proof, Target
from numlock.prove import Command, Prover
from numlock.proving import asked_of, command_folder, evidence
from numlock.question import Question, facts_for, opened
from numlock.runs import Runs
from numlock.verbs.options import add_output, add_running, progress_of, write


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """What is to be run."""

    pins: Pins
    target: Target
    command: Command


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.usage = "numlock prove --pins FILE [options] [COMMAND...]"
    parser.description = (
        "Install one set of pins in a fresh environment, run a command there, and print how that went as JSON, for "
        "numlock fix --evidence. Exit codes: 0 the run was made, however it ended, 2 bad input, 6 it could not be made."
    )
    parser.add_argument(
        "--pins",
        metavar="FILE",
        required=True,
        help="a requirements file, or one entry of numlock fix --plan-matrix; - is stdin",
    )
    parser.add_argument("--python", metavar="X.Y", help="the Python that the pins are for")
    parser.add_argument("--platform", metavar="TAG", help="a wheel platform tag, or linux, macos, windows")
    parser.add_argument(
        "--project", metavar="DIR", help="where the command runs (default: the pins file's folder)"
    )
    parser.add_argument(
        "--store", metavar="FILE", help="the store of facts (default: in the user's cache folder)"
    )
    add_running(parser)
    add_output(parser, ["json"], "json")
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run, if FILE does not say"
    )


def run(options: argparse.Namespace) -> int:
    """Options to exit code."""
    question = Question(
        requirements=options.pins, python=options.python, platform=options.platform, store=options.store
    )
    wanted = _wanted(options, question)
    progress = progress_of(options)
    with facts_for(wanted.target, question, (), progress) as facts:
        asked = asked_of(wanted.target, wanted.command)
        prover = Prover(
            wanted.target,
            facts.settings,
            seconds=float(options.time_limit),
            allow_source=options.allow_source,
        )
        runs = Runs(
            facts,
            asked,
            prover,
            known={},
            most=options.max_download * 1_000_000,
            allow_source=options.allow_source,
            progress=progress,
        )
        versions = wanted.pins.versions()
        ran = runs.run(versions)
    write(json.dumps(evidence(asked, versions, ran), indent=1) + "\n", options.output)
    return Exit.OK if isinstance(ran, Proof) else Exit.OUT_OF_REACH


def _wanted(options: argparse.Namespace, question: Question) -> _Set:
    """From an entry of a matrix, or from a pins file and a command. Raises BadInput."""
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    entry = read.read_wanted(options.pins) if options.pins != "-" else None
    if entry is not None:
        pins = read.activate(read.parse_pins(list(entry.pins), options.pins), (), entry.target, [])
        folder = str(Path(options.project or ".").absolute()) if entry.project else None
        command = Command(argv=entry.argv, program=entry.program, folder=folder)
        return _Set(pins=pins, target=entry.target, command=command)
    if not words:
        hint = "numlock prove --pins FILE -- python main.py"
        raise BadInput("no-command", "nothing to run", where=options.pins, hint=hint)
    with opened(question) as asked:
        folder = command_folder(options.project, options.pins)
        return _Set(pins=asked.pins, target=asked.target, command=Command(argv=tuple(words), folder=folder))
