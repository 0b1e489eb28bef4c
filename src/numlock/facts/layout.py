"""Where the modules of one release stand, by its file list alone."""

from __future__ import annotations

from functools import cached_property

from numlock.facts.installed import module_of

COMPILED = (".so", ".pyd")


class Layout:
    """Modules by name. Of most releases that a check meets, nothing but the top level is asked."""

    def __init__(self, files: frozenset[str]) -> None:
        self._files = files

    @cached_property
    def _tops(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self._files:
            if path.split("/", 1)[0].split(".", 1)[0] not in found and (module := module_of(path)):
                found.add(module.split(".", 1)[0])
        return frozenset(found)

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self._files):
            if module := module_of(path):
                found.setdefault(module, []).append(path)
        return found

    @cached_property
    def _folders(self) -> set[str]:
        found: set[str] = set()
        for module in self._paths:
            parent = module.rpartition(".")[0]
            while parent and parent not in found:
                found.add(parent)
                parent = parent.rpartition(".")[0]
        return found

    @cached_property
    def _extensions(self) -> dict[str, str]:
        compiled = sorted((path for path in self._files if path.endswith(COMPILED)), reverse=True)
        return {module: path for path in compiled if (module := module_of(path))}

    @cached_property
    def is_compiled(self) -> bool:
        """Whether it has extension modules, or what may become some."""
        return any(path.endswith(COMPILED) for path in self._files)

    def has(self, module: str) -> bool:
        """Whether the release installs a module, a package or a folder of modules of this name."""
        if "." not in module:
            return module in self._tops
        return module in self._paths or module in self._folders

    def tops(self) -> list[str]:
        """The top-level packages and modules that the release installs."""
        return sorted(self._tops)

    def all(self) -> list[str]:
        """Every module that has source."""
        return [module for module in self._paths if self.path(module)]

    def path(self, module: str) -> str | None:
        """Where the source of a module stands; None where it has none (compiled, or a bare folder)."""
        return next((path for path in self._paths.get(module, ()) if path.endswith(".py")), None)

    def compiled(self, module: str) -> str | None:
        """Where an extension module stands; None where a module is none."""
        return self._extensions.get(module)

    def all_compiled(self) -> list[str]:
        """Every extension module."""
        return list(reversed(self._extensions))
