"""``numlock run``: a command as if numlock were not there; when it dies, what ``numlock fix`` says of the crash."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from numlock import diagnose, prove, read
from numlock.errors import BadInput, NumlockError
from numlock.model import Crash
from numlock.question import Died
from numlock.repair import answer
from numlock.report import as_text
from numlock.verbs.fix import FORMATS
from numlock.verbs.options import add_environment, add_output, progress_of, question_of, write

_STOPPED = 130  # what a command that was interrupted returns


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.usage = "numlock run [options] -- COMMAND..."
    parser.description = (
        "Run a command here; its output and its exit code are its own. When it dies of a Python crash, diagnose and "
        "repair that for the interpreter that ran, and tell the repair on standard error. The exit code is always "
        "the command's (128 + N where signal N ended it); 2 where it cannot be started."
    )
    parser.add_argument(
        "-r",
        "--requirement",
        metavar="FILE",
        help="requirements file (default: what is installed for the interpreter that ran)",
    )
    add_environment(parser)
    add_output(parser, sorted(FORMATS), "pins")
    parser.set_defaults(case=None, log=None)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run")


def run(options: argparse.Namespace) -> int:
    """Options to exit code: the command's own."""
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise BadInput("no-command", "nothing to run", hint="numlock run -- python main.py")
    done = prove.stream(words)
    output = done.output.decode("utf-8", errors="replace")
    crash = _crash(done.returncode, output)
    if crash is not None:
        try:
            _answer(options, words, output, crash)
        except NumlockError as error:
            print(f"numlock: {error}", file=sys.stderr)
    return done.returncode


def _crash(returncode: int, output: str) -> Crash | None:
    """What a command died of, where that is a Python crash."""
    if returncode in (0, _STOPPED):
        return None
    crash = diagnose.parse(read.clean_log(output))
    return crash if crash is not None and crash.frames else None


def _answer(options: argparse.Namespace, words: list[str], output: str, crash: Crash) -> None:
    """Diagnose and repair; the report to standard error, the answer where ``--output`` says."""
    installed = prove.ask_installed(words, [frame.file for frame in crash.frames])
    died = Died(output=output, installed=installed)
    found = answer(replace(question_of(options), died=died), progress=progress_of(options))
    print(as_text(found), end="", file=sys.stderr)
    if options.output is not None:
        write(FORMATS[options.format](found), options.output)
