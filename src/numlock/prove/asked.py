"""The interpreter that a command runs under, and what is installed there, as it says itself."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from numlock.errors import BadInput
from numlock.prove.process import run

_SECONDS = 60.0
_PYTHON = re.compile(r"(?:python|pypy)(?:\d(?:\.\d+)?)?(?:\.exe)?", re.IGNORECASE)
_PROVIDED = ("pip",)  # what an environment holds for its own sake
_SHEBANG = 4_096  # bytes of a script that are looked at
_INTERPRETER = re.compile(rb"^#!\s*(?:\S*/env\s+(?:-S\s+)?)?(\S+)[^\n]*")
_INDIRECT = re.compile(
    rb"^#!/bin/sh\n'''exec' \"?([^\"\n]+?)\"? \"\$0\" \"\$@\""
)  # pip's form for long paths
_SCRIPT = """
import sys
if sys.path and sys.path[0] in ("", "."):
    del sys.path[0]
import json
try:
    from importlib.metadata import distributions
    found = [(d.metadata["Name"], d.version, d.read_text("direct_url.json")) for d in distributions()]
except ImportError:
    import pkg_resources
    found = [(d.project_name, d.version, None) for d in pkg_resources.working_set]
print(json.dumps({"python": "%d.%d" % sys.version_info[:2], "path": sys.path, "found": found}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An interpreter, its version (``3.11``), the folders it imports from, one pin a line for what is installed."""

    interpreter: str
    python: str
    path: tuple[str, ...]
    pins: str


def ask_installed(argv: Sequence[str], files: Iterable[str]) -> Installed:
    """What is installed for the interpreter that ran ``argv``; ``files`` are those of the crash's frames.

    Looked for in the command itself (``python``, a script's first line), the active environment, ``.venv`` here, and
    PATH: the first that installs one of ``files``, else the first. Raises BadInput where there is none.
    """
    asked = [found for each in dict.fromkeys(_interpreters(argv, os.environ)) if (found := _ask(each))]
    if not asked:
        raise BadInput(
            "interpreter-unknown",
            "no Python is found behind this command",
            where=argv[0],
            hint="name the pins with -r FILE, and --python X.Y",
        )
    paths = list(files)
    return next((each for each in asked if _holds(each, paths)), asked[0])


def interpreter_of(program: str) -> str | None:
    """The Python that a program is, or that the first line of a script names; None where it is neither."""
    found = shutil.which(program)
    if found is None:
        return None
    if _PYTHON.fullmatch(Path(found).name):
        return found
    try:
        with open(found, "rb") as file:
            head = file.read(_SHEBANG)
    except OSError:
        return None
    line = _INDIRECT.match(head) or _INTERPRETER.match(head)
    named = os.fsdecode(line[1]) if line else None
    return shutil.which(named) if named and _PYTHON.fullmatch(Path(named).name) else None


def _interpreters(argv: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """The interpreters that may have run a command, likeliest first."""
    if found := interpreter_of(argv[0]):
        yield found
    folders = [environ.get("VIRTUAL_ENV"), environ.get("CONDA_PREFIX"), ".venv"]
    for folder in filter(None, folders):
        for inner in ("bin/python", "Scripts/python.exe", "python.exe"):
            if Path(folder, inner).is_file():
                yield str(Path(folder, inner).absolute())
    yield from (found for name in ("python", "python3") if (found := shutil.which(name)))


def _ask(interpreter: str) -> Installed | None:
    done = run([interpreter, "-c", _SCRIPT], seconds=_SECONDS)
    try:
        said = json.loads(done.stdout)
        lines = {canonicalize_name(row[0]): line for row in reversed(said["found"]) if (line := _line(*row))}
        return Installed(
            interpreter=interpreter,
            python=str(said["python"]),
            path=tuple(map(str, said["path"])),
            pins="".join(f"{line}\n" for _, line in sorted(lines.items())),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _line(name: str | None, version: str | None, direct: str | None) -> str | None:
    """A distribution as ``pip freeze`` writes it, without credentials; None for what is left of a broken one."""
    if not name or not version or name in _PROVIDED:
        return None
    if direct:
        url = re.sub(r"(?<=://)[^/@\s]*@", "", str(json.loads(direct)["url"]))
        return f"{name} @ {url}"
    try:
        Version(version)
    except InvalidVersion:
        return None
    return f"{name}=={version}"


def _holds(installed: Installed, files: Iterable[str]) -> bool:
    """Whether one of these files lies where the interpreter's packages do."""
    folders = tuple(
        f"{os.path.realpath(each)}{os.sep}" for each in installed.path if each.endswith("-packages")
    )
    return any(os.path.realpath(file).startswith(folders) for file in files)
