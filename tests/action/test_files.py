"""``action.yml``, the workflows of the README and the door: clean for each tool that looks at such files, and thin."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from numlock.action.inputs import COMMENTS, PREFIX, Inputs
from support.act import README, ROOT, readme_workflow

SCRIPTS = Path(sysconfig.get_path("scripts"))
WORKFLOWS = ("run", "log", "forks")


def clean(*argv: str | Path, cwd: Path = ROOT) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def action() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's workflows as files of a repository."""
    folder = tmp_path_factory.mktemp("repository")
    place = folder / ".github" / "workflows"
    place.mkdir(parents=True)
    for name in WORKFLOWS:
        (place / f"{name}.yml").write_text(readme_workflow(name), encoding="utf-8")
    # numlock's own action is named by its version; everybody else's by commit.
    rules = {"unpinned-uses": {"config": {"policies": {"numlock/*": "ref-pin", "*": "hash-pin"}}}}
    (folder / "zizmor.yml").write_text(yaml.safe_dump({"rules": rules}), encoding="utf-8")
    return folder


def test_the_action_follows_the_schema() -> None:
    clean(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflows_follow_the_schema(repository: Path, name: str) -> None:
    path = repository / ".github" / "workflows" / f"{name}.yml"
    clean(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path)


def test_zizmor_finds_nothing(repository: Path) -> None:
    clean(SCRIPTS / "zizmor", "--offline", "--persona=pedantic", "action.yml")
    clean(SCRIPTS / "zizmor", "--offline", "--config=zizmor.yml", ".github/workflows", cwd=repository)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actionlint_finds_nothing(repository: Path, name: str) -> None:
    shellcheck = f"-shellcheck={SCRIPTS / 'shellcheck'}"
    clean(SCRIPTS / "actionlint", shellcheck, f".github/workflows/{name}.yml", cwd=repository)


def test_shellcheck_finds_nothing() -> None:
    clean(SCRIPTS / "shellcheck", "hooks/action.sh", ".ci/run")


def test_every_input_reaches_the_door_through_the_environment(action: dict[str, Any]) -> None:
    (step,) = action["runs"]["steps"]
    names = {name: f"{PREFIX}{name.upper().replace('-', '_')}" for name in action["inputs"]}
    assert step["env"] == {variable: f"${{{{ inputs.{name} }}}}" for name, variable in names.items()}
    assert "${{" not in step["run"]
    assert "uses" not in step
    proof = dict.fromkeys(("prove", "jobs", "time-limit", "max-download", "allow-source"), "proof")
    fields = {"lock": "locks", "github-token": "token", **proof}
    assert {fields.get(name, name) for name in names} == set(Inputs.__dataclass_fields__)


def test_every_output_is_one_of_the_step(action: dict[str, Any]) -> None:
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.numlock.outputs.{name} }}}}"


def test_inputs_are_optional_strings(action: dict[str, Any]) -> None:
    for found in action["inputs"].values():
        assert (found["required"], type(found["default"])) == (False, str)
    assert action["inputs"]["comment"]["default"] == COMMENTS[1]


def test_the_readme_lists_inputs_and_outputs(action: dict[str, Any], update: bool) -> None:
    text = README.read_text(encoding="utf-8")
    block = re.compile(r"(<!-- inputs -->\n).*?(<!-- end inputs -->)", re.DOTALL)
    shown = _table("input", action["inputs"]) + "\n" + _table("output", action["outputs"])
    if update:
        README.write_text(block.sub(lambda found: found[1] + shown + found[2], text), encoding="utf-8")
    found = block.search(README.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == f"<!-- inputs -->\n{shown}<!-- end inputs -->"


def test_the_door_is_thin() -> None:
    for name in ("hooks/numlock_hooks/action.py", "hooks/action.sh"):
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 100


def test_the_script_parses_and_is_started_with_its_name_in_quotes() -> None:
    clean("bash", "-n", "hooks/action.sh")
    assert "-I -m numlock_hooks.action" in (ROOT / "hooks/action.sh").read_text(encoding="utf-8")


def _table(kind: str, found: dict[str, dict[str, str]]) -> str:
    rows = [f"| `{name}` | {' '.join(each['description'].split())} |" for name, each in found.items()]
    return "\n".join([f"| {kind} | |", "| --- | --- |", *rows, ""])
