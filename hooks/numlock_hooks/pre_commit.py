"""The pre-commit hooks: the files of a commit to one command line of numlock.

``numlock-check`` reports, ``numlock-fix`` rewrites. Options in ``args`` come before the file names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from numlock.cli import entry

_INCLUDE = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)", re.MULTILINE)
_LARGEST = 1_000_000  # bytes of a file that may include others


def check() -> int:
    """The console script ``numlock-check``."""
    return run(sys.argv[1:])


def fix() -> int:
    """The console script ``numlock-fix``."""
    return run(["--fix", *sys.argv[1:]])


def run(arguments: Sequence[str]) -> int:
    """Check the files that pre-commit names, and those that include them: they are one environment."""
    return entry(["check", *arguments, *_including(arguments)])


def _including(arguments: Sequence[str]) -> list[str]:
    """Files beside the named ones, or one folder above, that include one of them, however indirectly."""
    named = [Path(each) for each in arguments if not each.startswith("-") and Path(each).is_file()]
    wanted = {path.resolve() for path in named}
    beside = {path.resolve() for place in named for path in _beside(place)} - wanted
    found: list[str] = []
    while more := [path for path in sorted(beside) if wanted & _included(path)]:
        wanted |= set(more)
        beside -= set(more)
        found += [str(path.relative_to(Path.cwd())) for path in more if path.is_relative_to(Path.cwd())]
    return found


def _beside(place: Path) -> Iterator[Path]:
    for folder in (place.parent, place.parent.parent):
        yield from folder.glob("*.txt")


def _included(path: Path) -> set[Path]:
    if path.stat().st_size > _LARGEST:
        return set()
    text = path.read_text(encoding="utf-8", errors="replace")
    return {(path.parent / name).resolve() for name in _INCLUDE.findall(text)}
