"""Pins come out as they were written; only versions that moved change."""

from __future__ import annotations

import re

import pytest
from packaging.markers import Marker
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import (
    Change,
    NoPlan,
    Nothing,
    Opaque,
    Pin,
    Pins,
    Plan,
    Repair,
    Target,
    Verdict,
    Where,
)

WHERE = Where(path="requirements.txt", line=1)
TARGET = Target(python=(3, 7))


def pin(before: str, written: str, after: str = "", marker: str | None = None) -> Pin:
    spelled = re.split(r"[\[= ]", before, maxsplit=1)[0]
    return Pin(
        name=canonicalize_name(spelled),
        spelled=spelled,
        version=Version(written),
        written=written,
        text=(before, after),
        where=WHERE,
        marker=Marker(marker) if marker else None,
    )


@pytest.mark.parametrize(
    ("entry", "version", "line"),
    [
        pytest.param(pin("torch==", "1.8.0"), "1.8.1", "torch==1.8.1", id="moved"),
        pytest.param(pin("torch==", "1.8.0"), "1.8.0", "torch==1.8.0", id="stayed"),
        pytest.param(pin("NumPy==", "1.18.03"), "1.18.3", "NumPy==1.18.03", id="stayed in its own spelling"),
        pytest.param(pin("six==", "v1.16"), "1.16.0", "six==v1.16", id="stayed, other count of numbers"),
        pytest.param(pin("NumPy==", "1.18.03"), "1.18.4", "NumPy==1.18.4", id="the name as it was spelled"),
        pytest.param(
            pin("celery[redis] == ", "5.0", " ; os_name == 'nt'"),
            "5.1",
            "celery[redis] == 5.1 ; os_name == 'nt'",
            id="extras, blanks and marker are kept",
        ),
        pytest.param(
            pin("torch==", "1.8.0+cu111"), "1.8.1+cu111", "torch==1.8.1+cu111", id="with a local label"
        ),
    ],
)
def test_line_of_a_pin(entry: Pin, version: str, line: str) -> None:
    assert entry.at(Version(version)) == line


NUMPY = pin("numpy==", "1.19.5")
SPELLED = pin("Torch_Vision == ", "0.09.0")
INACTIVE = pin("torch==", "1.7.1", " ; sys_platform == 'win32'", "sys_platform == 'win32'")
ACTIVE = pin("torch==", "1.8.0", " ; sys_platform != 'win32'", "sys_platform != 'win32'")
EDITABLE = Opaque(text="-e ./here  # mine", where=WHERE)
DIRECT = Opaque(text="torch @ https://e.test/t.whl", where=WHERE, name=canonicalize_name("torch"))
ENTRIES = (NUMPY, EDITABLE, INACTIVE, ACTIVE, DIRECT, SPELLED)
PINS = Pins(
    entries=ENTRIES,
    active={each.name: each for each in (NUMPY, ACTIVE, SPELLED)},
    locked=frozenset({NUMPY.name}),
)
LINES = (
    "numpy==1.19.5",
    "-e ./here  # mine",
    "torch==1.7.1 ; sys_platform == 'win32'",
    "torch==1.8.0 ; sys_platform != 'win32'",
    "torch @ https://e.test/t.whl",
    "Torch_Vision == 0.09.0",
)


def plan(**moves: str) -> Plan:
    after = {canonicalize_name(name): Version(version) for name, version in moves.items()}
    changes = tuple(
        Change(name=name, before=PINS.active[name].version, after=version) for name, version in after.items()
    )
    return Plan(versions={**PINS.versions(), **after}, changes=changes, cost=())


@pytest.mark.parametrize(
    ("outcome", "changed"),
    [
        pytest.param(Nothing(verdict=Verdict.SOUND, why=""), {}, id="nothing moves"),
        pytest.param(NoPlan(core=()), {}, id="no plan"),
        pytest.param(plan(), {}, id="a plan without moves"),
        pytest.param(
            plan(torch="1.8.1"), {3: "torch==1.8.1 ; sys_platform != 'win32'"}, id="only the active pin moves"
        ),
        pytest.param(
            plan(torch="1.7.1"),
            {3: "torch==1.7.1 ; sys_platform != 'win32'"},
            id="the active pin moves to the inactive one's version",
        ),
        pytest.param(
            plan(torch_vision="0.9.1"), {5: "Torch_Vision == 0.9.1"}, id="a name in a spelling of its own"
        ),
        pytest.param(
            plan(torch="1.8.1", torch_vision="0.9.1"),
            {3: "torch==1.8.1 ; sys_platform != 'win32'", 5: "Torch_Vision == 0.9.1"},
            id="two moves",
        ),
    ],
)
def test_lines_of_a_repair(outcome: Plan | NoPlan | Nothing, changed: dict[int, str]) -> None:
    repair = Repair(target=TARGET, before=PINS, outcome=outcome)
    assert repair.pins == tuple(changed.get(number, line) for number, line in enumerate(LINES))


def test_the_environment_is_what_the_active_pins_say() -> None:
    assert PINS.versions() == {
        "numpy": Version("1.19.5"),
        "torch": Version("1.8.0"),
        "torch-vision": Version("0.9.0"),
    }
    assert list(PINS) == [NUMPY, ACTIVE, SPELLED]
    assert PINS.opaque == (EDITABLE, DIRECT)


@pytest.mark.parametrize(("line", "text"), [(None, "r.txt"), (1, "r.txt:1"), (30, "r.txt:30")])
def test_place(line: int | None, text: str) -> None:
    assert str(Where(path="r.txt", line=line)) == text
