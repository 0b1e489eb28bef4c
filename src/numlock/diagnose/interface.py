"""What diagnosing needs to be told about the pinned environment."""

from __future__ import annotations

from typing import Protocol

from packaging.utils import NormalizedName


class Owners(Protocol):
    """Who installs what, by the file lists of the pinned distributions; and what the standard library holds."""

    def owner_of(self, inside: str) -> NormalizedName | None:
        """The pinned distribution that installs a path below site-packages."""

    def providers(self, module: str) -> tuple[NormalizedName, ...]:
        """The pinned distributions that install a module or, failing that, its top-level package."""

    def has_module(self, name: NormalizedName, module: str) -> bool | None:
        """Whether a pinned distribution installs a module; None where that is not known."""

    def carriers(self, library: str) -> tuple[NormalizedName, ...]:
        """The pinned distributions that bring a shared library of this name: ``cudnn`` for ``libcudnn_ops.so.8``."""

    def in_stdlib(self, module: str) -> bool:
        """Whether the target's standard library has a module."""

    def was_stdlib(self, module: str) -> bool:
        """Whether some Python's standard library has or had a module."""
