"""``numlock check`` as its users call it: files in, findings and remarks out, an exit code."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import numlock
from numlock.cli import main
from numlock.model import Standing
from support.distributions import build_sdist, build_wheel
from support.index import Index

NATIVE = "cp311-cp311-manylinux_2_17_x86_64"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """high 1.0 asks low for a name that went with 2.0, 1.1 does not; strict wants low below 2 and says so."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, names in (("1.0", "gone = 1\n"), ("1.1", "gone = 1\n"), ("2.0", "kept = 2\n")):
        build_wheel(folder, "low", version, files={"low.py": names})
    for version, name in (("1.0", "gone"), ("1.1", "kept")):
        files = {"high.py": f"from low import {name}\n"}
        build_wheel(folder, "high", version, files=files, requires=["low"])
    build_wheel(folder, "strict", "1.0", files={"strict.py": ""}, requires=["low<2", "absent"])
    build_wheel(folder, "lazy", "1.0", files={"lazy.py": "def f():\n    from low import gone\n"})
    build_wheel(folder, "old", "1.0", files={"old.py": "import imp\n"})
    build_wheel(folder, "native", "1.0", files={"native.py": ""}, tag=NATIVE)
    build_wheel(folder, "windows", "1.0", files={"windows.py": ""}, tag="cp311-cp311-win_amd64")
    build_sdist(folder, "source", "1.0", files={"source.py": ""}, egg_info=False)
    home = tmp_path / "project"
    home.mkdir()
    monkeypatch.chdir(home)
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, env=environment)


def commit(text: str, name: str = "r.txt") -> None:
    """A repository whose only commit holds a file."""
    if not Path(".git").exists():
        git("init")
    Path(name).write_text(text, encoding="utf-8")
    git("add", ".")
    git("commit", "--message", "a state")


def check(text: str, *options: str) -> int:
    Path("r.txt").write_text(text, encoding="utf-8")
    return main(["check", "r.txt", *options])


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    "pins",
    [
        "low==2.0\nhigh==1.1\n",
        "low==1.0\nhigh==1.0\nstrict==1.0\n",  # absent may be left to the installer
        "low==2.0\nlazy==1.0\n",  # a break in a function is a warning
        "old==1.0\n",  # nobody says for which Python
        "windows==1.0\n",  # nobody says for which platform
        "source==1.0\n",  # what it requires is not known
        "low==2.0\nhigh>=1\n",
    ],
)
def test_what_is_not_certainly_wrong_passes_and_prints_nothing(
    pins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(pins) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    ("pins", "options", "line"),
    [
        (
            "low==2.0\nhigh==1.0\n",
            ["--lock", "low"],
            "r.txt:2: high==1.0: high 1.0 high.py:1 asks for low.gone, which low 2.0 does not have -> high==1.1",
        ),
        (
            "low==2.0  # new\nhigh==1.0\n",
            ["--lock", "high"],
            "r.txt:1: low==2.0: high 1.0 high.py:1 asks for low.gone, which low 2.0 does not have -> low==1.1",
        ),
        ("strict==1.0\nlow==2.0\n", [], "r.txt:2: low==2.0: strict 1.0 requires low<2 -> low==1.1"),
        (
            "old==1.0\n",
            ["--python", "3.12"],
            "r.txt:1: old==1.0: old 1.0 old.py:1 asks for imp, which this Python does not have"
            " -> no version that is known to fit",
        ),
        (
            "low==3.0\n",
            [],
            "r.txt:1: low==3.0: low 3.0 cannot be installed: it was never released -> low==2.0",
        ),
        (
            "windows==1.0\n",
            ["--python", "3.11", "--platform", "linux"],
            "r.txt:1: windows==1.0: windows 1.0 cannot be installed: it has no wheel for cpython 3.11 on "
            "manylinux_2_39_x86_64 and no source archive -> no version that is known to fit",
        ),
        (
            "low==1.0\nlow==1.1\n",
            [],
            "r.txt:2: low==1.1: low is pinned to 1.1, but r.txt:1 pins 1.0 -> keep one of the versions",
        ),
    ],
)
def test_what_is_certainly_wrong_fails_with_its_line_and_its_fix(
    pins: str, options: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(pins, *options) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == line
    assert len(out) == 2
    assert out[1].startswith("    ")


@pytest.mark.usefixtures("index")
def test_the_projects_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("app.py").write_text("import low\n\nlow.gone\n", encoding="utf-8")
    assert check("low==2.0\n", "--lock", "low") == 1
    assert capsys.readouterr().out.startswith(
        "app.py:3: app.py:3 asks for low.gone, which low 2.0 does not have"
    )


@pytest.mark.usefixtures("index")
def test_only_what_this_commit_changed_can_fail(capsys: pytest.CaptureFixture[str]) -> None:
    commit("low==2.0\nhigh==1.0\nlazy==1.0\n")
    assert check("low==2.0\nhigh==1.0\nold==1.0\n") == 0
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "numlock: 1 conflict stood here before this change (r.txt:2); --all shows them\n",
    )
    assert check("low==2.0\nhigh==1.0\nold==1.0\n", "--all") == 1
    assert check("low==2.0\nhigh==1.0\nstrict==1.0\n") == 1
    out, err = capsys.readouterr()
    assert "strict 1.0 requires low<2" in out
    assert err.startswith("numlock: 1 conflict stood here")


