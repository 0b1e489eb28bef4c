"""``numlock fix`` as its users call it: files in, pins on standard output, words on standard error, an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName

from numlock import judge
from numlock.cli import main
from numlock.errors import Exit
from numlock.judge import api
from support.distributions import build_wheel
from support.index import Index

LOG = """Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    import high
  File "/home/u/project/.venv/lib/python3.10/site-packages/high/__init__.py", line 1, in <module>
    from low.names import gone
ImportError: cannot import name 'gone' from 'low.names' \
(/home/u/project/.venv/lib/python3.10/site-packages/low/names.py)
"""
UNINSTALLED = """Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    import gpu
ModuleNotFoundError: No module named 'gpu'
"""
PINS = "low==2.0\nHigh_Er==1.0  # above\nother==1.0\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """low 2.0 dropped a name that high 1.0 imports; high 1.1 and 2.0 do without it."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, names in (("1.0", "gone = 1\nkept = 2\n"), ("2.0", "kept = 2\n")):
        build_wheel(folder, "low", version, files={"low/__init__.py": "", "low/names.py": names})
    for version, name in (("0.9", "gone"), ("1.0", "gone"), ("1.1", "kept"), ("2.0", "kept")):
        files = {"high/__init__.py": f"from low.names import {name}\n"}
        build_wheel(folder, "high-er", version, files=files, requires=["low"])
    build_wheel(folder, "other", "1.0", files={"other.py": "from low.names import kept\n"}, requires=["low"])
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


