"""The hooks as their users have them: installed by pre-commit from a tag of this repository into theirs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOUND, BROKEN = "flask==2.2.4\nwerkzeug==2.2.3\n", "flask==2.1.3\nwerkzeug==3.0.1\n"
CONFIG = """repos:
  - repo: {repository}
    rev: v0.1.0
    hooks:
      - id: numlock-check
      - id: numlock-fix
        args: [--lock, werkzeug]
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, env=environment
    )


@pytest.mark.online
def test_from_a_tag_and_tried(tmp_path: Path) -> None:
    repository, project = tmp_path / "numlock", tmp_path / "project"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(repository))
    git(repository, "tag", "--force", "v0.1.0")
    project.mkdir()
    git(project, "init", "--quiet")
    (project / ".pre-commit-config.yaml").write_text(CONFIG.format(repository=repository), encoding="utf-8")
    (project / "pyproject.toml").write_text('[tool.numlock]\npython = "3.11"\n', encoding="utf-8")
    pins = project / "requirements.txt"
    pins.write_text(SOUND, encoding="utf-8")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "sound")

    def pre_commit(*arguments: str) -> tuple[int, str]:
        home = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "NUMLOCK_STORE": str(tmp_path / "facts.sqlite")}
        command = [sys.executable, "-m", "pre_commit", *arguments]
        done = subprocess.run(
            command, cwd=project, capture_output=True, text=True, check=False, env=os.environ | home
        )
        return done.returncode, done.stdout

    assert pre_commit("run", "--all-files")[0] == 0
    pins.write_text(BROKEN, encoding="utf-8")
    git(project, "add", ".")
    code, said = pre_commit("try-repo", str(repository), "numlock-check")
    assert code == 1
    assert (
        "requirements.txt:1: flask==2.1.3: flask 2.1.3 flask/helpers.py:14 asks for werkzeug.urls.url_quote"
        in said
    )
    assert pre_commit("run", "numlock-fix")[0] == 1
    assert pins.read_text(encoding="utf-8") == "flask==2.2.4\nwerkzeug==3.0.1\n"
    git(project, "add", ".")
    assert pre_commit("run")[0] == 0
