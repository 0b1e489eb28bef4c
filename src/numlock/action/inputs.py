"""What the workflow says: the inputs of ``action.yml`` and the variables of the runner, as values."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numlock.errors import BadInput
from numlock.github import Run
from numlock.proving import ProofOptions

PREFIX = "NUMLOCK_INPUT_"  # what action.yml gives its inputs in, so that no text of theirs is ever part of a script
COMMENTS = ("always", "on-failure", "never")
_EVENT = 10_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs, with the names of the command line. ``status``: how the job fares so far."""

    run: str
    log: str
    requirements: str
    locks: tuple[str, ...]
    python: str
    platform: str
    project: str
    store: str
    clean: bool
    offline: bool
    proof: ProofOptions | None
    comment: str
    fail: bool
    key: str
    author: str
    token: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where this runs: addresses without a slash at their end, folders, the event and the files the runner reads."""

    api: str
    server: str
    repository: str
    event_name: str
    event: Mapping[str, Any]
    workspace: str
    temporary: str
    output: str | None
    summary: str | None
    run: Run
    pull: int | None

    @property
    def is_follow_up(self) -> bool:
        """Whether this workflow follows another one's run, whose code is not trusted."""
        return self.event_name == "workflow_run"

    @property
    def address(self) -> str:
        """The page of the run that the report is about."""
        return f"{self.server}/{self.repository}/actions/runs/{self.run.number}"


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """The inputs. Raises BadInput for a value that an input does not have."""

    def text(name: str) -> str:
        return environ.get(f"{PREFIX}{name.upper().replace('-', '_')}", "").strip()

    comment = text("comment") or COMMENTS[1]
    if comment not in COMMENTS:
        raise BadInput("input-invalid", f"{comment[:50]!r} is none of {', '.join(COMMENTS)}", where="comment")
    return Inputs(
        run=text("run"),
        log=text("log"),
        requirements=text("requirements"),
        locks=tuple(text("lock").replace(",", " ").split()),
        python=text("python"),
        platform=text("platform"),
        project=text("project"),
        store=os.path.abspath(text("store")) if text("store") else "",
        clean=_truth("clean", text("clean")),
        offline=_truth("offline", text("offline")),
        proof=_proof(text),
        comment=comment,
        fail=_truth("fail", text("fail")),
        key=text("key"),
        author=text("author"),
        token=text("github-token"),
        status=text("status") or "failure",
    )


def _proof(text: Callable[[str], str]) -> ProofOptions | None:
    """Proof by running; ``prove`` is true for the imports of the crash, or a command."""
    numbers = {name: _number(name, text(name)) for name in ("jobs", "time-limit", "max-download")}
    allow_source = _truth("allow-source", text("allow-source"))
    if text("prove").lower() in ("", "false"):
        return None
    asked = ProofOptions(
        command=None if text("prove").lower() == "true" else text("prove"), allow_source=allow_source
    )
    return replace(
        asked,
        jobs=numbers["jobs"] or asked.jobs,
        seconds=numbers["time-limit"] or asked.seconds,
        most=numbers["max-download"] * 1_000_000 or asked.most,
    )


def _number(name: str, text: str) -> int:
    """A count from 1 on; 0 where the input is empty."""
    if not re.fullmatch(r"([1-9][0-9]{0,8})?", text):
        raise BadInput("input-invalid", f"{text[:50]!r} is no number from 1 on", where=name)
    return int(text or 0)


def read_place(environ: Mapping[str, str], status: str = "failure") -> Place:
    """Where this runs; ``status``: how the job fares so far. Raises BadInput where the event cannot be read."""
    event = _event(environ.get("GITHUB_EVENT_PATH"))
    follow_up = environ.get("GITHUB_EVENT_NAME") == "workflow_run"
    run = _followed(event) if follow_up else _own_run(environ, event, status)
    pull = event.get("pull_request")
    return Place(
        api=environ.get("GITHUB_API_URL", "").rstrip("/"),
        server=environ.get("GITHUB_SERVER_URL", "").rstrip("/"),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        event_name=environ.get("GITHUB_EVENT_NAME", ""),
        event=event,
        workspace=environ.get("GITHUB_WORKSPACE") or str(Path.cwd()),
        temporary=environ.get("RUNNER_TEMP") or "",
        output=environ.get("GITHUB_OUTPUT"),
        summary=environ.get("GITHUB_STEP_SUMMARY"),
        run=run,
        pull=int(pull["number"]) if isinstance(pull, dict) and not follow_up else None,
    )


def _truth(name: str, text: str) -> bool:
    if text.lower() not in ("", "true", "false"):
        raise BadInput("input-invalid", f"{text[:50]!r} is neither true nor false", where=name)
    return text.lower() == "true"


def _event(path: str | None) -> Mapping[str, Any]:
    if not path:
        return {}
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read(_EVENT))
    except (OSError, ValueError) as error:
        raise BadInput("event-unreadable", "the runner's event cannot be read", where=path) from error
    return found if isinstance(found, dict) else {}


def _followed(event: Mapping[str, Any]) -> Run:
    """The run that a ``workflow_run`` event tells of; its branch and owner are what a stranger named them."""
    try:
        found = event["workflow_run"]
        owner = ((found.get("head_repository") or {}).get("owner") or {}).get("login")
        return Run(
            number=int(found["id"]),
            attempt=int(found.get("run_attempt") or 1),
            head=str(found["head_sha"]),
            owner=owner,
            branch=found.get("head_branch"),
            workflow=str(found.get("name") or ""),
            conclusion=str(found.get("conclusion")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput("event-unreadable", "the event tells of no run of a workflow") from error


def _own_run(environ: Mapping[str, str], event: Mapping[str, Any], status: str) -> Run:
    pull = event.get("pull_request")
    head = pull["head"]["sha"] if isinstance(pull, dict) else environ.get("GITHUB_SHA", "")
    on_branch = environ.get("GITHUB_REF", "").startswith("refs/heads/")
    return Run(
        number=int(environ.get("GITHUB_RUN_ID") or 0),
        attempt=int(environ.get("GITHUB_RUN_ATTEMPT") or 1),
        head=head,
        owner=environ.get("GITHUB_REPOSITORY", "").partition("/")[0] or None,
        branch=environ["GITHUB_REF"].removeprefix("refs/heads/") if on_branch else None,
        workflow=f"{environ.get('GITHUB_WORKFLOW', '')}/{environ.get('GITHUB_JOB', '')}",
        conclusion=status,
    )