@pytest.fixture
def fix(tmp_path: Path, index: Index) -> Path:
    """A folder with pins and a log."""
    (tmp_path / "requirements.txt").write_text(PINS, encoding="utf-8")
    (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> int:
    return main(["fix", "-r", str(folder / "requirements.txt"), "--log", str(folder / "crash.log"), *options])


def test_the_side_that_is_not_locked_moves_and_as_little_as_possible(
    fix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(fix, "--lock", "low") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh_Er==1.1\nother==1.0\n"
    assert "high/__init__.py:1 uses low.names.gone" in err
    assert "low==2.0" in err.split("holds", 1)[1]
    assert "pip-tools: installs cleanly" in err


def test_with_the_other_side_locked_the_other_side_moves(
    fix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(fix, "--lock", "High.er==1.0") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==1.0\nHigh_Er==1.0\nother==1.0\n"
    assert "low 2.0 has no low.names.gone, the log says; 1.0 has it" in err


def test_both_locked_leaves_no_plan_but_two_ways_out(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fix, "--lock", "low", "--lock", "high-er") == Exit.NO_REPAIR
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh_Er==1.0\nother==1.0\n"
    assert "release the lock on high-er: high-er 1.0 -> 1.1" in err
    assert "release the lock on low: low 2.0 -> 1.0" in err


def test_the_same_question_gets_the_same_bytes_also_without_a_network(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    run(fix, "--lock", "low")
    first = capsys.readouterr()
    index.stop()
    run(fix, "--lock", "low", "--offline")
    assert capsys.readouterr() == first


def test_json_names_the_evidence(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(fix, "--lock", "low", "--format", "json")
    document = json.loads(capsys.readouterr().out)
    assert document["pins"] == ["low==2.0", "High_Er==1.1", "other==1.0"]
    assert document["diagnosis"]["origin"] == "API of the locked package"
    assert (document["diagnosis"]["culprit"], document["diagnosis"]["victim"]) == ("low", "high-er")
    (change,) = document["outcome"]["changes"]
    assert {because["evidence"] for each in change["because"] for because in each["because"]} >= {"source"}


def test_pins_go_into_a_file(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fix, "--lock", "low", "-o", str(fix / "out.txt")) == Exit.OK
    assert capsys.readouterr().out == ""
    assert (fix / "out.txt").read_bytes() == b"low==2.0\nHigh_Er==1.1\nother==1.0\n"


def test_the_next_import_does_not_die_of_the_next_conflict(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """high 1.1 would do for the crash, but it asks for another name that low 2.0 does not have."""
    files = {"high/__init__.py": "from low.names import kept\nfrom high.more import x\n"}
    files["high/more.py"] = "import low.names\nx = low.names.lost\n"
    build_wheel(index.folder, "high-er", "1.1", files=files, requires=["low"])
    assert run(fix, "--lock", "low") == Exit.OK
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==2.0"


def test_a_guarded_use_is_no_break(fix: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "high/__init__.py": "try:\n    from low.names import gone\nexcept ImportError:\n    gone = None\n"
    }
    build_wheel(index.folder, "high-er", "1.0.1", files=files, requires=["low"])
    run(fix, "--lock", "low")
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==1.0.1"


def test_a_move_never_adds_a_package(fix: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"high/__init__.py": "from low.names import kept\n"}
    build_wheel(index.folder, "high-er", "1.0.1", files=files, requires=["low", "brand-new"])
    run(fix, "--lock", "low")
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==1.1"


def test_yanked_and_pre_releases_are_no_candidates(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"high/__init__.py": "from low.names import kept\n"}
    build_wheel(index.folder, "high-er", "1.0.1", files=files)
    build_wheel(index.folder, "high-er", "1.1rc1", files=files)
    index.yanked["high_er-1.0.1-py3-none-any.whl"] = "broken"
    run(fix, "--lock", "low")
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==1.1"


def test_a_pin_that_was_never_released_moves_to_its_nearest_release(
    fix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fix / "requirements.txt").write_text("low==2.0\nhigh-er==1.2\n", encoding="utf-8")
    (fix / "crash.log").write_text(
        "ERROR: No matching distribution found for high-er==1.2\n", encoding="utf-8"
    )
    assert run(fix, "--lock", "low", "--python", "3.10") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nhigh-er==1.1\n"
    assert "no index has this version (never released, or taken back)" in err


def test_what_python_dropped_moves_the_package_that_asks_for_it(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    build_wheel(index.folder, "aged", "1.0", files={"aged.py": "from collections import Mapping\n"})
    build_wheel(index.folder, "aged", "1.0.1", files={"aged.py": "import collections\ncollections.Mapping\n"})
    build_wheel(index.folder, "aged", "1.0.2", files={"aged.py": "from collections.abc import Mapping\n"})
    (fix / "requirements.txt").write_text("low==2.0\naged==1.0\n", encoding="utf-8")
    (fix / "crash.log").write_text(
        "Traceback (most recent call last):\n"
        '  File "main.py", line 1, in <module>\n    import aged\n'
        '  File "/v/lib/python3.10/site-packages/aged.py", line 1, in <module>\n'
        "    from collections import Mapping\n"
        "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.10/collections/__init__.py)\n",
        encoding="utf-8",
    )
    assert run(fix, "--lock", "low") == Exit.OK
    assert capsys.readouterr().out == "low==2.0\naged==1.0.2\n"


def test_the_users_own_error_moves_nothing(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fix / "crash.log").write_text(
        'Traceback (most recent call last):\n  File "main.py", line 3, in <module>\n    d["x"]\nKeyError: \'x\'\n',
        encoding="utf-8",
    )
    assert run(fix, "--python", "3.10") == Exit.NOT_VERSIONS
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh_Er==1.0\nother==1.0\n"
    assert "the project itself" in err


def test_sound_pins_without_a_crash_stay(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fix / "requirements.txt").write_text("low==2.0\nhigh-er==1.1\n", encoding="utf-8")
    assert main(["fix", "-r", str(fix / "requirements.txt"), "--python", "3.10"]) == Exit.OK
    assert capsys.readouterr().out == "low==2.0\nhigh-er==1.1\n"


BAD = {
    "a pin without ==": ("low>=2.0\n", LOG, [], "pins-not-exact", "requirements.txt:1"),
    "a lock that is not pinned": (PINS, LOG, ["--lock", "numpy"], "lock-not-pinned", "--lock"),
    "a lock at another version": (PINS, LOG, ["--lock", "low==1.0"], "lock-differs", "--lock"),
    "a log without a traceback": (PINS, "all is well\n", [], "log-no-crash", "crash.log"),
    "an empty log": (PINS, "", [], "log-empty", "crash.log"),
    "empty pins": ("", LOG, [], "pins-none", "requirements.txt"),
    "binary pins": ("low==1\0\n", LOG, [], "pins-binary", "requirements.txt"),
    "a Python that is none": (PINS, LOG, ["--python", "three"], "python-invalid", "--python"),
    "a platform that is none": (PINS, LOG, ["--platform", "amiga"], "platform-invalid", "--platform"),
}


@pytest.mark.parametrize(("pins", "log", "options", "reference", "place"), BAD.values(), ids=BAD.keys())
def test_bad_input_ends_with_its_reference_place_and_hint(
    fix: Path,
    capsys: pytest.CaptureFixture[str],
    pins: str,
    log: str,
    options: list[str],
    reference: str,
    place: str,
) -> None:
    (fix / "requirements.txt").write_text(pins, encoding="utf-8")
    (fix / "crash.log").write_text(log, encoding="utf-8")
    assert run(fix, *options) == Exit.BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"numlock: {reference}: ")
    assert place in err
    assert err.count("\n") <= 2
    assert "Traceback" not in err


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fix", "-r", str(tmp_path / "none.txt")]) == Exit.BAD_INPUT
    assert "pins-missing" in capsys.readouterr().err


def test_an_unreachable_index(
    fix: Path, index: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_RETRIES", "0")
    index.stop()
    assert run(fix, "--lock", "low") == Exit.OUT_OF_REACH
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("numlock: index-unreachable: ")
    assert "hint: " in err


def test_offline_without_facts(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fix, "--lock", "low", "--offline") == Exit.OUT_OF_REACH
    assert "offline-no-facts" in capsys.readouterr().err


def test_a_move_keeps_what_the_project_uses(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """high 1.1 would be nearest, but the project's own file asks for a name that only 2.0 has kept."""
    for version, names in (("1.0", "x = 1\n"), ("1.1", ""), ("2.0", "x = 1\n")):
        name = "gone" if version == "1.0" else "kept"
        files = {"high/__init__.py": f"from low.names import {name}\n{names}"}
        build_wheel(index.folder, "high-er", version, files=files, requires=["low"])
    (fix / "app.py").write_text("import high\n\ndef f():\n    return high.x\n", encoding="utf-8")
    run(fix, "--lock", "low")
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==2.0"
    run(fix, "--lock", "low", "--project", str(index.folder))
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==1.1"


def test_a_module_that_the_project_called_into_stays(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """high 1.1 has no module ``high.door``, through which the project went."""
    for version, name in (("1.0", "gone"), ("1.1", "kept"), ("2.0", "kept")):
        files = {"high/__init__.py": "", "high/inner.py": f"from low.names import {name}\n"}
        files |= {} if version == "1.1" else {"high/door.py": "from high import inner\n"}
        build_wheel(index.folder, "high-er", version, files=files, requires=["low"])
    log = LOG.replace(
        'site-packages/high/__init__.py", line 1, in <module>',
        'site-packages/high/door.py", line 1, in <module>\n    from high import inner\n'
        '  File "/home/u/project/.venv/lib/python3.10/site-packages/high/inner.py", line 1, in <module>',
    )
    (fix / "crash.log").write_text(log, encoding="utf-8")
    run(fix, "--lock", "low")
    assert capsys.readouterr().out.splitlines()[1] == "High_Er==2.0"


def test_a_project_that_is_no_folder(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fix, "--lock", "low", "--project", str(fix / "nowhere")) == Exit.BAD_INPUT
    assert "project-missing" in capsys.readouterr().err


def test_a_locked_version_that_was_never_released(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fix / "requirements.txt").write_text("high-er==1.0\nlow==1.5\n", encoding="utf-8")
    assert run(fix, "--lock", "low") == Exit.BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("numlock: version-unknown: ")
    assert "requirements.txt:2" in err
    assert "low==1.0 or low==2.0" in err


def test_a_native_error_that_nothing_explains_moves_its_package_and_says_that_it_is_a_guess(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1.0", "1.0.1", "1.1"):
        build_wheel(index.folder, "gpu", version, files={"gpu.py": "x = 1\n"})
    (fix / "requirements.txt").write_text("low==2.0\ngpu==1.0\n", encoding="utf-8")
    (fix / "crash.log").write_text(
        'Traceback (most recent call last):\n  File "main.py", line 1, in f\n    gpu.x()\n'
        '  File "/v/lib/python3.10/site-packages/gpu.py", line 9, in x\n    conv()\n'
        "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED\n",
        encoding="utf-8",
    )
    assert run(fix, "--lock", "low") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\ngpu==1.0.1\n"
    assert "hypothesis" in err


def test_a_break_that_a_run_may_meet_is_told(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1.1", "2.0"):
        files = {"high/__init__.py": "import low.names\n\ndef f():\n    return low.names.gone\n"}
        build_wheel(index.folder, "high-er", version, files=files, requires=["low"])
    assert run(fix, "--lock", "low") == Exit.OK
    out, err = capsys.readouterr()
    assert out.splitlines()[1] == "High_Er==1.1"
    assert "may break high-er 1.1 high/__init__.py:4 asks for low.names.gone" in err


@pytest.mark.parametrize(("says", "answer"), [("", "1.2"), ("partially initialized ", "1.1")])
def test_what_the_log_saw_missing_is_missing_wherever_else_it_is_asked_for(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str], says: str, answer: str
) -> None:
    """low's names are made up when it is imported, so its source does not show that it lacks one for good."""
    build_wheel(
        index.folder, "low", "3.0", files={"low/__init__.py": "fill(locals())\n", "low/part.py": "gone = 1\n"}
    )
    asks = "import low, low.part\ndef f():\n    for each in (low, low.part): each.gone\n"
    for version, files in (
        ("1.0", {"high/__init__.py": f"{asks}f()\n"}),
        ("1.1", {"high/__init__.py": "import high.moved\n", "high/moved.py": asks}),
        ("1.2", {"high/__init__.py": "import high.moved\n", "high/moved.py": "import low\n"}),
    ):
        build_wheel(index.folder, "high-er", version, files=files, requires=["low"])
    (tmp_path / "pins.txt").write_text("low==3.0\nhigh-er==1.0\n", encoding="utf-8")
    frame = LOG.splitlines()[:3]
    inside = "/home/u/project/.venv/lib/python3.10/site-packages/high/__init__.py"
    frame += [f'  File "{inside}", line 3, in f', "    for each in (low, low.part): each.gone"]
    log = [*frame, f"AttributeError: {says}module 'low' has no attribute 'gone'", ""]
    (tmp_path / "crash.log").write_text("\n".join(log), encoding="utf-8")
    given = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log")]
    assert main(["fix", *given, "--lock", "low"]) == Exit.OK
    assert capsys.readouterr().out == f"low==3.0\nhigh-er=={answer}\n"


def test_the_module_of_a_pin_that_was_never_released_is_known_by_its_neighbour(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """``high-er`` installs ``high``; its pinned version does not exist, so nothing of it was installed."""
    (tmp_path / "pins.txt").write_text("low==1.0\nhigh-er==1.0.5\n", encoding="utf-8")
    log = (
        'Traceback (most recent call last):\n  File "/home/u/main.py", line 1, in <module>\n'
        "    import high\nModuleNotFoundError: No module named 'high'\n"
    )
    (tmp_path / "crash.log").write_text(log, encoding="utf-8")
    files = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log"), "--python", "3.10"]
    assert main(["fix", *files, "--lock", "low"]) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==1.0\nhigh-er==1.0\n"
    assert "high-er is pinned but its module high is not installed" in err


BUILDS = {
    "its module is not there": (UNINSTALLED, "low==1.0\ngpu==1.0\nbeside==1.1\n"),
    "pip says so": (
        "ERROR: No matching distribution found for gpu==1.0+cu1\n",
        "low==1.0\ngpu==1.0\nbeside==1.0+cu1\n",
    ),
    "a crash that has nothing to do with it": (
        UNINSTALLED.replace("ModuleNotFoundError: No module named 'gpu'", "ValueError: nothing"),
        "low==1.0\ngpu==1.0+cu1\nbeside==1.0+cu1\n",
    ),
}


@pytest.mark.parametrize(("log", "answer"), BUILDS.values(), ids=BUILDS.keys())
def test_a_build_that_no_index_lists_gives_way_to_its_public_version_where_it_was_not_installed(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str], log: str, answer: str
) -> None:
    """beside 1.0 asks for a build of gpu as the index has it; the pinned build asks for its own."""
    for version in ("0.9", "1.0", "1.0.1"):
        build_wheel(index.folder, "gpu", version, files={"gpu.py": ""})
    for version, wanted in (("1.0", "gpu==1.0+cu9"), ("1.1", "gpu==1.0")):
        build_wheel(index.folder, "beside", version, files={"beside.py": ""}, requires=[wanted])
    (tmp_path / "pins.txt").write_text("low==1.0\ngpu==1.0+cu1\nbeside==1.0+cu1\n", encoding="utf-8")
    (tmp_path / "crash.log").write_text(log, encoding="utf-8")
    given = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log"), "--python", "3.10"]
    main(["fix", *given, "--lock", "low"])
    assert capsys.readouterr().out == answer


def test_what_would_die_next_of_the_same_lock_moves_too(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log shows high alone; twin asks for the same name, and would be the next to die. Its tests do not count."""
    for version, name in (("1.0", "gone"), ("1.1", "kept")):
        files = {
            "twin/__init__.py": f"from low.names import {name}\n",
            "tests/__init__.py": "import low.lost\n",
        }
        build_wheel(index.folder, "twin", version, files=files, requires=["low"])
    (tmp_path / "pins.txt").write_text("low==2.0\nhigh-er==1.0\ntwin==1.0\nother==1.0\n", encoding="utf-8")
    (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
    given = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log")]
    assert main(["fix", *given, "--lock", "low"]) == Exit.OK
    assert capsys.readouterr().out == "low==2.0\nhigh-er==1.1\ntwin==1.1\nother==1.0\n"


def test_a_second_choice_makes_the_nearest_release_good(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """high 1.0.1 asks for the old name only where the new one is missing."""
    source = (
        "try:\n    from low.names import kept\nexcept ImportError:\n    from low.names import gone as kept\n"
    )
    build_wheel(index.folder, "high-er", "1.0.1", files={"high/__init__.py": source}, requires=["low"])
    (tmp_path / "pins.txt").write_text(PINS, encoding="utf-8")
    (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
    files = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log")]
    assert main(["fix", *files, "--lock", "low"]) == Exit.OK
    assert "High_Er==1.0.1\n" in capsys.readouterr().out


def test_of_many_releases_few_are_read_to_find_the_nearest_that_fits(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """From many 1.30 on low 3 is required; the pins hold low 2."""
    for number in range(100):
        wanted = "low>=3" if number >= 30 else "low"
        build_wheel(index.folder, "many", f"1.{number}", files={"many.py": ""}, requires=[wanted])
    (tmp_path / "pins.txt").write_text("low==2.0\nmany==1.99\n", encoding="utf-8")
    assert main(["fix", "-r", str(tmp_path / "pins.txt"), "--python", "3.10", "--lock", "low"]) == Exit.OK
    assert capsys.readouterr().out == "low==2.0\nmany==1.29\n"
    read = {each.path for each in index.log if "many-" in each.path}
    assert len(read) < 20, read


def test_for_what_a_run_may_meet_no_other_release_is_read(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function of tool asks for what lib 2.0 lost: nothing moves for that, so no other of the two is of interest."""
    for version, name in (("1.0", "lost"), ("2.0", "kept")):
        build_wheel(index.folder, "lib", version, files={"lib.py": f"{name} = 1\n"})
    for version in ("1.0", "1.1"):
        files = {"tool.py": "import lib\n\ndef run():\n    return lib.lost\n"}
        build_wheel(index.folder, "tool", version, files=files)
    pins = tmp_path / "pins.txt"
    pins.write_text("low==2.0\nhigh-er==1.0\nlib==2.0\ntool==1.0\n", encoding="utf-8")
    assert main(["fix", "-r", str(pins), "--python", "3.10", "--lock", "low"]) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nhigh-er==1.1\nlib==2.0\ntool==1.0\n"
    assert "tool 1.0 tool.py:4 asks for lib.lost" in err
    read = {each.path.rpartition("/")[2] for each in index.log if each.path.endswith(".whl")}
    assert "tool-1.0-py3-none-any.whl" in read
    assert not read & {"tool-1.1-py3-none-any.whl", "lib-1.0-py3-none-any.whl"}


def test_an_old_warning_makes_no_step_longer(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a function of high asks of lib it asked before; only high 3.0 does not. What it asks of low counts."""
    build_wheel(index.folder, "lib", "2.0", files={"lib.py": "kept = 1\n"})
    asked = "import lib\n\ndef run():\n    return lib.lost\n"
    for version, names in (("1.0", "gone"), ("1.1", "kept"), ("3.0", "kept")):
        files = {"high/__init__.py": f"from low.names import {names}\n" + asked * (version != "3.0")}
        build_wheel(index.folder, "high-er", version, files=files)
    pins = tmp_path / "pins.txt"
    pins.write_text("low==2.0\nhigh-er==1.0\nlib==2.0\n", encoding="utf-8")
    assert main(["fix", "-r", str(pins), "--python", "3.10", "--lock", "low"]) == Exit.OK
    assert capsys.readouterr().out == "low==2.0\nhigh-er==1.1\nlib==2.0\n"
    files = {"high/__init__.py": "from low.names import kept\n\ndef run():\n    from low.names import gone\n"}
    build_wheel(index.folder, "high-er", "1.1", files=files)
    other = ["--store", str(tmp_path / "other.sqlite")]
    assert main(["fix", "-r", str(pins), "--python", "3.10", "--lock", "low", *other]) == Exit.OK
    assert capsys.readouterr().out == "low==2.0\nhigh-er==2.0\nlib==2.0\n"


def test_a_plan_that_known_breaks_speak_against_is_not_walked_through(
    tmp_path: Path, index: Index, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All releases of low from 2.0 on lack what high asks for, and all are nearer than 1.0."""
    for number in range(1, 40):
        files = {"low/__init__.py": "", "low/names.py": "kept = 2\n"}
        build_wheel(index.folder, "low", f"2.{number}", files=files)
    walked: list[str] = []

    def breaks(entries: object, environment: judge.Environment, *args: Any, **kwargs: Any) -> object:
        walked.append(str(environment.versions[NormalizedName("low")]))
        return api.breaks(entries, environment, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(judge, "breaks", breaks)
    pins = tmp_path / "pins.txt"
    pins.write_text("low==2.0\nhigh-er==1.0\n", encoding="utf-8")
    assert main(["fix", "-r", str(pins), "--python", "3.10", "--lock", "high-er"]) == Exit.OK
    assert capsys.readouterr().out == "low==1.0\nhigh-er==1.0\n"
    assert walked == ["2.0", "1.0"]


def test_what_the_command_line_does_not_say_the_configuration_does(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock, and the folder of the project's source, which asks for a name that high 2.0 alone has."""
    monkeypatch.chdir(fix)
    table = '[tool.numlock]\nlocks = ["low"]\nprojects = ["src"]\npython = "3.12"\n'
    (fix / "pyproject.toml").write_text(table, encoding="utf-8")
    (fix / "src").mkdir()
    (fix / "src" / "app.py").write_text("from high import x\n", encoding="utf-8")
    for version, name in (("1.0", "gone"), ("2.0", "kept")):
        files = {"high/__init__.py": f"from low.names import {name}\nx = 1\n"}
        build_wheel(index.folder, "high-er", version, files=files, requires=["low"])
    assert run(fix) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh_Er==2.0\nother==1.0\n"
    assert "(Python from paths in the traceback)" in err
    assert run(fix, "--lock", "high-er", "--python", "3.11") == Exit.OK
    assert capsys.readouterr().out == "low==1.0\nHigh_Er==1.0\nother==1.0\n"


def test_a_configuration_with_a_wrong_key_is_bad_input(
    fix: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fix)
    (fix / "pyproject.toml").write_text("[tool.numlock]\nlock = 1\n", encoding="utf-8")
    assert run(fix) == Exit.BAD_INPUT
    assert "did you mean 'locks'?" in capsys.readouterr().err
