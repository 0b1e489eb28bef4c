"""``numlock check``: pins in, what is known to be wrong with them out; nothing where all is well."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from numlock import __version__
from numlock.errors import Exit
from numlock.remembered import Answer, Memory
from numlock.verbs.options import progress_of, write

if TYPE_CHECKING:
    from numlock.model import Checked

_FORMATS = ("text", "json", "sarif")


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.description = (
        "Tell whether pins will install, import and fit the project's code, as far as anyone can know. Only what "
        "this commit changed can fail. Exit codes: 0 sound, 1 conflicts found, 2 bad input, 3 a bug in numlock."
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="files of pins (default: [tool.numlock] files)"
    )
    parser.add_argument(
        "--fix", action="store_true", help="rewrite the pins that fail; exit code 1 where that changed a file"
    )
    parser.add_argument("--all", action="store_true", help="conflicts that were there before fail, too")
    parser.add_argument(
        "--lock",
        metavar="NAME[==V]",
        action="append",
        default=[],
        help="must not move (default: numpy); repeatable",
    )
    parser.add_argument(
        "--python",
        metavar="X.Y",
        action="append",
        default=[],
        help="a Python that the pins are for; repeatable",
    )
    parser.add_argument(
        "--platform",
        metavar="TAG",
        action="append",
        default=[],
        help="a wheel platform tag, or linux, macos, windows; repeatable",
    )
    parser.add_argument(
        "--project",
        metavar="DIR",
        action="append",
        default=[],
        help="the project's own source (default: a pins file's folder where it holds Python files); repeatable",
    )
    parser.add_argument("--offline", action="store_true", help="use the store alone; what it lacks passes")
    parser.add_argument(
        "--store", metavar="FILE", help="the store of facts (default: in the user's cache folder)"
    )
    parser.add_argument(
        "--format", choices=_FORMATS, default="text", help="of what is printed (default: text)"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="print there instead of on standard output")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="tell what is being read, and of breaks a run may meet"
    )


def run(options: argparse.Namespace) -> int:
    """Options to exit code; an answer to the same question is given again as long as nothing has changed."""
    plain = {name: value for name, value in vars(options).items() if not callable(value)}
    anew = options.fix or options.verbose or "-" in options.files or not options.files
    memory = None if anew else Memory(plain | {"terminal": sys.stdout.isatty()}, options.store)
    answer = (memory.recall() if memory else None) or _ask(options, memory)
    if options.output is None:
        sys.stdout.write(answer.out)
        sys.stdout.flush()
    else:
        write(answer.out, options.output)
    print(answer.remarks, end="", file=sys.stderr)
    return answer.code


def _ask(options: argparse.Namespace, memory: Memory | None) -> Answer:
    from numlock.check import check
    from numlock.report import as_remarks

    checked = check(
        options.files,
        locks=options.lock,
        pythons=options.python,
        platforms=options.platform,
        projects=options.project,
        offline=options.offline,
        everything=options.all,
        fix=options.fix,
        store=options.store,
        progress=progress_of(options),
    )
    code = Exit.OK if checked.sound and not checked.written else Exit.CONFLICTS
    answer = Answer(_text(checked, options), as_remarks(checked), code)
    if memory is not None and (checked.heard or not checked.unknowns):
        memory.keep(answer, checked.read, checked.folders, complete=not checked.unknowns)
    return answer


def _text(checked: Checked, options: argparse.Namespace) -> str:
    from numlock.report import as_findings, as_findings_json, as_sarif

    if options.format == "json":
        return as_findings_json(checked)
    if options.format == "sarif":
        return as_sarif(checked, __version__)
    colour = options.output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return as_findings(checked, colour=colour, warnings=options.verbose)
