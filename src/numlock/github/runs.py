"""What a run left behind, read as data: the logs of its failed jobs, and files of its commit."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from numlock.github.client import Client
from numlock.github.interface import Refused, Run

_JOBS = 10  # failed ones that are looked at
_LARGEST = 1_000_000  # bytes of a file; GitHub states the content of no larger one


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A failed job and the end of its log."""

    name: str
    log: bytes


def failed_jobs(client: Client, repository: str, run: Run, *, limit: int) -> Iterator[Job]:
    """The failed jobs of a run's attempt, in order, with the last ``limit`` bytes of each log; read when asked for."""
    path = f"/repos/{repository}/actions/runs/{run.number}/attempts/{run.attempt}/jobs"
    failed = [each for each in client.pages(path, "jobs") if each.get("conclusion") == "failure"]
    for each in failed[:_JOBS]:
        try:
            log = client.end_of(f"/repos/{repository}/actions/jobs/{int(each['id'])}/logs", limit)
        except Refused as error:
            if error.status not in (404, 410):  # a log that is not there yet, or no more
                raise
            continue
        yield Job(name=str(each["name"]), log=log)


def file_at(client: Client, repository: str, path: str, commit: str) -> bytes | None:
    """A file of a commit; None where there is none, or where it is a link, a folder or too large."""
    try:
        found = client.get(f"/repos/{repository}/contents/{quote(path)}", ref=commit)
    except Refused as error:
        if error.status == 404:
            return None
        raise
    if not isinstance(found, dict) or found.get("type") != "file" or found.get("encoding") != "base64":
        return None
    data = base64.b64decode(str(found.get("content", "")))
    return data if len(data) <= _LARGEST else None
