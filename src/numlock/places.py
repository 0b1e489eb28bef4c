"""Where numlock keeps things, and which of a folder's files are a project's own; light enough for a warm start."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice

_MAX_FOLDERS = 20_000
_LEFT_OUT = {"site-packages", "dist-packages", "node_modules", "__pycache__", "build", "dist", "venv", "env"}
_TESTS = {"test", "tests", "docs", "examples"}


def store_path(environ: Mapping[str, str] = os.environ) -> str:
    """``NUMLOCK_STORE``, else a file in the user's cache folder."""
    if named := environ.get("NUMLOCK_STORE"):
        return named
    home = environ.get("HOME") or environ.get("USERPROFILE") or tempfile.gettempdir()
    if sys.platform == "win32":
        folder = environ.get("LOCALAPPDATA") or home
    elif sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Caches")
    else:
        folder = environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(folder, "numlock", "facts.sqlite")


def project_files(folder: str, endings: tuple[str, ...] = (".py",), *, tests: bool = False) -> Iterator[str]:
    """The files below a folder, in order; environments, builds, hidden folders and (else) tests are left out."""
    left_out = _LEFT_OUT if tests else _LEFT_OUT | _TESTS
    for place, inner, files in islice(os.walk(folder), _MAX_FOLDERS):
        inner[:] = sorted(each for each in inner if each not in left_out and not each.startswith("."))
        if "pyvenv.cfg" in files:
            inner.clear()
            continue
        yield from (os.path.join(place, name) for name in sorted(files) if name.endswith(endings))
