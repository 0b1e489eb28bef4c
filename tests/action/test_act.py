"""The action as the runner starts it, in this process: a log of the job, or a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.github_api import READER, GitHub, Pull
from support.index import Index
from support.workflow import CRASH, FIXED, HEAD, NEWS, NOT_VERSIONS, Job, Step, said

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
    assert step(log="crash.log", lock="low, high-er") == 0
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
    assert (hub.requests, job.outputs["verdict"]) == ([], "repaired")


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
    assert job.outputs["verdict"] == "repaired"


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


def test_a_run_of_the_proof_ends_with_the_time_limit(step: Step, job: Job) -> None:
    job.variables["NUMLOCK_STORE"] = str(job.folder / "facts.sqlite")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    (job.workspace / "crash.log").write_text(CRASH.replace("3.10", python), encoding="utf-8")
    bounds = {"jobs": "2", "time_limit": "1", "max_download": "1", "allow_source": "true"}
    command = "python -c 'import time; time.sleep(60)'"
    assert step(log="crash.log", lock="low", prove=command, python=python, **bounds) == 0
    assert "the command did not end within 1 s" in job.summary