@pytest.mark.usefixtures("index")
def test_both_sides_of_a_merge_were_there_before() -> None:
    commit("low==1.0\nhigh==1.0\n")
    git("checkout", "-b", "side")
    commit("low==2.0\nhigh==1.0\nlazy==1.0\n")
    git("checkout", "main")
    commit("low==1.1\nhigh==1.0\n")
    with pytest.raises(subprocess.CalledProcessError):
        git("merge", "side")
    assert check("low==2.0\nhigh==1.0\n") == 0
    git("merge", "--abort")
    assert check("low==2.0\nhigh==1.0\n") == 1


@pytest.mark.usefixtures("index")
def test_the_range_of_commits_that_pre_commit_names(monkeypatch: pytest.MonkeyPatch) -> None:
    commit("low==1.0\nhigh==1.0\n")
    commit("low==2.0\nhigh==1.0\n")
    assert check("low==2.0\nhigh==1.0\n") == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
    assert check("low==2.0\nhigh==1.0\n") == 1


@pytest.mark.usefixtures("index")
def test_a_file_and_what_it_includes_are_one_environment(capsys: pytest.CaptureFixture[str]) -> None:
    commit("low==1.0\n", "base.txt")
    commit("-r base.txt\nhigh==1.0\n")
    Path("base.txt").write_text("low==2.0\n", encoding="utf-8")
    assert main(["check", "r.txt", "base.txt", "--lock", "high"]) == 1
    assert [line[:12] for line in capsys.readouterr().out.splitlines()] == ["base.txt:1: ", "    missing "]


@pytest.mark.usefixtures("index")
def test_a_closed_set_that_a_change_opens(capsys: pytest.CaptureFixture[str], index: Index) -> None:
    for number in range(5):
        build_wheel(index.folder, f"p{number}", "1.0", files={f"p{number}.py": ""}, requires=["low"])
    closed = "low==1.0\n" + "".join(f"p{number}==1.0\n" for number in range(5))
    commit(closed)
    assert check(f"{closed}strict==1.0\n") == 1
    assert (
        "r.txt:7: strict==1.0: strict 1.0 requires absent, which is not among the pins"
        in capsys.readouterr().out
    )
    assert check(f"{closed}strict==1.0\nabsent\n") == 0


@pytest.mark.usefixtures("index")
def test_several_targets_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("old==1.0\n", "--python", "3.11", "--python", "3.12", "--platform", "linux") == 1
    out = capsys.readouterr().out
    assert "(on cpython 3.12 on manylinux_2_39_x86_64, not on cpython 3.11 on manylinux_2_39_x86_64)" in out


@pytest.mark.usefixtures("index")
def test_the_configuration_and_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    table = '[tool.numlock]\npython = "3.12"\nfiles = ["r.txt"]\nlocks = ["low"]\n'
    Path("pyproject.toml").write_text(table, encoding="utf-8")
    Path("r.txt").write_text("old==1.0\nlow==2.0\nhigh==1.0\n", encoding="utf-8")
    assert main(["check"]) == 1
    assert [line[:8] for line in capsys.readouterr().out.splitlines()[::2]] == ["r.txt:1:", "r.txt:3:"]
    assert main(["check", "--python", "3.11", "--lock", "high"]) == 1
    assert [line[:8] for line in capsys.readouterr().out.splitlines()[::2]] == ["r.txt:2:"]
    ignore = '[[tool.numlock.ignore]]\npackage = "high<2"\nreason = "never imported"\n'
    Path("pyproject.toml").write_text(f"{table}{ignore}", encoding="utf-8")
    assert main(["check", "--python", "3.11"]) == 0
    assert capsys.readouterr().err == "numlock: 1 conflict ignored: never imported\n"
    Path("pyproject.toml").write_text(f"{table}{ignore}until = 2020-01-31\n", encoding="utf-8")
    assert main(["check", "--python", "3.11"]) == 1


@pytest.mark.usefixtures("index")
def test_without_a_network_what_the_store_does_not_know_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("low==2.0\nhigh==1.0\n", "--offline") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("numlock: unknown: ")
    assert check("low==2.0\nhigh==1.0\n") == 1
    assert check("low==2.0\nhigh==1.0\n", "--offline") == 1
    assert check("low==2.0\nhigh==1.0\nnative==1.0\n", "--offline") == 1


@pytest.mark.usefixtures("index")
def test_json_and_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("low==2.0\nhigh==1.0\nlazy==1.0\n", "--format", "json", "-o", "out.json") == 1
    assert capsys.readouterr().out == ""
    document = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert document["sound"] is False
    assert [(each["standing"], each["line"], each["fix"]) for each in document["findings"]] == [
        ("error", 1, "low==1.1"),
        ("warning", 3, None),
    ]


def test_a_file_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.txt")]) == 2
    assert "pins-missing" in capsys.readouterr().err


