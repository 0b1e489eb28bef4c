"""The real composite action in real workflows, by act (https://nektosact.com), on this machine alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.github_api import REPO, WRITER

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_USED = re.compile(r"uses: (?!actions/checkout@)([\w.-]+/[\w.-]+)@(\S+)")
_STUB = """
name: stub
description: Stands for an action of GitHub's, whose work is done here already.
runs:
  using: composite
  steps:
    - run: 'true'
      shell: bash
"""


def readme_workflow(name: str) -> str:
    """A workflow as it stands in the README."""
    found = re.search(
        rf"<!-- workflow: {name} -->\n```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    return found[1]


def copy_action(folder: Path) -> None:
    """What a clone of this repository holds, with what is not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in os.fsdecode(listed.stdout).split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


@dataclass
class Project:
    """A repository with a workflow. ``action``: where numlock's action lies; ``path``: what is first on PATH."""

    folder: Path
    action: Path
    api: str
    index: str
    path: tuple[Path, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def write(self, files: Mapping[str, str]) -> str:
        """Commit files; the commit."""
        source = self.folder / "source"
        if not (source / ".git").is_dir():
            source.mkdir(parents=True)
            self._git("init", "--quiet", "--initial-branch=fix")
            self._git("remote", "add", "origin", f"https://github.com/{REPO}.git")
        for name, text in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text, encoding="utf-8")
        self._git("add", "--all")
        self._git("-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "--quiet", "--message=change")
        return self._git("rev-parse", "HEAD").strip()

    def run(
        self, event_name: str, event: Mapping[str, Any], *, run: int, token: str = WRITER
    ) -> subprocess.CompletedProcess[str]:
        """Run the workflow for an event, as run number ``run``."""
        path = self.folder / "event.json"
        owner, name = REPO.split("/")
        repository = {"full_name": REPO, "name": name, "owner": {"login": owner}, "default_branch": "main"}
        path.write_text(json.dumps({"repository": repository, **event}), encoding="utf-8")
        options = [f"--env={key}={value}" for key, value in self._variables(run).items()]
        options += [f"--local-repository={used}" for used in self._used()]
        return subprocess.run(
            [
                *(str(Path(sysconfig.get_path("scripts"), "act")), event_name),
                *("--platform=ubuntu-latest=-self-hosted", "--no-cache-server", f"--eventpath={path}"),
                *(f"--secret=GITHUB_TOKEN={token}", *options),
            ],
            cwd=self.folder / "source",
            env=self._host(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def _variables(self, run: int) -> dict[str, str]:
        """What a runner sets by itself, with this machine's addresses; and where packages come from."""
        return {
            "GITHUB_API_URL": self.api,
            "GITHUB_SERVER_URL": "https://github.test",
            "GITHUB_RUN_ID": str(run),
            "RUNNER_OS": "Linux",
            "PIP_INDEX_URL": self.index,
            "UV_DEFAULT_INDEX": self.index,
            "UV_PYTHON_DOWNLOADS": "never",
            "NUMLOCK_STORE": str(self.folder / "facts.sqlite"),
            **self.variables,
        }

    def _host(self) -> dict[str, str]:
        kept = {
            key: value for key, value in os.environ.items() if key in ("LANG", "TMPDIR", "PIP_CONFIG_FILE")
        }
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        system = [Path(sys.base_prefix, "bin"), *map(Path, ("/usr/local/bin", "/usr/bin", "/bin"))]
        return kept | {"HOME": str(home), "PATH": os.pathsep.join(map(str, (*self.path, *system)))}

    def _used(self) -> list[str]:
        """Every action that the workflows use, by the folder that stands for it."""
        stub = self.folder / "stub"
        stub.mkdir(exist_ok=True)
        (stub / "action.yml").write_text(_STUB, encoding="utf-8")
        workflows = (self.folder / "source" / ".github" / "workflows").iterdir()
        used = {found for path in workflows for found in _USED.findall(path.read_text(encoding="utf-8"))}
        places = {name: self.action if name == "numlock/numlock" else stub for name, _ in used}
        return [f"{name}@{reference}={places[name]}" for name, reference in sorted(used)]

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder / "source", capture_output=True, text=True, check=True
        )
        return done.stdout
