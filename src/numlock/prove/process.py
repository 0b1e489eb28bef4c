"""The one place that starts processes: a command, a time limit, its output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A process that ended, or that was ended at its time limit (``returncode`` None)."""

    returncode: int | None
    stdout: str
    stderr: str


def run(argv: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None) -> Finished:
    """Run ``argv`` without standard input, at most ``seconds`` long. A command that cannot start returns 127."""
    try:
        done = subprocess.run(  # noqa: S603  (argv is a list, never a shell line)
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            env=dict(environment) if environment is not None else None,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(returncode=None, stdout="", stderr=f"ended after {seconds:g} s")
    except OSError as error:
        return Finished(returncode=127, stdout="", stderr=str(error))
    return Finished(returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def sealed_environment() -> dict[str, str]:
    """The environment for a pip that must not look at the user's configuration or reach for the network."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "UV_"))
    }
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}


def own_python(*arguments: str) -> list[str]:
    """The argv that runs a module of numlock's own environment, apart from the folder it is started in."""
    return [sys.executable, "-I", *arguments]
