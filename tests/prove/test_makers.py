"""Tools that make environments, each over the same local index; where interpreters are looked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.facts import IndexSettings
from numlock.model import Proof, Skipped, Target
from numlock.prove import Command, Prover
from numlock.prove.makers import find_uv
from numlock.prove.pythons import find_python
from support.distributions import build_wheel
from support.index import Index

HERE = (sys.version_info[0], sys.version_info[1])
SYSTEM = {"win32": "win_amd64", "darwin": "macosx_14_0_arm64"}.get(sys.platform, "manylinux_2_39_x86_64")
LOW = {canonicalize_name("low"): Version("2.0")}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    build_wheel(tmp_path, "low", "2.0", files={"low.py": "kept = 2\n"})
    with Index(tmp_path) as index:
        index.login = ("me", "secret")
        yield index


def prover(index: Index, *, password: str = "secret") -> Prover:
    address = index.url.replace("://", f"://me:{password}@")
    settings = IndexSettings(indexes=(address,), retries=0, timeout=5)
    return Prover(Target(python=HERE, platform=SYSTEM), settings, seconds=30)


@pytest.fixture(params=["uv", "pip"])
def maker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """uv is left out by a Python, and a PATH, beside which there is none."""
    if request.param == "uv":
        assert find_uv() is not None, "uv is one of the development tools"
        return "uv"
    monkeypatch.setattr(sys, "executable", getattr(sys, "_base_executable", sys.executable))
    monkeypatch.setenv("PATH", str(tmp_path))
    if find_uv() is not None:
        pytest.skip("uv stands beside the base interpreter")
    return "pip"


def test_pins_are_installed_with_the_credentials_of_the_index(maker: str, index: Index) -> None:
    command = Command(argv=("python", "-c", "import low, os; print(low.kept, 'secret' in str(os.environ))"))
    ran = prover(index).run(LOW, command)
    assert isinstance(ran, Proof), f"{maker}: {ran}"
    assert (ran.returncode, ran.tail) == (0, "2 False")


def test_credentials_never_come_out(maker: str, index: Index) -> None:
    ran = prover(index, password="wrong-one").run(LOW, Command(argv=("python", "-c", "")))
    assert isinstance(ran, Skipped)
    assert ran.why.startswith("the pins could not be installed: ")
    assert "wrong-one" not in ran.why


@pytest.mark.skipif(os.name == "nt", reason="links an interpreter")
@pytest.mark.parametrize(
    ("variable", "inner"),
    [
        ("PYENV_ROOT", "versions/{}.4/bin"),
        ("RUNNER_TOOL_CACHE", "Python/{}.4/x64/bin"),
        ("HOME", "miniconda3/envs/e/bin"),
    ],
)
def test_interpreters_are_found_where_tools_keep_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, inner: str
) -> None:
    """Of a version that stands nowhere else: a program that says so."""
    monkeypatch.setenv(variable, str(tmp_path))
    program = tmp_path / inner.format("3.5") / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 3.5\necho {program}\n", encoding="utf-8")
    program.chmod(0o755)
    assert find_python((3, 5)) == program
    assert find_python((3, 4)) is None


def test_the_interpreter_that_runs_numlock_is_one() -> None:
    assert find_python(HERE) is not None
