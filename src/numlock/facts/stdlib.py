"""The standard library by Python version."""

from __future__ import annotations

import sys


def in_stdlib(module: str, python: tuple[int, int]) -> bool:
    """Whether the standard library of a Python has the top-level package of this module."""
    return module.split(".", 1)[0] in sys.stdlib_module_names


def was_stdlib(module: str) -> bool:
    """Whether any Python's standard library has or had it."""
    return module.split(".", 1)[0] in sys.stdlib_module_names