@pytest.mark.usefixtures("index")
def test_a_file_that_holds_no_pins_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("-r https://example.org/r.txt\n") == 0
    assert capsys.readouterr().err.startswith("numlock: left alone: pins-remote")


@pytest.mark.usefixtures("index")
def test_from_python() -> None:
    Path("r.txt").write_text("low==2.0\nhigh==1.0\n", encoding="utf-8")
    for _ in range(2):  # the module of the same name does not come in between
        checked = numlock.check(["r.txt"], locks=["low"])
        assert [finding.fix for finding in checked.of(Standing.ERROR)] == ["high==1.1"]


# --- rewriting -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("index")
def test_pins_that_fail_are_rewritten_once_and_then_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("low==2.0\r\nHigh == 1.0  # mine\r\n".replace("\r", ""), "--lock", "low", "--fix") == 1
    assert Path("r.txt").read_text(encoding="utf-8") == "low==2.0\nHigh == 1.1  # mine\n"
    out, err = capsys.readouterr()
    assert (out, err) == ("", "numlock: wrote r.txt\n")
    assert main(["check", "r.txt", "--lock", "low", "--fix"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("index")
def test_what_was_broken_before_is_not_rewritten(capsys: pytest.CaptureFixture[str]) -> None:
    commit("low==2.0\nhigh==1.0\n")
    assert check("low==2.0\nhigh==1.0\nlow==2.0\n", "--fix") == 0
    assert Path("r.txt").read_text(encoding="utf-8") == "low==2.0\nhigh==1.0\nlow==2.0\n"
    assert check("low==2.0\nhigh==1.0\nstrict==1.0\n", "--lock", "strict", "--fix") == 1
    assert Path("r.txt").read_text(encoding="utf-8") == "low==1.1\nhigh==1.0\nstrict==1.0\n"


@pytest.mark.usefixtures("index")
def test_what_no_move_mends_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("low==2.0\nhigh==1.0\n", "--lock", "low", "--lock", "high", "--fix") == 1
    assert Path("r.txt").read_text(encoding="utf-8") == "low==2.0\nhigh==1.0\n"
    assert "does not have" in capsys.readouterr().out


# --- answers that are given again ----------------------------------------------------------------


def again(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = main(["check", "r.txt", *options])
    return (code, *capsys.readouterr())


def test_an_answer_is_given_again_until_something_changes(
    capsys: pytest.CaptureFixture[str], index: Index
) -> None:
    commit("-r base.txt\nhigh==1.0\n")
    commit("low==1.0\n", "base.txt")
    Path("app.py").write_text("import high\n", encoding="utf-8")
    Path("base.txt").write_text("low==2.0\n", encoding="utf-8")
    first = again(capsys)
    assert first[0] == 1
    seen = len(index.log)
    index.stop()
    assert again(capsys) == first
    assert len(index.log) == seen
    Path("app.py").write_text("import high, low\nlow.gone\n", encoding="utf-8")
    assert "app.py:2 asks for low.gone" in again(capsys)[1]
    Path("base.txt").write_text("low==1.0\n", encoding="utf-8")
    assert again(capsys)[0] == 0
    Path("base.txt").write_text("low==2.0\n", encoding="utf-8")
    assert again(capsys)[0] == 1
    git("add", ".")
    git("commit", "--message", "the conflict")
    assert again(capsys)[0] == 0
    Path("pyproject.toml").write_text("[tool.numlock]\nlock = 1\n", encoding="utf-8")
    assert again(capsys)[0] == 2


@pytest.mark.usefixtures("index")
def test_what_was_unknown_is_asked_again_once_the_store_knows_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("r.txt").write_text("low==2.0\nhigh==1.0\n", encoding="utf-8")
    assert again(capsys, "--offline")[0] == 0
    assert again(capsys)[0] == 1
    assert again(capsys, "--offline")[0] == 1


@pytest.mark.usefixtures("index")
def test_a_damaged_answer_is_asked_for_anew(capsys: pytest.CaptureFixture[str]) -> None:
    Path("r.txt").write_text("low==2.0\nhigh==1.0\n", encoding="utf-8")
    first = again(capsys)
    for kept in Path(f"{os.environ['NUMLOCK_STORE']}.answers").iterdir():
        kept.write_text('{"until": 1e12, "rests": [], "answer": 3}', encoding="utf-8")
    assert again(capsys) == first


# --- facts that are carried -----------------------------------------------------------------------


def test_facts_are_fetched_carried_and_used_without_a_network(
    index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("r.txt").write_text("low==2.0\nhigh==1.0\n", encoding="utf-8")
    assert main(["facts", "fetch", "r.txt"]) == 0
    assert capsys.readouterr().out == "read r.txt: nothing is unknown\n"
    assert main(["facts", "export", "facts.gz"]) == 0
    index.stop()
    assert main(["check", "r.txt", "--offline", "--store", "other.sqlite"]) == 0
    assert main(["facts", "import", "facts.gz", "--store", "other.sqlite"]) == 0
    assert capsys.readouterr().out.endswith("refused 0\n")
    assert main(["check", "r.txt", "--offline", "--store", "other.sqlite"]) == 1
