"""``numlock facts``: look into and manage what numlock knows."""

from __future__ import annotations

import argparse
from pathlib import Path

from numlock.facts import Store
from numlock.facts.advisories import FOLDER, write_skeleton
from numlock.facts.portable import export_store, import_store


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
    fetch = topics.add_parser("fetch", help="read all that a check of files of pins asks for into the store")
    fetch.add_argument("files", metavar="FILE", nargs="+", help="files of pins")
    fetch.add_argument(
        "--python", metavar="X.Y", action="append", default=[], help="as of a check; repeatable"
    )
    fetch.add_argument(
        "--platform", metavar="TAG", action="append", default=[], help="as of a check; repeatable"
    )
    fetch.set_defaults(act=_fetch)
    for name, act, words in (
        ("export", _export, "write the store into one compressed file"),
        ("import", _import, "take the facts of an exported file into the store"),
    ):
        carry = topics.add_parser(name, help=words)
        carry.add_argument("file", metavar="FILE", help="the compressed file")
        carry.set_defaults(act=act)
    for topic in (fetch, *(topics.choices[name] for name in ("export", "import"))):
        topic.add_argument(
            "--store", metavar="FILE", help="the store of facts (default: in the user's cache folder)"
        )


def run(options: argparse.Namespace) -> int:
    """Options to exit code."""
    code: int = options.act(options)
    return code


def _new(options: argparse.Namespace) -> int:
    print(write_skeleton(options.package, options.folder))
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from numlock.check import check

    checked = check(
        options.files,
        pythons=options.python,
        platforms=options.platform,
        everything=True,
        store=options.store,
    )
    left = len(checked.unknowns)
    print(
        f"read {', '.join(checked.files)}: {f'{left} questions are open' if left else 'nothing is unknown'}"
    )
    return 0


def _export(options: argparse.Namespace) -> int:
    with Store(options.store) as store:
        print(f"wrote {export_store(store, options.file)} rows to {options.file}")
    return 0


def _import(options: argparse.Namespace) -> int:
    with Store(options.store) as store:
        taken, refused = import_store(store, options.file)
    print(f"took {taken} rows from {options.file}, refused {refused}")
    return 0
