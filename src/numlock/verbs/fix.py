"""``numlock fix``: a crash in, exact pins out; pins go to standard output, everything else to standard error."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace

from numlock.errors import Exit
from numlock.model import Repair, Skipped
from numlock.question import opened
from numlock.read import apply
from numlock.repair import answer_asked, exit_code, runs_to_make
from numlock.report import as_html, as_json, as_markdown, as_pins, as_text
from numlock.report.escape import plain
from numlock.rewrite import Rewritten, rewrite
from numlock.verbs.options import (
    add_crash,
    add_environment,
    add_output,
    add_proof,
    progress_of,
    proof_of,
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
    add_proof(parser)
    parser.add_argument(
        "--plan-matrix",
        action="store_true",
        help="print the runs that would prove it as a matrix for CI, each for numlock prove --pins",
    )
    add_output(parser, sorted(FORMATS), "pins")
    parser.add_argument(
        "--write",
        action="store_true",
        help="rewrite the pins where they stand, in all files, unless the plan is not certain",
    )


def run(options: argparse.Namespace) -> int:
    """Options to exit code."""
    progress = progress_of(options)
    question = replace(question_of(options), proof=proof_of(options, here=not options.plan_matrix))
    with opened(question, progress) as asked:
        if options.plan_matrix:
            matrix = runs_to_make(asked, clean=question.clean, progress=progress)
            write(json.dumps(matrix) + "\n", options.output)
            return Exit.OK
        found = answer_asked(asked, clean=question.clean, progress=progress)
        rewritten = rewrite(found, asked.document, asked.facts) if options.write else None
    print(as_text(found), end="", file=sys.stderr)
    write(FORMATS[options.format](found), options.output)
    if rewritten is not None:
        _apply(rewritten)
    return exit_code(found)


def _apply(rewritten: Rewritten | Skipped) -> None:
    """Write the files, and tell which, or why none is."""
    if isinstance(rewritten, Skipped):
        told = [f"nothing: {rewritten.why}"]
    else:
        apply(rewritten.edits)
        told = [
            f"{edit.path} ({edit.lines} {'line' if edit.lines == 1 else 'lines'})" for edit in rewritten.edits
        ]
        told += rewritten.notes
    for text in told:
        print(f"{'wrote':<10}{plain(text)}", file=sys.stderr)
