"""Whatever goes wrong is one annotation; the exit code follows ``fail``; nothing is half posted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from numlock.errors import Exit
from numlock_hooks.action import main
from support.github_api import REPO, GitHub
from support.index import Answer, Index
from support.workflow import CRASH, NEWS, PINS, Job, Step, run_event, said


def only(capfd: pytest.CaptureFixture[str]) -> str:
    """The one annotation."""
    (found,) = said(capfd)
    assert found.properties["title"] == "numlock"
    return f"{found.name}: {found.message}"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"log": "gone.log"}, "error: log-missing: gone.log does not exist"),
        ({"log": "empty.log"}, "error: log-empty: empty.log is empty"),
        ({"log": "plain.log"}, "notice: log-no-crash: "),
        ({"log": "crash.log", "requirements": "gone.txt"}, "error: pins-missing: gone.txt does not exist"),
        (
            {"log": "crash.log", "comment": "sometimes"},
            "error: input-invalid: comment 'sometimes' is none of",
        ),
        ({"log": "crash.log", "jobs": "0"}, "error: input-invalid: jobs '0' is no number from 1 on"),
        ({"log": "crash.log", "time_limit": "1e3"}, "error: input-invalid: time-limit '1e3' is no number"),
        ({"log": "crash.log", "clean": "yes"}, "error: input-invalid: clean 'yes' is neither true nor false"),
        ({"log": "crash.log", "python": "four"}, "error: python-invalid: --python 'four' is not"),
        ({"log": "crash.log", "lock": "not-there"}, "error: lock-"),
        ({}, "error: no-log: the action is told neither what to run nor what to read"),
    ],
)
@pytest.mark.parametrize("fail", ["true", "false"])
def test_bad_input_is_one_annotation(
    step: Step,
    job: Job,
    hub: GitHub,
    capfd: pytest.CaptureFixture[str],
    inputs: dict[str, str],
    message: str,
    fail: str,
) -> None:
    (job.workspace / "empty.log").write_text("\n", encoding="utf-8")
    (job.workspace / "plain.log").write_text("all is lost\n", encoding="utf-8")
    code = step(**inputs, fail=fail)
    assert code == (Exit.BAD_INPUT if fail == "true" or "input-invalid" in message else 0)
    assert only(capfd).startswith(message)
    assert (hub.comments, hub.reviews) == ([], [])


def test_no_requirements_file_in_the_commit(
    step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.files.clear()
    assert step() == 0
    assert only(capfd).startswith("error: pins-missing: requirements.txt is not in the commit")
    assert (hub.comments, follow.outputs["verdict"]) == ([], "error")


def test_no_log_of_a_failed_job_holds_a_traceback(
    step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.jobs[2].log = None
    assert step() == 0
    assert only(capfd).startswith("notice: log-no-crash")
    assert hub.comments == []


def test_a_log_of_200_mb(step: Step, follow: Job, hub: GitHub) -> None:
    hub.jobs[2].log = b"2026-01-01T00:00:00.0000000Z nothing to see\n" * 4_500_000 + CRASH.encode()
    assert len(hub.jobs[2].log) > 197_000_000
    assert step() == 0
    assert NEWS in hub.comments[0].body


@pytest.mark.parametrize(
    ("asked", "answer", "message"),
    [
        (f"POST /repos/{REPO}/issues/5/comments", Answer(status=500), "error: github-failed: "),
        (f"GET /repos/{REPO}/issues/5/comments", Answer(status=502), "error: github-failed: "),
        (
            f"POST /repos/{REPO}/issues/5/comments",
            Answer(status=200, body=b"<html>"),
            "error: github-damaged",
        ),
        (f"POST /repos/{REPO}/issues/5/comments", Answer(status=410), "error: github-refused: "),
        (f"GET /repos/{REPO}/actions/runs/70/attempts/1/jobs", Answer(status=500), "error: github-failed: "),
    ],
)
def test_an_api_that_fails(
    step: Step,
    follow: Job,
    hub: GitHub,
    capfd: pytest.CaptureFixture[str],
    asked: str,
    answer: Answer,
    message: str,
) -> None:
    hub.failing[asked] = answer
    assert step(fail="true") == Exit.OUT_OF_REACH
    (*others, last) = said(capfd)
    assert f"{last.name}: {last.message}".startswith(message)
    assert [found.properties["title"] for found in others] == ["numlock: high-er 1.0 -> 1.1"] * len(others)
    assert (hub.comments, hub.reviews) == ([], [])
    hub.problems.clear()


def test_an_answer_that_nobody_expects_does_not_hide_how_the_command_ended(
    step: Step, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.failing[f"POST /repos/{REPO}/issues/5/comments"] = Answer(status=201, body=b"{}")
    assert step(run="cat crash.log; exit 9", status="success", fail="true") == 9
    assert said(capfd)[-1].message.startswith("bug: ")
    hub.problems.clear()


def test_a_deleted_fork(step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> None:
    follow.event = run_event(owner=None)
    hub.pulls[5].owner = None
    assert step(fail="true") == Exit.BAD_INPUT
    assert [found.message.partition(":")[0] for found in said(capfd)][1:] == ["fork-gone"]
    assert (hub.comments, follow.outputs["comment-url"]) == ([], "")


def test_a_locked_conversation(step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> None:
    hub.pulls[5].locked = True
    assert step(log="crash.log", fail="true") == Exit.OUT_OF_REACH
    assert [found.message.partition(":")[0] for found in said(capfd)][1:] == ["github-locked"]
    assert (hub.comments, hub.reviews) == ([], [])


def test_a_comment_over_the_limit_loses_its_end(step: Step, job: Job, hub: GitHub, index: Index) -> None:
    many = "".join(f"-e ./{'folder-with-a-long-name/' * 7}{number}\n" for number in range(400))
    (job.workspace / "requirements.txt").write_text(PINS + many, encoding="utf-8")
    assert step(log="crash.log", lock="low") == 0
    assert len(hub.comments[0].body) <= 65_536
    assert "Left out, for the length" in hub.comments[0].body
    assert Path(job.outputs["pins-file"]).read_text(encoding="utf-8").count("\n") == 403


def test_an_event_that_cannot_be_read(step: Step, job: Job, capfd: pytest.CaptureFixture[str]) -> None:
    job.variables["GITHUB_EVENT_PATH"] = str(job.workspace / "crash.log")
    assert step(log="crash.log") == Exit.BAD_INPUT
    assert only(capfd).startswith("error: event-unreadable")


def test_the_door_is_started_as_a_module() -> None:
    assert sys.modules["numlock_hooks.action"].main is main
    assert not [name for name in os.environ if name.startswith("NUMLOCK_INPUT_")]
