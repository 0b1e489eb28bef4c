"""The action on somebody else's run: logs and files come as data, and nothing else comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from numlock.errors import Exit
from support.github_api import GitHub, entries
from support.index import Index
from support.runner import commands
from support.workflow import CRASH, HEAD, NEWS, PINS, Job, Step, run_event, said


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
    assert (hub.comments, follow.outputs["verdict"]) == ([], "repaired")
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
