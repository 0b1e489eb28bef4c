"""``numlock fix``: a crash in, exact pins out; pins go to standard output, everything else to standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from numlock.model import Repair
from numlock.repair import answer, exit_code
from numlock.report import as_html, as_json, as_markdown, as_pins, as_text
from numlock.verbs.options import (
    add_crash,
    add_environment,
    add_output,
    progress_of,
    question_of,
    write,
)

FORMATS: dict[str, Callable[[Repair], str]] = {
    "pins": as_pins,
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "html": as_html,
}


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.description = (
        "Read pins and a crash; print the same names with exact versions on standard output, and why "
        "on standard error. Exit codes: 0 sound or repaired, 2 bad input, 3 a bug in numlock, 4 no repair while "
        "the locks hold, 5 not caused by versions, 6 facts out of reach."
    )
    add_crash(parser)
    add_environment(parser)
    add_output(parser, sorted(FORMATS), "pins")


def run(options: argparse.Namespace) -> int:
    """Options to exit code."""
    found = answer(question_of(options), progress=progress_of(options))
    print(as_text(found), end="", file=sys.stderr)
    write(FORMATS[options.format](found), options.output)
    return exit_code(found)
