"""The workflows of the README, as they stand there, run by act against this machine's GitHub and index."""

from __future__ import annotations

import subprocess
import sysconfig
from importlib import metadata
from pathlib import Path

import pytest

from support.act import Project, readme_workflow
from support.github_api import READER, GitHub, Pull, entries
from support.github_api import Job as RunJob
from support.index import Index
from support.workflow import CRASH, HEAD, PINS, pull_event, run_event

FILES = {
    "requirements.txt": f"low==2.0\nhigh-er==1.0\nother==1.0\npytest=={metadata.version('pytest')}\n",
    "tests/test_it.py": "import high\n\n\ndef test_it():\n    assert high\n",
}
DIFF = "@@ -0,0 +1,4 @@\n+low==2.0\n+high-er==1.0\n+other==1.0\n+pytest"
FIXED = {"requirements.txt": FILES["requirements.txt"].replace("high-er==1.0", "high-er==1.1")}
UV = Path(sysconfig.get_path("scripts"), "uv")


@pytest.fixture
def project(tmp_path: Path, python: Path, action: Path, packages: Index, hub: GitHub) -> Project:
    """A project whose jobs have a Python of their own, and uv."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "uv").symlink_to(UV)
    path = (python, tmp_path / "tools")
    return Project(tmp_path / "project", action, hub.api, packages.url, path)


def passed(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether the jobs passed; what act said is shown where a test fails."""
    print(done.stdout, done.stderr)  # noqa: T201
    return done.returncode == 0


def test_a_command_red_twice_then_green(project: Project, hub: GitHub) -> None:
    workflow = {".github/workflows/ci.yml": readme_workflow("run")}
    head = project.write(FILES | workflow)
    hub.pulls[5] = Pull("octo-org", "fix", head, {"requirements.txt": DIFF})
    done = project.run("pull_request", pull_event(5, head), run=1)
    assert not passed(done)
    assert "ImportError: cannot import name 'gone' from 'low.names'" in done.stdout
    assert not passed(project.run("pull_request", pull_event(5, head), run=2))
    (comment,) = hub.comments
    assert "1 pin must move" in comment.body.splitlines()[1]
    assert len(hub.reviews) == 1
    head = hub.pulls[5].sha = project.write(FIXED)
    assert passed(project.run("pull_request", pull_event(5, head), run=3))
    assert "### numlock: resolved" in comment.body
    assert (len(hub.comments), len(hub.reviews)) == (1, 1)


def test_a_log_on_a_push_then_a_pull_request_of_a_fork(project: Project, hub: GitHub) -> None:
    head = project.write(FILES | {".github/workflows/ci.yml": readme_workflow("log")})
    hub.pulls[6] = Pull("octo-org", "fix", head)
    done = project.run("push", {"after": head}, run=1)
    assert not passed(done)
    assert "set-output:: verdict=repaired" in done.stdout
    assert "**high-er** `1.0` → `1.1`" in hub.comments[0].body
    done = project.run("pull_request", pull_event(5, head), run=2, token=READER)
    assert not passed(done)
    assert "::notice title=numlock::this token may not comment" in done.stdout
    assert "Summary - ### numlock: 1 pin must move" in done.stdout
    assert len(hub.comments) == 1
    head = hub.pulls[6].sha = project.write(FIXED)
    assert passed(project.run("push", {"after": head}, run=3))
    assert "### numlock: resolved" in hub.comments[0].body


def test_a_follow_up_on_a_run_of_a_fork(project: Project, hub: GitHub) -> None:
    project.write({".github/workflows/numlock.yml": readme_workflow("forks")})
    hub.pulls[5] = Pull("fork", "fix", HEAD, {})
    hub.files["requirements.txt", HEAD] = PINS.encode()
    hub.jobs = [RunJob(3, (70, 1), "test", "failure", b"".join(entries(CRASH.encode())))]
    assert passed(project.run("workflow_run", run_event(), run=71))
    assert "`requirements.txt:2`" in hub.comments[0].body
    assert passed(project.run("workflow_run", run_event("success", run=72), run=73))
    assert "### numlock: resolved" in hub.comments[0].body


def test_without_uv_and_with_hostile_settings_of_the_project(project: Project, hub: GitHub) -> None:
    """Neither modules of the workspace, nor PYTHONPATH, nor a project's pip and uv settings reach numlock."""
    project.path = project.path[:1]
    evil = "raise SystemExit('owned')\n"
    workflow = readme_workflow("forks").replace(
        "      - uses: numlock", "      - uses: actions/checkout@v1\n      - uses: numlock"
    )
    files = dict.fromkeys(
        ("json.py", "numlock.py", "sitecustomize.py", "numlock_hooks/__init__.py", "pip.py"), evil
    )
    files |= {"pip.conf": "[global]\nno-index = true\n", "uv.toml": "no-index = true\n"}
    project.write(files | {".github/workflows/numlock.yml": workflow})
    project.variables |= {"PYTHONPATH": ".", "PIP_TARGET": "here", "PIP_REQUIRE_VIRTUALENV": "1"}
    hub.pulls[5] = Pull("fork", "fix", HEAD, {})
    hub.files["requirements.txt", HEAD] = PINS.encode()
    hub.jobs = [RunJob(3, (70, 1), "test", "failure", CRASH.encode())]
    done = project.run("workflow_run", run_event(), run=71)
    assert passed(done)
    assert "owned" not in done.stdout
    assert "`requirements.txt:2`" in hub.comments[0].body


def test_a_failed_set_up_is_one_error(project: Project, hub: GitHub) -> None:
    project.write({".github/workflows/numlock.yml": readme_workflow("forks")})
    project.variables |= {"PIP_INDEX_URL": f"{hub.api}/none", "UV_DEFAULT_INDEX": f"{hub.api}/none"}
    done = project.run("workflow_run", run_event(), run=71)
    assert not passed(done)
    assert "::error title=numlock::numlock could not be installed" in done.stdout
    hub.problems.clear()  # its index was asked of GitHub
