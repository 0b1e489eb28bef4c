"""numlock holds numpy (or any named package) still and repairs what crashes around it.

The Python API is :func:`repair`; it is loaded when first asked for, so that importing numlock costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numlock.repair import repair as repair

__version__ = "0.1.0"
__all__ = ["__version__", "repair"]


def __getattr__(name: str) -> object:
    if name == "repair":
        from numlock.repair import repair

        return repair
    raise AttributeError(f"module 'numlock' has no attribute {name!r}")
