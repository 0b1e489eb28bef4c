"""Does the log fit the pins? A line of the log that the pinned release does not have there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_wheel
from support.index import Index

SITE = "/home/u/project/.venv/lib/python3.10/site-packages"
PINS = "low==2.0\nhigh==1.5\n"


def high(number: int) -> str:
    """Each release begins with one line more; from 1.5 on it does without the name."""
    return "#\n" * number + ("from low import gone\n" if number < 5 else "from low import kept\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """high 1.0 to 1.9, the pinned one of which fits low 2.0."""
    dists = tmp_path / "dists"
    dists.mkdir()
    for number in range(10):
        build_wheel(dists, "high", f"1.{number}", files={"high/__init__.py": high(number)}, requires=["low"])
    build_wheel(dists, "low", "1.0", files={"low/__init__.py": "gone = kept = 1\n"})
    build_wheel(dists, "low", "2.0", files={"low/__init__.py": "kept = 1\n"})
    with Index(dists) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield tmp_path


def ask(folder: Path, pins: str, line: int, *options: str) -> tuple[int, str]:
    (folder / "requirements.txt").write_text(pins, encoding="utf-8")
    (folder / "crash.log").write_text(
        "Traceback (most recent call last):\n"
        '  File "/home/u/project/main.py", line 1, in <module>\n    import high\n'
        f'  File "{SITE}/high/__init__.py", line {line}, in <module>\n    from low import gone\n'
        f"ImportError: cannot import name 'gone' from 'low' ({SITE}/low/__init__.py)\n",
        encoding="utf-8",
    )
    files = ["-r", str(folder / "requirements.txt"), "--log", str(folder / "crash.log")]
    out = folder / "out"
    code = main(["fix", *files, "--lock", "low", "-o", str(out), *options])
    return code, out.read_text(encoding="utf-8")


def test_a_log_of_another_release_moves_nothing_and_says_which_one_fits(folder: Path) -> None:
    code, said = ask(folder, PINS, 3, "--format", "text")
    assert code == Exit.NO_REPAIR
    assert "high/__init__.py:3 is not so in high 1.5: another release was installed; it fits high 1.2" in said
    assert "install them as they are pinned and run again" in said
    assert ask(folder, PINS, 3)[1] == PINS


@pytest.mark.parametrize("number", [0, 2, 4])
def test_near_and_far_releases_are_found(folder: Path, number: int) -> None:
    misfits = json.loads(ask(folder, PINS, number + 1, "--format", "json")[1])["misfits"]
    place = {"release": "high 1.5", "file": "high/__init__.py", "line": number + 1}
    assert misfits == [{**place, "fits": f"1.{number}"}]


def test_a_line_that_no_release_has(folder: Path) -> None:
    assert json.loads(ask(folder, PINS, 90, "--format", "json")[1])["misfits"][0]["fits"] is None


def test_a_log_that_fits_says_nothing_and_is_repaired(folder: Path) -> None:
    code, said = ask(folder, "low==2.0\nhigh==1.2\n", 3, "--format", "json")
    assert code == Exit.OK
    assert json.loads(said)["misfits"] == []
    assert json.loads(said)["pins"] == ["low==2.0", "high==1.5"]


def test_what_was_asked_once_is_known_without_a_network(folder: Path) -> None:
    first = ask(folder, PINS, 3, "--format", "json")
    assert ask(folder, PINS, 3, "--format", "json", "--offline") == first


def test_a_break_that_the_pins_show_too_is_repaired_although_the_log_is_of_another_release(
    folder: Path,
) -> None:
    code, said = ask(folder, "low==2.0\nhigh==1.4\n", 3, "--format", "json")
    assert code == Exit.OK
    assert json.loads(said)["pins"] == ["low==2.0", "high==1.5"]
    assert json.loads(said)["misfits"][0]["fits"] == "1.2"
