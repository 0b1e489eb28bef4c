"""Proof by running, as its users call it: real environments for this very Python, out of a local index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_sdist, build_wheel, noise
from support.index import Index
from support.processes import marked

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
SITE = f"/home/u/project/.venv/lib/python{HERE}/site-packages"
LOG = f"""Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    import high
  File "{SITE}/high.py", line 1, in <module>
    from low import gone
ImportError: cannot import name 'gone' from 'low' ({SITE}/low.py)
"""
PINS = "low==2.0\nHigh==1.0\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """low 2.0 dropped a name that high 1.0 imports; high 1.1 and 2.0 do without it."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, names in (("1.0", "gone = 1\nkept = 2\n"), ("2.0", "kept = 2\n")):
        build_wheel(folder, "low", version, files={"low.py": names})
    for version, name in (("1.0", "gone"), ("1.1", "kept"), ("2.0", "kept")):
        high(folder, version, f"from low import {name}\n")
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


def high(folder: Path, version: str, code: str) -> None:
    build_wheel(folder, "high", version, files={"high.py": code}, requires=["low"])


@pytest.fixture
def fix(tmp_path: Path, index: Index) -> Path:
    """A folder with pins and a log."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "requirements.txt").write_text(PINS, encoding="utf-8")
    (tmp_path / "app" / "crash.log").write_text(LOG, encoding="utf-8")
    return tmp_path / "app"


def run(folder: Path, *options: str, log: bool = True) -> int:
    logged = ["--log", str(folder / "crash.log")] if log else []
    return main(["fix", "-r", str(folder / "requirements.txt"), *logged, "--lock", "low", *options])


def test_a_plan_is_installed_and_the_crash_repeated(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fix, "--prove") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==1.1\n"
    assert "run       runs (proved): python main.py" in err
    assert "the pins as they came die as the log says; 2 rounds, 2 environments made" in err
    assert "pip-tools: installs cleanly" in err


def test_what_ran_once_is_not_run_again(fix: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    run(fix, "--prove")
    first, count = capsys.readouterr(), len(index.log)
    run(fix, "--prove")
    again = capsys.readouterr()
    assert again.out == first.out
    assert "2 rounds, 0 environments made" in again.err
    assert not [path for path in index.paths[count:] if path.endswith(".whl")]


def test_a_crash_of_the_plan_is_a_new_diagnosis(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """high 1.1 would do as far as its source shows, but what it does to low only a run shows."""
    high(index.folder, "1.1", "import low\nprint(getattr(low, 'lo' + 'st'))\n")
    assert run(fix, "--prove") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==2.0\n"
    assert "died      with high 1.1: " in err
    assert "3 environments made" in err


def test_a_plan_that_hides_the_next_conflict(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program goes on to another package, which dies of the locked one as well, out of sight of the first log."""
    for version, name in (("1.0", "gone"), ("1.0.1", "kept")):
        build_wheel(
            index.folder, "other", version, files={"other.py": f"import low\nlow.__dict__['{name}']\n"}
        )
    (fix / "requirements.txt").write_text(f"{PINS}other==1.0\n", encoding="utf-8")
    (fix / "app.py").write_text("import high\nimport other\n", encoding="utf-8")
    assert run(fix, "--prove", "python app.py") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==1.1\nother==1.0.1\n"
    assert "runs (proved): python app.py" in err


