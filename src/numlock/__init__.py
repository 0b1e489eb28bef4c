"""numlock holds numpy (or any named package) still and repairs what crashes around it.

The Python API is :func:`repair` and :func:`check`; they are loaded when first asked for, so that importing numlock
costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numlock.check import check as check
    from numlock.repair import repair as repair

__version__ = "0.1.0"
__all__ = ["__version__", "check", "repair"]
_FUNCTIONS = ("check", "repair")  # each stands in a module of its own name


class _Package(ModuleType):
    """Keeps the import system from putting the modules in the place of their functions."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _FUNCTIONS:
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name in _FUNCTIONS:
        return getattr(import_module(f"numlock.{name}"), name)
    raise AttributeError(f"module 'numlock' has no attribute {name!r}")
