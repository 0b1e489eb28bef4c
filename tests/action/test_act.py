"""The action as the runner starts it, in this process: three ways in, and what each leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from numlock.errors import Exit
from numlock_hooks.action import main
from support.github_api import READER, REPO, GitHub, Pull, entries
from support.index import Answer, Index
from support.runner import Command, commands
from support.workflow import CRASH, FIXED, HEAD, NOT_VERSIONS, PINS, Job, Step, run_event

NEWS = "no repair while the locks hold"


def said(capfd: pytest.CaptureFixture[str]) -> list[Command]:
    """The workflow commands of the step."""
    return commands(capfd.readouterr().out)


# --- a log -----------------------------------------------------------------------------------------


def test_a_log_of_a_failed_step(step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> None:
    assert step(log="crash.log", lock="low") == 0
    (comment,) = hub.comments
    first = comment.body.splitlines()[:5]
    assert "1 pin must move" in first[1]
    assert first[3] == "**high-er** `1.0` → `1.1`; held: `low==2.0`"
    assert "`requirements.txt:2`" in comment.body
    assert "High_Er==1.1" in comment.body
    assert f"`{HEAD[:12]}`" in comment.body
    (annotation,) = said(capfd)
    assert (annotation.properties["file"], annotation.properties["line"]) == ("requirements.txt", "2")
    assert annotation.properties["title"] == "numlock: high-er 1.0 -> 1.1"
    assert "low.names.gone" in annotation.message
    assert job.outputs["verdict"] == "repaired"
    assert job.outputs["changed"] == "true"
    assert job.outputs["comment-url"].endswith(f"#issuecomment-{comment.number}")
    assert (
        Path(job.outputs["pins-file"]).read_text(encoding="utf-8") == "low==2.0\nHigh_Er==1.1\nother==1.0\n"
    )
    assert Path(job.outputs["report-file"]).read_text(encoding="utf-8") in job.summary
    assert "**high-er** `1.0` → `1.1`" in job.summary
    (suggestion,) = hub.reviews[0]["comments"]
    assert (suggestion["path"], suggestion["line"]) == ("requirements.txt", 2)
    assert suggestion["body"].endswith("\n\n```suggestion\nHigh_Er==1.1  # above\n```")
    subprocess.run(["git", "apply", job.outputs["patch-file"]], cwd=job.workspace, check=True)
    assert (job.workspace / "requirements.txt").read_text(encoding="utf-8") == FIXED


def test_an_unchanged_commit_twice_leaves_one_comment(step: Step, job: Job, hub: GitHub) -> None:
    step(log="crash.log")
    job.run += 1
    step(log="crash.log")
    assert len(hub.comments) == 1


def test_green_after_red(step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> None:
    step(log="crash.log")
    job.run += 1
    said(capfd)
    assert step(log="crash.log", status="success") == 0
    assert "### numlock: resolved" in hub.comments[0].body
    assert (job.outputs["verdict"], job.outputs["changed"], said(capfd)) == ("passed", "false", [])
    job.run += 1
    step(log="crash.log")
    assert [comment.edits for comment in hub.comments] == [2]
    assert NEWS in hub.comments[0].body


def test_a_green_job_of_the_same_run_resolves_nothing(step: Step, hub: GitHub) -> None:
    step(log="crash.log")
    step(log="crash.log", status="success")
    assert NEWS in hub.comments[0].body


def test_nothing_is_posted_that_versions_did_not_cause(
    step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    (job.workspace / "crash.log").write_text(NOT_VERSIONS, encoding="utf-8")
    assert step(log="crash.log", comment="always") == 0
    assert (hub.comments, hub.reviews, said(capfd)) == ([], [], [])
    assert job.outputs["verdict"] == "not-versions"
    assert job.summary.startswith("**numlock**: ")
    assert len(job.summary.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("comment", "red", "green"), [("always", 1, 1), ("on-failure", 1, 0), ("never", 0, 0)]
)
def test_when_to_comment(step: Step, hub: GitHub, comment: str, red: int, green: int) -> None:
    step(log="crash.log", comment=comment, status="success")
    assert len(hub.comments) == green
    step(log="crash.log", comment=comment)
    assert len(hub.comments) == red


def test_no_repair_names_the_ways_out(
    step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    assert step(log="crash.log") == 0
    assert "no repair while the locks hold" in hub.comments[0].body
    assert "release the lock on high\\_er" in hub.comments[0].body.replace("-", "\\_")
    assert job.outputs["verdict"] == "no-repair"
    assert [found.properties["line"] for found in said(capfd)] == ["1"]


def test_a_token_that_reads_only_leaves_the_summary(
    step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    assert step(log="crash.log", github_token=READER, fail="true") == 0
    assert hub.comments == []
    assert NEWS in job.summary
    assert [found.name for found in said(capfd)] == ["error", "notice"]
    assert "workflow_run" in job.summary


def test_without_a_token(step: Step, job: Job, hub: GitHub) -> None:
    assert step(log="crash.log", github_token="") == 0
    assert (hub.requests, job.outputs["verdict"]) == ([], "no-repair")


def test_a_push_finds_the_pull_request_of_its_branch(step: Step, job: Job, hub: GitHub) -> None:
    job.name, job.event = "push", {"after": HEAD}
    step(log="crash.log")
    assert hub.comments == []
    hub.pulls[6] = Pull("octo-org", "fix", HEAD)
    step(log="crash.log")
    assert [comment.pull for comment in hub.comments] == [6]


# --- a command -------------------------------------------------------------------------------------

SCRIPT = "print('before', flush=True)\nraise SystemExit(open('crash.log').read())"


def test_a_command_that_dies(step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> None:
    assert step(run="echo '::notice::mine'; cat crash.log >&2; exit 3", status="success") == 3
    out, err = capfd.readouterr()
    assert out.startswith("::notice::mine\n")
    assert err == CRASH
    assert NEWS in hub.comments[0].body
    assert job.outputs["verdict"] == "no-repair"


def test_a_command_that_passes_sets_the_comment_to_resolved(step: Step, job: Job, hub: GitHub) -> None:
    step(run="cat crash.log; false", status="success")
    job.run += 1
    assert step(run="true | cat", status="success") == 0
    assert "resolved" in hub.comments[0].body
    assert job.outputs["verdict"] == "passed"


def test_another_failure_resolves_nothing(step: Step, job: Job, hub: GitHub) -> None:
    step(log="crash.log")
    job.run += 1
    (job.workspace / "crash.log").write_text(NOT_VERSIONS, encoding="utf-8")
    step(log="crash.log")
    assert NEWS in hub.comments[0].body


def test_a_command_that_fails_without_a_crash(
    step: Step, job: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    assert step(run="echo no good; false | cat", status="success") == 1
    assert (hub.comments, said(capfd), job.outputs["verdict"]) == ([], [], "not-versions")


def test_the_command_does_not_see_the_token_and_fails_as_itself(
    step: Step, job: Job, index: Index, capfd: pytest.CaptureFixture[str]
) -> None:
    index.stop()
    assert step(run="env; cat crash.log; exit 7", status="success", store="", fail="true") == 7
    out = capfd.readouterr().out
    assert "NUMLOCK_INPUT" not in out
    assert job.variables.get("token", "ghs_writer") not in out
    assert job.outputs["verdict"] == "error"


def test_pins_that_are_not_exact_give_way_to_what_is_installed(step: Step, job: Job) -> None:
    (job.workspace / "requirements.txt").write_text("low\n", encoding="utf-8")
    assert step(log="crash.log") == 0
    assert job.outputs["verdict"] == "error"  # what is installed is not for the Python of this log


def test_the_repair_is_proved_where_that_is_asked_for(step: Step, job: Job) -> None:
    job.variables["NUMLOCK_STORE"] = str(job.folder / "facts.sqlite")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (job.workspace / "crash.log").write_text(CRASH.replace("3.10", python), encoding="utf-8")
    assert step(log="crash.log", lock="low", prove="python -c 'import high'", python=python) == 0
    assert "proved by a run" in job.summary


# --- a run of strangers ----------------------------------------------------------------------------


def test_a_run_of_a_fork(step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> None:
    assert step(lock="low") == 0
    assert "1 pin must move" in hub.comments[0].body
    assert "`requirements.txt:2`" in hub.comments[0].body
    (annotation,) = said(capfd)
    assert annotation.properties["file"] == "requirements.txt"
    assert follow.outputs["verdict"] == "repaired"
    assert list(follow.workspace.iterdir()) == []


def test_nothing_of_a_stranger_is_run(step: Step, follow: Job, hub: GitHub) -> None:
    mark = follow.folder / "was-run"
    assert step(lock="low", prove=f"touch {mark}") == 0
    assert "not proved by a run" in hub.comments[0].body
    assert not mark.exists()


def test_a_green_run_resolves(step: Step, follow: Job, hub: GitHub) -> None:
    step()
    follow.event = run_event("success", run=71)
    assert step() == 0
    assert "resolved" in hub.comments[0].body


def test_a_pull_request_that_moved_on_is_left_alone(
    step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.pulls[5].sha = "0" * 40
    assert step() == 0
    assert (hub.comments, follow.outputs["verdict"]) == ([], "no-repair")
    assert [found.name for found in said(capfd)] == ["error", "notice"]


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "action_required"])
def test_a_run_that_neither_passed_nor_failed_says_nothing(
    step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str], conclusion: str
) -> None:
    step()
    said(capfd)
    follow.event = run_event(conclusion, run=71)
    assert step() == 0
    assert NEWS in hub.comments[0].body
    assert said(capfd) == []


def test_included_files_are_fetched_too(step: Step, follow: Job, hub: GitHub) -> None:
    hub.files["requirements/ci.txt", HEAD] = b"-r base.txt\n-c ../limits.txt\n"
    hub.files["requirements/base.txt", HEAD] = PINS.encode()
    hub.files["limits.txt", HEAD] = b"other==1.0\n"
    assert step(requirements="requirements/ci.txt", lock="low") == 0
    assert "`requirements/base.txt:2`" in hub.comments[0].body


@pytest.mark.parametrize(
    "line",
    ["-r /etc/passwd", "-r ../../../../../../etc/passwd", "-r ${HOME}/.netrc", "-r ${SECRET_PLACE}", "-r ."],
)
def test_no_file_of_this_machine_is_read(
    step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str], line: str
) -> None:
    follow.variables["SECRET_PLACE"] = "/etc/hidden-value"
    hub.files["requirements.txt", HEAD] = f"{PINS}{line}\n".encode()
    assert step(fail="true") == Exit.BAD_INPUT
    out = capfd.readouterr().out
    assert "root:" not in out
    assert "hidden-value" not in out
    assert (hub.comments, len(commands(out)), follow.outputs["verdict"]) == ([], 1, "error")


def test_indexes_that_a_stranger_names_are_not_asked(
    step: Step, follow: Job, hub: GitHub, tmp_path: Path
) -> None:
    with Index(tmp_path / "dists") as evil:
        options = f"--index-url {evil.url}/${{HOME}}\n--extra-index-url {evil.url}\n-f {evil.host}/x\n"
        hub.files["requirements.txt", HEAD] = (options + PINS).encode()
        assert step(lock="low") == 0
        assert evil.log == []
    assert "`requirements.txt:5`" in hub.comments[0].body


def test_the_python_is_told_by_setup_python(step: Step, follow: Job, hub: GitHub) -> None:
    log = CRASH.replace("/home/u/project/.venv/lib/python3.10/site-packages/", "/app/site-packages/")
    hub.jobs[2].log = b"".join(entries(log.encode()))
    assert step(fail="true") == Exit.BAD_INPUT
    hub.jobs[2].log = b"  pythonLocation: /opt/hostedtoolcache/Python/3.9.18/x64\n" + log.encode()
    assert step(fail="true") == 0
    assert "cpython 3.9" in hub.comments[0].body


# --- bad input -------------------------------------------------------------------------------------


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
    assert [found.properties["title"] for found in others] == [
        "numlock: no repair while the locks hold"
    ] * len(others)
    assert (hub.comments, hub.reviews) == ([], [])
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