def test_where_facts_know_nothing_releases_are_bisected(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(20):
        code = (
            "raise RuntimeError('cuDNN error: CUDNN_STATUS_EXECUTION_FAILED')\n" if number < 11 else "x = 1\n"
        )
        build_wheel(index.folder, "gpu", f"1.{number}", files={"gpu.py": code})
    (fix / "requirements.txt").write_text("low==2.0\ngpu==1.0\n", encoding="utf-8")
    (fix / "crash.log").write_text(
        f'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n    import gpu\n'
        f'  File "{SITE}/gpu.py", line 9, in <module>\n    conv()\n'
        "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED\n",
        encoding="utf-8",
    )
    assert run(fix, "--prove", "--jobs", "2") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\ngpu==1.11\n"
    assert "assumed to die (bisection)" not in err.split("sure", 1)[1]
    assert "runs (proved)" in err


def test_one_suspect_after_the_other_is_tried(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    """No release of the package that the error comes out of helps; one of the package that called it does."""
    for version in ("1.0", "1.1"):
        raising = "def f(x):\n    if x < 2:\n        raise RuntimeError('odd state')\n"
        build_wheel(index.folder, "inner", version, files={"inner.py": raising})
    for version, number in (("1.0", 1), ("1.1", 1), ("1.2", 2)):
        build_wheel(index.folder, "outer", version, files={"outer.py": f"import inner\ninner.f({number})\n"})
    (fix / "requirements.txt").write_text("low==2.0\nouter==1.0\ninner==1.0\n", encoding="utf-8")
    (fix / "crash.log").write_text(
        f'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n    import outer\n'
        f'  File "{SITE}/outer.py", line 2, in <module>\n    inner.f(1)\n'
        f'  File "{SITE}/inner.py", line 3, in f\n    raise RuntimeError("odd state")\n'
        "RuntimeError: odd state\n",
        encoding="utf-8",
    )
    assert run(fix, "--prove") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nouter==1.2\ninner==1.0\n"
    assert "died      with " in err


def test_where_no_release_runs_there_is_no_repair(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1.1", "2.0"):
        high(index.folder, version, "import low\nprint(getattr(low, 'lo' + 'st'))\n")
    assert run(fix, "--prove") == Exit.NO_REPAIR
    out, err = capsys.readouterr()
    assert out == PINS
    assert "died      with high 1.1: " in err
    assert "not proved: there is no plan to run" in err


@pytest.mark.parametrize(
    ("code", "exit_code", "pins", "said"),
    [
        (
            "from low import kept\n",
            Exit.OK,
            "low==2.0\nHigh==1.1\n",
            "requires extra, which is not among the pins",
        ),
        ("from low import kept\nimport extra\n", Exit.NO_REPAIR, PINS, "died      with high 1.1: "),
    ],
    ids=["it runs without", "it does not"],
)
def test_a_run_may_show_that_a_required_package_is_not_needed(
    fix: Path,
    index: Index,
    capsys: pytest.CaptureFixture[str],
    code: str,
    exit_code: Exit,
    pins: str,
    said: str,
) -> None:
    for version in ("1.1", "2.0"):
        build_wheel(index.folder, "high", version, files={"high.py": code}, requires=["low", "extra"])
    assert run(fix) == Exit.NO_REPAIR
    assert "way out   add extra: high 1.0 -> 1.1" in capsys.readouterr().err
    assert run(fix, "--prove") == exit_code
    out, err = capsys.readouterr()
    assert out == pins
    assert said in err
    assert ("runs (proved)" in err) == (exit_code == Exit.OK)
    assert ("installs cleanly; an installer adds what is required" in err) == (exit_code == Exit.OK)


def test_what_lacks_a_required_package_is_no_plan_where_it_cannot_be_run(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1.1", "2.0"):
        next(index.folder.glob(f"high-{version}-*")).unlink()
        build_sdist(
            index.folder,
            "high",
            version,
            files={"high.py": "from low import kept\n"},
            requires=["low", "extra"],
        )
    assert run(fix, "--prove") == Exit.NO_REPAIR
    assert capsys.readouterr().out == PINS


def test_offline_nothing_is_run(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(fix)
    assert run(fix, "--prove", "--offline") == Exit.OK
    assert "not proved: these pins were not run before" in capsys.readouterr().err


def test_a_crash_that_does_not_reproduce(fix: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    high(index.folder, "1.0", "import low\n")
    assert run(fix, "--prove") == Exit.NOT_VERSIONS
    out, err = capsys.readouterr()
    assert out == PINS
    assert "the crash does not reproduce" in err


def test_imports_say_nothing_of_a_crash_that_came_later(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    high(index.folder, "1.0", "import low\ndef f():\n    return low.gone\n")
    log = LOG.replace(
        'high.py", line 1, in <module>\n    from low import gone', 'high.py", line 3, in f\n    low.gone'
    )
    log = log.replace(
        "ImportError: cannot import name 'gone' from 'low'",
        "AttributeError: module 'low' has no attribute 'gone'",
    )
    (fix / "crash.log").write_text(log, encoding="utf-8")
    assert run(fix, "--prove") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==1.1\n"
    assert "not proved: the imports run, as they did before; the crash came later" in err


def test_a_command_in_place_of_a_log(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fix / "app.py").write_text("import high\n", encoding="utf-8")
    assert run(fix, "--prove", "python app.py", log=False) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==1.1\n"
    assert "the pins as they came die of ImportError: cannot import name 'gone'" in err


def test_a_command_that_runs_without_a_log(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fix / "requirements.txt").write_text("low==2.0\nhigh==1.1\n", encoding="utf-8")
    assert run(fix, "--prove", "python -c 'import high'", log=False) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nhigh==1.1\n"
    assert "runs (proved): python -c import high" in err


NOT_PROVED = {
    "no such Python": (["--python", "3.5"], "no Python 3.5 is found on this machine"),
    "another system": (["--platform", "windows" if os.name != "nt" else "linux"], "this machine is"),
    "too much to download": (["--max-download", "1"], "more than 1 MB (--max-download)"),
    "a command that never ends": (
        ["--prove", "python -c 'import time; time.sleep(60)'", "--time-limit", "1"],
        "the command did not end within 1 s",
    ),
    "a failure that is no crash": (
        ["--prove", "python -c 'raise SystemExit(3)'"],
        "exit code 3, without a crash",
    ),
    "a full disk": (
        ["--prove", "python -c 'raise OSError(28, \"No space left on device\")'"],
        "the run dies of OSError: [Errno 28] No space left on device",
    ),
}


@pytest.mark.parametrize(("options", "why"), NOT_PROVED.values(), ids=NOT_PROVED.keys())
def test_a_plan_that_cannot_be_proved_stands_and_says_why(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str], options: list[str], why: str
) -> None:
    if "--max-download" in options:
        build_wheel(index.folder, "low", "2.0", files={"low.py": "kept = 2\n", "low.bin": noise(1_500_000)})
    assert run(fix, *(options if "--prove" in options else ["--prove", *options])) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==1.1\n"
    assert why in err
    assert "run       not proved: " in err


def test_source_archives_are_built_only_where_that_is_allowed(
    fix: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    next(index.folder.glob("high-1.0-*")).unlink()
    build_sdist(index.folder, "high", "1.0", files={"high.py": "from low import gone\n"}, requires=["low"])
    assert run(fix, "--prove") == Exit.OK
    err = capsys.readouterr().err
    assert "were not run: high 1.0: no wheel, and --allow-source was not given" in err
    assert "runs (proved)" in err


def test_an_index_that_dies_midway(fix: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    run(fix)
    index.stop()
    capsys.readouterr()
    assert run(fix, "--prove") == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==1.1\n"
    assert "not proved: the pins could not be installed: " in err


BAD = {
    "a command that does not exist": (["--prove", "no-such-command -x"], "command-missing"),
    "a command of another environment": (
        ["--prove", f"{Path(sys.executable).parent / 'pytest'}"],
        "command-missing",
    ),
    "a command that cannot be split": (["--prove", "python 'x"], "command-invalid"),
    "a folder of evidence that is none": (["--evidence", "no-such-folder"], "evidence-missing"),
}


@pytest.mark.parametrize(("options", "reference"), BAD.values(), ids=BAD.keys())
def test_bad_input(fix: Path, capsys: pytest.CaptureFixture[str], options: list[str], reference: str) -> None:
    assert run(fix, *options) == Exit.BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"numlock: {reference}: ")


def test_nothing_to_prove(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fix, "--prove", log=False) == Exit.BAD_INPUT
    assert capsys.readouterr().err.startswith("numlock: nothing-to-prove: ")


def test_no_secret_reaches_a_command(
    fix: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hush")
    (fix / "app.py").write_text(
        "import os\nfor n, v in os.environ.items():\n"
        "    assert 'hush' not in v and 'PIP_' not in n and 'UV_' not in n, n\n"
        "assert not os.listdir(os.environ['HOME'])\nimport high\n",
        encoding="utf-8",
    )
    assert run(fix, "--prove", "python app.py") == Exit.OK
    assert "runs (proved)" in capsys.readouterr().err


def test_runs_can_be_made_elsewhere(fix: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    high(index.folder, "1.1", "import low\nprint(getattr(low, 'lo' + 'st'))\n")
    assert run(fix, "--plan-matrix") == Exit.OK
    entries = json.loads(capsys.readouterr().out)["include"]
    assert [entry["pins"][0] for entry in entries] == ["high==1.0", "high==1.1", "high==2.0"]
    (fix / "evidence").mkdir()
    for entry in entries:
        (fix / "entry.json").write_text(json.dumps(entry), encoding="utf-8")
        result = str(fix / "evidence" / f"{entry['name']}.json")
        store = str(fix / "elsewhere.sqlite")
        assert main(["prove", "--pins", str(fix / "entry.json"), "--store", store, "-o", result]) == Exit.OK
    capsys.readouterr()
    assert run(fix, "--evidence", str(fix / "evidence")) == Exit.OK
    out, err = capsys.readouterr()
    assert out == "low==2.0\nHigh==2.0\n"
    assert "runs (proved)" in err
    assert "0 environments made" in err


def test_one_set_of_a_requirements_file(fix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pins = ["--pins", str(fix / "requirements.txt"), "--python", HERE]
    assert main(["prove", *pins, "--", "python", "-c", "import high"]) == Exit.OK
    found = json.loads(capsys.readouterr().out)
    assert found["returncode"] == 1
    assert "cannot import name 'gone'" in found["tail"]
    assert main(["prove", *pins]) == Exit.BAD_INPUT
    assert (
        main(["prove", "--pins", str(fix / "requirements.txt"), "--python", "3.5", "python"])
        == Exit.OUT_OF_REACH
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("moment", [0.3, 1.2, 2.1, 3.3])
def test_killed_at_any_moment_nothing_is_left(fix: Path, moment: float) -> None:
    (fix / "tmp").mkdir()
    command = "python -c 'import time, high; time.sleep(60)'"
    argv = [sys.executable, "-m", "numlock", "fix", "-r", str(fix / "requirements.txt")]
    argv += ["--log", str(fix / "crash.log"), "--lock", "low", "--prove", command]
    process = subprocess.Popen(
        argv,
        env={**os.environ, "TMPDIR": str(fix / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(moment)
    process.kill()
    process.wait()
    for _ in range(100):
        if not list((fix / "tmp").iterdir()) and not marked(fix / "tmp"):
            return
        time.sleep(0.1)
    pytest.fail(f"left: {list((fix / 'tmp').iterdir())} {marked(fix / 'tmp')}")
