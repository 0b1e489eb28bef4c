"""The project's own source: the Python files below a folder, bounded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath

from numlock.errors import BadInput
from numlock.places import project_files
from numlock.read.files import STDIN, decode

MAX_FILES = 2_000
MAX_SOURCE = 2_000_000  # bytes of a file
_PINS = ("requirements.txt", "Pipfile", "environment.yml", "environment.yaml")
_SETTLING = (".py", ".toml", ".cfg", ".ini")


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
    for path in islice(_small_files(folder, (".py",)), MAX_FILES):
        yield path.relative_to(folder).as_posix(), decode(path.read_bytes())


def pinned_apart(folder: str, included: Collection[Path]) -> Callable[[str], bool]:
    """Whether a path below a folder lies in an inner folder with pins of its own, that are not among the included."""

    @cache
    def has_pins(inner: PurePosixPath) -> bool:
        if inner == PurePosixPath():
            return False
        places = (Path(folder, inner, name) for name in _PINS)
        return any(each.is_file() and each.resolve() not in included for each in places) or has_pins(
            inner.parent
        )

    return lambda path: has_pins(PurePosixPath(path).parent)


def digest_project(folder: str) -> str:
    """Changes when what a command run in the folder may depend on does: Python files and settings, tests included."""
    digest = hashlib.sha256()
    for path in islice(_small_files(folder, _SETTLING, tests=True), MAX_FILES):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _small_files(folder: str, endings: tuple[str, ...], *, tests: bool = False) -> Iterator[Path]:
    found = (Path(path) for path in project_files(folder, endings, tests=tests))
    return (path for path in found if _is_small(path))


def _is_small(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= MAX_SOURCE and os.access(path, os.R_OK)
    except OSError:
        return False
