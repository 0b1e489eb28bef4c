"""The standard library by Python version."""

from __future__ import annotations

import pytest

from numlock.facts.stdlib import in_stdlib, stdlib_offers, was_stdlib


@pytest.mark.parametrize(
    ("module", "name", "python", "offered"),
    [
        ("distutils", None, (3, 11), True),
        ("distutils", None, (3, 12), False),
        ("audioop", None, (3, 13), False),
        ("imp", None, (3, 12), False),
        ("tomllib", None, (3, 10), False),
        ("dataclasses", None, (3, 6), False),
        ("collections", "Mapping", (3, 9), True),
        ("collections", "Mapping", (3, 10), False),
        ("inspect", "getargspec", (3, 11), False),
        ("asyncio", "coroutine", (3, 10), True),
        ("asyncio", "coroutine", (3, 11), False),
        ("pkgutil", "ImpImporter", (3, 12), False),
        ("typing", "Literal", (3, 7), False),
        ("math", "comb", (3, 7), False),
        ("os", "errno", (3, 7), False),
        ("asyncio", "coroutine", (3, 14), False),
        ("ast", "Num", (3, 13), True),
        ("ast", "Num", (3, 14), False),
        ("pkgutil", "find_loader", (3, 14), False),
        ("annotationlib", None, (3, 13), False),
        ("annotationlib", None, (3, 14), True),
    ],
)
def test_what_came_and_went(module: str, name: str | None, python: tuple[int, int], offered: bool) -> None:
    assert stdlib_offers(module, name, python, "linux") is offered


@pytest.mark.parametrize(
    ("module", "name", "python", "system"),
    [
        pytest.param("os", "startfile", (3, 12), "linux", id="another system's name"),
        pytest.param("numpy", None, (3, 12), "linux", id="nobody's module"),
        pytest.param("math", "no_such_name", (3, 12), "linux", id="a name that no version has"),
        pytest.param("os", "pidfd_open", (3, 8), "win32", id="on a system that was not asked"),
    ],
)
def test_what_is_not_known(module: str, name: str | None, python: tuple[int, int], system: str) -> None:
    assert stdlib_offers(module, name, python, system) is None


def test_modules_of_every_python() -> None:
    assert in_stdlib("json", (3, 6))
    assert not in_stdlib("asynchat", (3, 12))
    assert was_stdlib("asynchat")
    assert was_stdlib("distutils.util")
    assert not was_stdlib("numpy")
