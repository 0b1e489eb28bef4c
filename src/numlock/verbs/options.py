"""Options that several verbs share, and what they make of them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from numlock.errors import BadInput

if TYPE_CHECKING:
    from numlock.model import Progress
    from numlock.proving import ProofOptions
    from numlock.question import Question


def add_environment(parser: argparse.ArgumentParser) -> None:
    """What the pins are for, what must not move, and where facts come from."""
    parser.add_argument(
        "--lock",
        metavar="NAME[==V]",
        action="append",
        default=[],
        help="must not move (default: numpy); repeatable",
    )
    parser.add_argument("--python", metavar="X.Y", help="the Python that the pins are for")
    parser.add_argument("--platform", metavar="TAG", help="a wheel platform tag, or linux, macos, windows")
    parser.add_argument(
        "--project",
        metavar="DIR",
        help="the project's own source (default: the pins file's folder where it holds Python files)",
    )
    parser.add_argument(
        "--clean", action="store_true", help="repair declared ranges the crash has nothing to do with, too"
    )
    parser.add_argument("--offline", action="store_true", help="use the store alone")
    parser.add_argument(
        "--store", metavar="FILE", help="the store of facts (default: in the user's cache folder)"
    )


def add_crash(parser: argparse.ArgumentParser) -> None:
    """Pins and a crash, in files or in one case."""
    pins = parser.add_mutually_exclusive_group(required=True)
    pins.add_argument("-r", "--requirement", metavar="FILE", help="the file of pins, of any form; - is stdin")
    pins.add_argument(
        "--case", metavar="FILE", help="a YAML or text case: pins, Python and crash in one; - is stdin"
    )
    parser.add_argument("--log", metavar="FILE", help="the log that holds the crash; - is stdin")


def add_proof(parser: argparse.ArgumentParser) -> None:
    """Proof by running."""
    parser.add_argument(
        "--prove",
        metavar="COMMAND",
        nargs="?",
        const="",
        help="install the pins, old and new, in fresh environments and run this there (default: the case's probe, "
        "or the imports that the traceback shows)",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=_count, default=1, help="environments at once (default: 1)"
    )
    parser.add_argument(
        "--evidence", metavar="DIR", help="take in the results of numlock prove from the files in there"
    )
    add_running(parser)


def add_running(parser: argparse.ArgumentParser) -> None:
    """What bounds a run."""
    parser.add_argument(
        "--time-limit", metavar="SECONDS", type=_count, default=300, help="of one run (default: 300)"
    )
    parser.add_argument(
        "--max-download",
        metavar="MB",
        type=_count,
        default=2000,
        help="of files to install, all runs together (default: 2000)",
    )
    parser.add_argument(
        "--allow-source", action="store_true", help="install source archives, too, which runs their code"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def proof_of(options: argparse.Namespace, *, here: bool = True) -> ProofOptions | None:
    """What the options of :func:`add_proof` ask for; ``here`` False: nothing is run on this machine."""
    if options.prove is None and options.evidence is None and here:
        return None
    from numlock.proving import ProofOptions

    return ProofOptions(
        here=here and options.prove is not None,
        command=options.prove or None,
        jobs=options.jobs,
        allow_source=options.allow_source,
        most=options.max_download * 1_000_000,
        seconds=float(options.time_limit),
        evidence=options.evidence,
    )


def add_output(parser: argparse.ArgumentParser, formats: list[str], default: str) -> None:
    """What is printed, and where."""
    parser.add_argument(
        "--format", choices=formats, default=default, help=f"of what is printed (default: {default})"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="print there instead of on standard output")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what is being read")


def question_of(options: argparse.Namespace) -> Question:
    """The question that the options of :func:`add_crash` and :func:`add_environment` put."""
    from numlock.question import Question

    return Question(
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


def write(text: str, output: str | None) -> None:
    """Print ``text`` where ``--output`` says. Raises BadInput where that cannot be written."""
    if output is None or output == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return

    from numlock.read import replace_file

    try:
        replace_file(output, text.encode())
    except OSError as error:
        raise BadInput("output-not-written", error.strerror or str(error), where=output) from error


def progress_of(options: argparse.Namespace) -> Progress:
    """What tells about a run while it works: nothing without ``--verbose``."""
    from numlock.model import Progress
    from numlock.verbs.teller import Teller

    return Teller() if options.verbose else Progress()
