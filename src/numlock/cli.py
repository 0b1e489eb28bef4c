"""argv to exit code. Pins go to standard output, everything else to standard error."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from numlock import __version__
from numlock.errors import BadInput, Exit, NumlockError
from numlock.model import Progress, Repair
from numlock.repair import Question, answer, exit_code
from numlock.report import as_json, as_pins, as_text

_FORMATS: dict[str, Callable[[Repair], str]] = {"pins": as_pins, "text": as_text, "json": as_json}


def entry() -> int:
    """The console script."""
    return main(sys.argv[1:])


def main(argv: Sequence[str]) -> int:
    """Run one command line; returns its exit code and never raises."""
    options = _parser().parse_args(argv)
    try:
        return _fix(options)
    except NumlockError as error:
        print(f"numlock: {error}", file=sys.stderr)
        return error.exit
    except KeyboardInterrupt:
        print("numlock: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the pins has gone; nothing is left to say, also not by the interpreter at its exit.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception:  # the last resort: a bug in numlock ends with a log, not with a traceback
        return _bug(argv)


def _fix(options: argparse.Namespace) -> int:
    question = Question(
        requirements=options.requirement,
        case=options.case,
        log=options.log,
        locks=tuple(options.lock),
        python=options.python,
        platform=options.platform,
        offline=options.offline,
        clean=options.clean,
        store=options.store,
        project=options.project,
    )
    found = answer(question, progress=_Teller() if options.verbose else Progress())
    print(_FORMATS["text"](found), end="", file=sys.stderr)
    _write(_FORMATS[options.format](found), options.output)
    return exit_code(found)


def _write(text: str, output: str | None) -> None:
    if output is None or output == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput("output-not-written", error.strerror or str(error), where=output) from error


class _Teller(Progress):
    """Tells on standard error what numlock is doing, and how far into the run that is (``--verbose``)."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def stage(self, text: str) -> None:
        print(f"numlock: {time.perf_counter() - self._start:.2f} s: {text}", file=sys.stderr)

    def note(self, text: str) -> None:
        self.stage(text)


def _bug(argv: Sequence[str]) -> int:
    text = f"numlock {__version__}, Python {platform.python_version()}, {platform.platform()}\n{argv}\n\n"
    with tempfile.NamedTemporaryFile(
        "w", prefix="numlock-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(text + traceback.format_exc())
    print(f"numlock: bug: please report it, with {log.name}", file=sys.stderr)
    return Exit.BUG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="numlock",
        description="Hold numpy (or any package you name) still; find the smallest set of exact version changes "
        "around it that removes a crash.",
    )
    parser.add_argument("--version", action="version", version=f"numlock {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    fix = commands.add_parser(
        "fix",
        help="a crash in, exact pins out",
        description="Read pins and a crash; print the same names with exact versions on standard output, and why "
        "on standard error. Exit codes: 0 sound or repaired, 2 bad input, 3 a bug in numlock, 4 no repair while "
        "the locks hold, 5 not caused by versions, 6 facts out of reach.",
    )
    pins = fix.add_mutually_exclusive_group(required=True)
    pins.add_argument(
        "-r", "--requirement", metavar="FILE", help="requirements file or pip freeze output; - is stdin"
    )
    pins.add_argument(
        "--case", metavar="FILE", help="a YAML or text case: pins, Python and crash in one; - is stdin"
    )
    fix.add_argument("--log", metavar="FILE", help="the log that holds the crash; - is stdin")
    fix.add_argument(
        "--lock",
        metavar="NAME[==V]",
        action="append",
        default=[],
        help="must not move (default: numpy); repeatable",
    )
    fix.add_argument("--python", metavar="X.Y", help="the Python that the pins are for")
    fix.add_argument("--platform", metavar="TAG", help="a wheel platform tag, or linux, macos, windows")
    fix.add_argument(
        "--project",
        metavar="DIR",
        help="the project's own source (default: the pins file's folder where it holds Python files)",
    )
    fix.add_argument(
        "--clean", action="store_true", help="repair declared ranges the crash has nothing to do with, too"
    )
    fix.add_argument("--offline", action="store_true", help="use the store alone")
    fix.add_argument(
        "--store", metavar="FILE", help="the store of facts (default: in the user's cache folder)"
    )
    fix.add_argument(
        "--format", choices=sorted(_FORMATS), default="pins", help="of what is printed (default: pins)"
    )
    fix.add_argument("-o", "--output", metavar="FILE", help="print there instead of on standard output")
    fix.add_argument("-v", "--verbose", action="store_true", help="tell what is being read")
    return parser
