"""Fresh environments for programs that are run: interpreters, exact pins without resolution, a program's last words.

uv installs where it is at hand, else each environment's own pip does. Indexes are those of pip's configuration.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from numlock.facts import IndexSettings, read_settings
from numlock.prove import default_index

_SECONDS = 900.0


class Ran(NamedTuple):
    """How a program ended. ``returncode`` None: its environment could not be made, and ``stderr`` says why."""

    returncode: int | None
    stderr: str


def run_in(python: str, pins: Sequence[str], program: str) -> Ran:
    """Install ``pins`` without resolution for the interpreter ``python`` and run a program in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        inside = f"{folder}/env/bin/python"
        for step in _steps(python, f"{folder}/env", inside, pins):
            done = _process(step, folder, os.environ)
            if done.returncode:
                return Ran(None, done.stderr)
        work = Path(folder, "work")
        work.mkdir()
        Path(work, "main.py").write_text(program, encoding="utf-8")
        return _process([inside, "main.py"], str(work), {**_plain(), "HOME": folder})


@cache
def interpreter(version: str) -> str | None:
    """The path of Python X.Y on PATH, or below pyenv's folder."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    named = shutil.which(f"python{version}")
    for program in [*([named] if named else []), *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))]:
        if re.fullmatch(rf"Python {re.escape(version)}\.\S+\s*", _said([program, "--version"])):
            return program
    return None


@cache
def settings() -> IndexSettings:
    """The indexes of pip's configuration."""
    return read_settings(os.environ, default_index=default_index)


def index_options() -> tuple[str, ...]:
    """The indexes as options of uv, which does not read pip's configuration."""
    return (
        *(f"--default-index={url}" for url in settings().indexes[:1]),
        *(f"--index={url}" for url in settings().indexes[1:]),
        "--index-strategy=unsafe-best-match",
        *(f"--find-links={at}" for at in settings().find_links),
    )


def _steps(python: str, folder: str, inside: str, pins: Sequence[str]) -> list[list[str]]:
    beside = str(Path(sys.executable).parent)
    uv = shutil.which("uv") or shutil.which("uv", path=beside)
    if uv is None:
        install = [inside, "-m", "pip", "install", "--quiet", "--no-deps", *pins]
        return [[python, "-m", "venv", folder], install]
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", inside, *index_options(), *pins]
    return [[uv, "venv", "--quiet", "--python", python, folder], install]


def _process(argv: Sequence[str], folder: str, environment: Mapping[str, str]) -> Ran:
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=folder,
            env=dict(environment),
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ran(None, f"ended after {_SECONDS:g} s")
    return Ran(done.returncode, done.stderr or done.stdout)


def _plain() -> dict[str, str]:
    """What a probe sees of this environment: nothing that changes Python or a package."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}


def _said(argv: Sequence[str]) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
