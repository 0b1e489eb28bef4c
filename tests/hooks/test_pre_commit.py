"""The pre-commit hooks, and what their manifest matches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from numlock_hooks.pre_commit import run
from support.distributions import build_wheel
from support.index import Index

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """user 1.0 wants base below 2, user 2.0 does not care."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        build_wheel(folder, "base", version, files={"base.py": ""})
    build_wheel(folder, "user", "1.0", files={"user.py": ""}, requires=["base<2"])
    build_wheel(folder, "user", "1.1", files={"user.py": ""}, requires=["base"])
    (tmp_path / "project" / "requirements").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield


def test_a_file_that_others_include_is_judged_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    Path("requirements/base.txt").write_text("base==2.0\n", encoding="utf-8")
    Path("requirements/mid.txt").write_text("-r base.txt\n", encoding="utf-8")
    Path("all.txt").write_text("--requirement=requirements/mid.txt\nuser==1.0\n", encoding="utf-8")
    assert run(["--lock", "base", "requirements/base.txt"]) == 1
    assert capsys.readouterr().out.startswith("all.txt:2: user==1.0: user 1.0 requires base<2 -> user==1.1\n")
    Path("all.txt").unlink()
    assert run(["--lock", "base", "requirements/base.txt"]) == 0


def test_the_fixing_hook_fails_once() -> None:
    Path("requirements/base.txt").write_text("base==2.0\nuser==1.0\n", encoding="utf-8")
    assert run(["--fix", "--lock", "base", "requirements/base.txt"]) == 1
    assert Path("requirements/base.txt").read_text(encoding="utf-8") == "base==2.0\nuser==1.1\n"
    assert run(["--fix", "--lock", "base", "requirements/base.txt"]) == 0


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("requirements.txt", True),
        ("a/dev-requirements.in", True),
        ("requirements/base.txt", True),
        ("constraints-3.11.txt", True),
        ("pyproject.toml", True),
        ("pylock.toml", True),
        ("pylock.dev.toml", True),
        ("sub/uv.lock", True),
        ("Pipfile.lock", True),
        ("environment.yml", True),
        ("README.txt", False),
        ("docs/notes.txt", False),
        ("setup.py", False),
    ],
)
def test_the_files_that_the_hooks_are_for(path: str, matches: bool) -> None:
    hooks = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["numlock-check", "numlock-fix"]
    assert {bool(re.search(hook["files"], path)) for hook in hooks} == {matches}
