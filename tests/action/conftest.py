"""What every test of the action starts from."""

from __future__ import annotations

import os
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from numlock_hooks.action import main
from support.act import copy_action
from support.github_api import GitHub, Pull, entries
from support.github_api import Job as RunJob
from support.index import Index
from support.wheelhouse import repack
from support.workflow import CRASH, DIFF, HEAD, PINS, Job, Step, build_index, run_event


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index with all that installing numlock and running pytest takes, and with the packages of the tests."""
    folder = tmp_path_factory.mktemp("packages")
    needs = [Requirement(line) for line in metadata.requires("numlock") or ()]
    repack(folder, [need.name for need in needs if need.marker is None] + ["hatchling", "pytest"])
    build_index(folder)
    with Index(folder) as index:
        index.metadata = True
        yield index


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of a Python lie that belongs to the jobs alone."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, with_pip=True)
    return folder / ("Scripts" if os.name == "nt" else "bin")


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action as a runner fetches it."""
    folder = tmp_path_factory.mktemp("action")
    copy_action(folder)
    return folder


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """A GitHub with nothing in it."""
    with GitHub() as hub:
        yield hub


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    folder = tmp_path / "dists"
    folder.mkdir()
    build_index(folder)
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


@pytest.fixture
def job(tmp_path: Path, hub: GitHub, index: Index) -> Job:
    hub.pulls[5] = Pull("fork", "fix", HEAD, {"requirements.txt": DIFF})
    job = Job(tmp_path / "job", hub.api)
    job.environ()
    (job.workspace / "requirements.txt").write_text(PINS, encoding="utf-8")
    (job.workspace / "crash.log").write_text(CRASH, encoding="utf-8")
    return job


@pytest.fixture
def step(job: Job, monkeypatch: pytest.MonkeyPatch) -> Step:
    def run(**inputs: str) -> int:
        for name, value in job.environ(**inputs).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(job.workspace)
        return main()

    return run


@pytest.fixture
def follow(job: Job, hub: GitHub) -> Job:
    """A workflow after CI's run, in which a job failed."""
    job.name, job.event = "workflow_run", run_event()
    for each in job.workspace.iterdir():
        each.unlink()
    hub.files["requirements.txt", HEAD] = PINS.encode()
    hub.jobs = [
        RunJob(1, (70, 1), "lint", "success", b""),
        RunJob(2, (70, 1), "docs", "failure", b"no traceback here\n"),
        RunJob(3, (70, 1), "test", "failure", b"".join(entries(CRASH.encode()))),
    ]
    return job
