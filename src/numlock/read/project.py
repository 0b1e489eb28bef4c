"""The project's own source: the Python files below a folder, bounded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from numlock.errors import BadInput
from numlock.read.files import STDIN, decode

MAX_FILES = 2_000
MAX_SOURCE = 2_000_000  # bytes of a file
_LEFT_OUT = {
    *("site-packages", "dist-packages", "node_modules", "__pycache__", "build", "dist", "venv", "env"),
    *("test", "tests", "docs", "examples"),
}


def project_folder(named: str | None, requirements: str | None) -> str | None:
    """The folder that was named, else that of the pins file where Python files lie beside it."""
    if named is not None:
        if not Path(named).is_dir():
            raise BadInput("project-missing", "is no folder", where=named)
        return named
    if requirements is None or requirements == STDIN:
        return None
    folder = Path(requirements).parent
    return str(folder) if any(folder.glob("*.py")) else None


def read_project(folder: str) -> Iterator[tuple[str, str]]:
    """(path below the folder, text) of each Python file, in order; environments, builds and tests are left out."""
    count = 0
    for place, inner, files in os.walk(folder):
        inner[:] = sorted(each for each in inner if each not in _LEFT_OUT and not each.startswith("."))
        if "pyvenv.cfg" in files:
            inner.clear()
            continue
        for name in sorted(files):
            path = Path(place, name)
            if not name.endswith(".py") or count >= MAX_FILES or not _is_small(path):
                continue
            count += 1
            yield path.relative_to(folder).as_posix(), decode(path.read_bytes())


def _is_small(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= MAX_SOURCE and os.access(path, os.R_OK)
    except OSError:
        return False
