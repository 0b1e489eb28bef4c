"""Locks, and the pins that hold for a target: markers, duplicates, constraints."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Pin, Pins, Target
from numlock.read.locks import Lock, activate, parse_lock
from numlock.read.requirements import parse_pins

LINUX = Target(python=(3, 7))
WINDOWS = Target(python=(3, 10), platform="win_amd64")


def apply(
    lines: list[str],
    *,
    constraints: list[str] | None = None,
    locks: list[str] | None = None,
    target: Target = LINUX,
) -> Pins:
    limits = [pin for pin in parse_pins(constraints or [], "limits.txt") if isinstance(pin, Pin)]
    return activate(parse_pins(lines, "pins.txt"), limits, target, [parse_lock(lock) for lock in locks or []])


def active(pins: Pins) -> list[str]:
    return [f"{pin.name}=={pin.written}" for pin in pins]


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        pytest.param("numpy", "numpy", None, id="name alone"),
        pytest.param("numpy==1.18.3", "numpy", "1.18.3", id="name and version"),
        pytest.param(" numpy == 1.18.3 ", "numpy", "1.18.3", id="space"),
        pytest.param("numpy===1.18.3", "numpy", "1.18.3", id="arbitrary equality"),
        pytest.param("Scikit_Learn", "scikit-learn", None, id="another spelling of the name"),
        pytest.param("torch==1.8.0+cu111", "torch", "1.8.0+cu111", id="local version"),
    ],
)
def test_lock(text: str, name: str, version: str | None) -> None:
    assert parse_lock(text) == Lock(canonicalize_name(name), Version(version) if version else None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("numpy>=1.18", id="a range"),
        pytest.param("numpy==1.18.*", id="a wildcard"),
        pytest.param("numpy==1.18,==1.18", id="two specifiers"),
        pytest.param("numpy!=1.18", id="anything but"),
        pytest.param("numpy=1.18", id="one equals sign"),
        pytest.param("numpy==latest", id="a word for a version"),
        pytest.param("numpy===latest", id="arbitrary equality with a word"),
        pytest.param("numpy 1.18", id="no operator"),
        pytest.param("numpy,torch", id="two names"),
    ],
)
@pytest.mark.parametrize("where", ["--lock", "case.yaml"])
def test_bad_lock(text: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_lock(text, where)
    assert caught.value.reference == "lock-invalid"
    assert f"{where} " in str(caught.value)


def test_bad_lock_of_the_command_line_names_the_option() -> None:
    with pytest.raises(BadInput, match="--lock 'numpy>1' is not exact"):
        parse_lock("numpy>1")


@pytest.mark.parametrize(
    ("locks", "locked"),
    [
        pytest.param([], {"numpy"}, id="none named: numpy"),
        pytest.param(["numpy"], {"numpy"}, id="numpy by name"),
        pytest.param(["torch"], {"torch"}, id="another instead of numpy"),
        pytest.param(["torch", "numpy"], {"numpy", "torch"}, id="two"),
        pytest.param(["numpy", "NumPy==1.18.3"], {"numpy"}, id="the same twice"),
        pytest.param(["numpy==1.18.3.0"], {"numpy"}, id="the same version spelled otherwise"),
        pytest.param(["scikit_learn"], {"scikit-learn"}, id="the same name spelled otherwise"),
    ],
)
def test_locked(locks: list[str], locked: set[str]) -> None:
    assert apply(["numpy==1.18.3", "torch==1.8.0", "Scikit-Learn==1.0"], locks=locks).locked == locked


def test_nothing_is_locked_where_numpy_is_not_pinned() -> None:
    assert apply(["torch==1.8.0"]).locked == frozenset()


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["torch==1.8.0"], id="not among the pins"),
        pytest.param(["torch==1.8.0", "numpy==1.18.3 ; os_name == 'nt'"], id="pinned for another target"),
        pytest.param(["torch==1.8.0", "numpy @ file:///numpy"], id="installed from a place"),
    ],
)
def test_lock_is_not_pinned(lines: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        apply(lines, locks=["numpy"])
    assert caught.value.reference == "lock-not-pinned"
    assert "--lock numpy " in str(caught.value)


@pytest.mark.parametrize("lock", ["numpy==1.18.4", "numpy==1.18.3.post1", "numpy==1.18.3+mkl"])
def test_lock_differs_from_the_pin(lock: str) -> None:
    with pytest.raises(BadInput) as caught:
        apply(["torch==1.8.0", "numpy==1.18.3"], locks=["torch", lock])
    assert caught.value.reference == "lock-differs"
    assert "--lock numpy is pinned to 1.18.3 at pins.txt:2, " in str(caught.value)
    assert lock.partition("==")[2] in str(caught.value)


@pytest.mark.parametrize(
    ("marker", "on_linux", "on_windows"),
    [
        pytest.param("python_version < '3.8'", True, False, id="older Python"),
        pytest.param("python_version >= '3.8'", False, True, id="3.10 is newer than 3.8"),
        pytest.param("python_full_version >= '3.10.0'", False, True, id="full version"),
        pytest.param("sys_platform == 'win32'", False, True, id="platform"),
        pytest.param("os_name == 'posix'", True, False, id="kind of system"),
        pytest.param("platform_system == 'Linux'", True, False, id="system"),
        pytest.param("platform_machine == 'AMD64'", False, True, id="machine"),
        pytest.param("implementation_name == 'cpython'", True, True, id="implementation"),
        pytest.param("extra == 'gpu'", False, False, id="an extra that nobody asked for"),
        pytest.param("extra != 'gpu'", True, True, id="without an extra"),
    ],
)
def test_markers_choose_the_active_pins(marker: str, on_linux: bool, on_windows: bool) -> None:
    for target, holds in ((LINUX, on_linux), (WINDOWS, on_windows)):
        pins = apply(["a==1", f"b==2 ; {marker}"], target=target)
        assert active(pins) == (["a==1", "b==2"] if holds else ["a==1"])
        assert len(pins.entries) == 2


def test_order_and_lines_from_a_place_are_kept() -> None:
    pins = apply(["z==1", "-e ./here", "a==2"])
    assert active(pins) == ["z==1", "a==2"]
    assert [entry.where.line for entry in pins.entries] == [1, 2, 3]
    assert [entry.text for entry in pins.opaque] == ["-e ./here"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["a==1", "a==1"], ["a==1"], id="the same line twice"),
        pytest.param(
            ["A.b==1.0", "a-b==1"], ["a-b==1.0"], id="the same pin spelled otherwise: the first counts"
        ),
        pytest.param(["a==1", "a[x]==1"], ["a==1"], id="with and without an extra"),
        pytest.param(["a==1", "a==2 ; os_name == 'nt'"], ["a==1"], id="the other one is for another target"),
        pytest.param(
            ["a==1 ; python_version >= '3.8'", "a==2 ; python_version < '3.8'"],
            ["a==2"],
            id="one for each Python",
        ),
    ],
)
def test_duplicates_that_agree(lines: list[str], expected: list[str]) -> None:
    pins = apply(lines)
    assert active(pins) == expected
    assert len(pins.entries) == 2


@pytest.mark.parametrize(
    "second",
    [
        pytest.param("foo-bar==2", id="another version"),
        pytest.param("Foo.Bar==2", id="another spelling of the name"),
        pytest.param("foo-bar==1+cu111", id="a local version"),
        pytest.param("foo-bar==2 ; os_name == 'posix'", id="behind a marker that holds"),
    ],
)
def test_pins_that_contradict(second: str) -> None:
    with pytest.raises(BadInput) as caught:
        apply(["Foo_Bar==1", "c==3", second])
    assert caught.value.reference == "pins-twice"
    assert "pins.txt:3 " in str(caught.value)
    assert "Foo_Bar==1 at pins.txt:1" in str(caught.value)


@pytest.mark.parametrize(
    "constraint",
    [
        pytest.param("a==1", id="agrees"),
        pytest.param("A==1.0", id="agrees in another spelling"),
        pytest.param("b==2", id="is about a package that is not pinned"),
        pytest.param("a==2 ; os_name == 'nt'", id="is for another target"),
    ],
)
def test_constraint_that_changes_nothing(constraint: str) -> None:
    pins = apply(["a==1"], constraints=[constraint])
    assert active(pins) == ["a==1"]
    assert len(pins.entries) == 1


def test_constraint_that_contradicts() -> None:
    with pytest.raises(BadInput) as caught:
        apply(["b==1", "a==1"], constraints=["c==1", "a==2"])
    assert caught.value.reference == "constraint-differs"
    assert "limits.txt:2 " in str(caught.value)
    assert "pins.txt:2" in str(caught.value)


def test_no_pin_applies_to_the_target() -> None:
    with pytest.raises(BadInput) as caught:
        apply(["a==1 ; os_name == 'nt'"])
    assert caught.value.reference == "pins-none-apply"
    assert "cpython 3.7 on manylinux_2_39_x86_64" in str(caught.value)
