"""Which Python and platform the pins are for, and the locks among them."""

from __future__ import annotations

import pytest

from numlock.errors import BadInput
from numlock.model import Pin, Target
from numlock.read import activate, choose_target, parse_lock, parse_python
from numlock.read.requirements import parse_pins
from numlock.read.target import parse_platform


def test_the_first_known_python_wins_and_says_where_it_came_from() -> None:
    found = choose_target(
        {"--python": None, "the case": (3, 7), "paths": (3, 8)}, ["windows"], lambda: (3, 12)
    )
    assert (found.python, found.source, found.platform) == ((3, 7), "the case", "win_amd64")


def test_the_python_on_path_is_the_last_resort() -> None:
    found = choose_target({"--python": None}, [None, "linux"], lambda: (3, 12))
    assert (found.python, found.source) == ((3, 12), "python3 on PATH")
    with pytest.raises(BadInput, match="none is on PATH"):
        choose_target({}, ["linux"], lambda: None)


@pytest.mark.parametrize("text", ["3.7", "3.7.16", "python3.7", "cp37", "Python 3.7", "3.7+"])
def test_a_python_in_all_its_forms(text: str) -> None:
    assert parse_python(text, "x") == (3, 7)


@pytest.mark.parametrize("text", ["three", "2.7", "3", "3.99", ""])
def test_a_python_that_is_none(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_python(text, "--python")
    assert caught.value.reference == "python-invalid"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("linux-aarch64", "manylinux_2_39_aarch64"),
        ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ("linux_x86_64", "manylinux_2_39_x86_64"),
        ("macos", "macosx_14_0_arm64"),
        ("win32", "win32"),
    ],
)
def test_platforms(text: str, tag: str) -> None:
    assert parse_platform(text, "x") == tag


TARGET = Target(python=(3, 7), platform="manylinux_2_39_x86_64")


def test_markers_decide_which_pins_hold() -> None:
    entries = parse_pins(
        ["numpy==1.0", "a==1 ; python_version >= '3.8'", "a==2 ; python_version < '3.8'"], "r"
    )
    pins = activate(entries, (), TARGET, ())
    assert {str(name): str(version) for name, version in pins.versions().items()} == {
        "numpy": "1.0",
        "a": "2",
    }
    assert pins.locked == {"numpy"}


@pytest.mark.parametrize(
    ("lines", "lock", "reference"),
    [
        (["a==1", "A==2"], "a", "pins-twice"),
        (["a==1"], "numpy", "lock-not-pinned"),
        (["a==1"], "a==2", "lock-differs"),
        (["a==1"], "a>=1", "lock-invalid"),
        (["a==1 ; python_version > '3.8'"], "a", "pins-none-apply"),
    ],
)
def test_what_contradicts_itself_is_refused(lines: list[str], lock: str, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        activate(parse_pins(lines, "r"), (), TARGET, [parse_lock(lock)])
    assert caught.value.reference == reference


def test_a_constraint_must_agree() -> None:
    pins, constraints = parse_pins(["a==1"], "r"), parse_pins(["a==2"], "c")
    with pytest.raises(BadInput, match="contradicts"):
        activate(pins, [each for each in constraints if isinstance(each, Pin)], TARGET, ())
