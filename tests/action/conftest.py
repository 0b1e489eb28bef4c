"""What every test of the action starts from."""

from __future__ import annotations

import os
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from support.act import copy_action
from support.github_api import GitHub
from support.index import Index
from support.wheelhouse import repack
from support.workflow import build_index


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
