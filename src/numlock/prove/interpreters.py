"""What the tools on this machine say of themselves: the Python on PATH, pip's default index."""

from __future__ import annotations

import os
import re
import shutil

from numlock.errors import OutOfReach
from numlock.prove.process import own_python, run, sealed_environment

_SECONDS = 20.0


def python_on_path() -> tuple[int, int] | None:
    """Major and minor version of the interpreter that ``python3`` (or ``python``) starts; None where there is none."""
    for name in ("python3", "python"):
        if program := shutil.which(name):
            script = "import sys; print('%d.%d' % sys.version_info[:2])"
            found = re.fullmatch(r"(\d+)\.(\d+)\s*", run([program, "-c", script], seconds=_SECONDS).stdout)
            if found:
                return int(found[1]), int(found[2])
    return None


def program_on_path() -> str:
    """The program that ``python3`` (or ``python``) starts, with the time it was installed at; empty: there is none."""
    program = next((found for name in ("python3", "python") if (found := shutil.which(name))), None)
    return f"{program} {os.stat(program).st_mtime_ns}" if program else ""


def default_index() -> str:
    """The index that pip takes where nothing is configured, as pip's own help states it.

    Asked of pip, so that no address stands in this code. Raises OutOfReach where pip does not say.
    """
    environment = sealed_environment() | {"COLUMNS": "200"}
    help_text = run(
        own_python("-m", "pip", "download", "--help"), seconds=_SECONDS, environment=environment
    ).stdout
    found = re.search(r"--index-url <url>.*?\(default\s+(\S+?)\)", help_text, re.DOTALL)
    if not found:
        raise OutOfReach(
            "no-index",
            "pip names no default index",
            hint="set index-url in pip's configuration or PIP_INDEX_URL",
        )
    return found[1]
