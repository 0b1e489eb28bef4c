"""``numlock facts``: look into and manage what numlock knows."""

from __future__ import annotations

import argparse
from pathlib import Path

from numlock.facts.advisories import FOLDER, write_skeleton


def add(parser: argparse.ArgumentParser) -> None:
    """Its subcommands; each one sets ``act``, which takes the options and returns the exit code."""
    topics = parser.add_subparsers(dest="topic", required=True, metavar="TOPIC")
    advisory = topics.add_parser("advisory", help="curated facts that neither code nor metadata shows")
    acts = advisory.add_subparsers(dest="act", required=True, metavar="ACT")
    new = acts.add_parser("new", help="write the skeleton of an advisory and print its path")
    new.add_argument("package", metavar="PACKAGE", help="the package that fails")
    new.add_argument(
        "--folder", metavar="DIR", type=Path, default=FOLDER, help="of advisories (default: numlock's own)"
    )
    new.set_defaults(act=_new)


def run(options: argparse.Namespace) -> int:
    """Options to exit code."""
    code: int = options.act(options)
    return code


def _new(options: argparse.Namespace) -> int:
    print(write_skeleton(options.package, options.folder))
    return 0
