"""A job on a runner, without the runner: the variables that it sets, and what a step leaves in its files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.distributions import build_wheel
from support.github_api import REPO, WRITER
from support.runner import Command, commands, outputs

NEWS = "1 pin must move"
Step = Callable[..., int]  # inputs to the exit code of a step of the action
HEAD = "c0ffee" * 6 + "beef"
PINS = "low==2.0\nHigh_Er==1.0  # above\nother==1.0\n"
FIXED = "low==2.0\nHigh_Er==1.1  # above\nother==1.0\n"
DIFF = "@@ -1,1 +1,3 @@\n low==2.0\n+High_Er==1.0  # above\n+other==1.0"
CRASH = """Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    import high
  File "/home/u/project/.venv/lib/python3.10/site-packages/high/__init__.py", line 1, in <module>
    from low.names import gone
ImportError: cannot import name 'gone' from 'low.names' \
(/home/u/project/.venv/lib/python3.10/site-packages/low/names.py)
"""
NOT_VERSIONS = """Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    print(1 / 0)
ZeroDivisionError: division by zero
"""


def build_index(folder: Path) -> None:
    """low 2.0 dropped a name that high 1.0 imports; high 1.1 does without it."""
    for version, names in (("1.0", "gone = 1\nkept = 2\n"), ("2.0", "kept = 2\n")):
        build_wheel(folder, "low", version, files={"low/__init__.py": "", "low/names.py": names})
    for version, name in (("1.0", "gone"), ("1.1", "kept")):
        files = {"high/__init__.py": f"from low.names import {name}\n"}
        build_wheel(folder, "high-er", version, files=files, requires=["low"])
    build_wheel(folder, "other", "1.0", files={"other.py": "from low.names import kept\n"}, requires=["low"])


def pull_event(number: int = 5, head: str = HEAD) -> dict[str, Any]:
    """The event of a pull request."""
    return {
        "action": "synchronize",
        "number": number,
        "pull_request": {"number": number, "head": {"sha": head}},
    }


def run_event(conclusion: str = "failure", *, run: int = 70, owner: str | None = "fork") -> dict[str, Any]:
    """The event of a workflow's run that a pull request of ``owner``'s fork started."""
    repository = {"owner": {"login": owner}} if owner else None
    found = {"id": run, "run_attempt": 1, "name": "CI", "event": "pull_request", "head_sha": HEAD}
    found |= {
        "head_branch": "fix",
        "head_repository": repository,
        "conclusion": conclusion,
        "pull_requests": [],
    }
    return {"action": "completed", "workflow_run": found}


@dataclass
class Job:
    """A job; each call of :meth:`environ` is for one more step of it."""

    folder: Path
    api: str
    name: str = "pull_request"
    event: dict[str, Any] = field(default_factory=pull_event)
    run: int = 70
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The folder of the checkout."""
        return self.folder / "workspace"

    def environ(self, **inputs: str) -> dict[str, str]:
        """The variables of a step with these inputs ('_' for '-')."""
        self.folder.mkdir(exist_ok=True)
        for name in ("workspace", "temporary"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "event.json").write_text(json.dumps(self.event), encoding="utf-8")
        for name in ("output", "summary"):
            (self.folder / name).write_text("", encoding="utf-8")
        given = {"status": "failure", "github_token": WRITER, "lock": "low"} | inputs
        return {
            **os.environ,
            "GITHUB_API_URL": self.api,
            "GITHUB_SERVER_URL": "https://github.test",
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_EVENT_NAME": self.name,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_SHA": HEAD,
            "GITHUB_REF": "refs/heads/fix" if self.name == "push" else "refs/pull/5/merge",
            "GITHUB_RUN_ID": str(self.run),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKFLOW": "CI",
            "GITHUB_JOB": "test",
            "RUNNER_TEMP": str(self.folder / "temporary"),
            **self.variables,
            **{f"NUMLOCK_INPUT_{name.upper()}": value for name, value in given.items()},
        }

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the last step set."""
        return outputs((self.folder / "output").read_text(encoding="utf-8"))

    @property
    def summary(self) -> str:
        """What the last step wrote for the summary."""
        return (self.folder / "summary").read_text(encoding="utf-8")


def said(capfd: pytest.CaptureFixture[str]) -> list[Command]:
    """The workflow commands of the step."""
    return commands(capfd.readouterr().out)
