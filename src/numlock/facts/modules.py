"""The code of releases, module by module: read when asked for, kept as compact facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from numlock.facts.code import Code, Unparsed, Use, scan
from numlock.facts.installed import module_of
from numlock.facts.store import Store
from numlock.model import Contents, Key, Target, Unknown

Sources = Callable[[Iterable[tuple[Key, str]]], Mapping[tuple[Key, str], str | Unknown | None]]
_STARS = 8  # star imports followed, one behind the other
_MODULES = 3_000  # modules that an import may pull in before it is called unknown


class Modules:
    """The modules of one release on one target."""

    def __init__(
        self, key: Key, identity: str, contents: Contents, target: Target, store: Store, sources: Sources
    ) -> None:
        self.key = key
        self._target = target
        self._store = store
        self._sources = sources
        self._aspect = f"code {target.version} {target.environment['sys_platform']}"
        self._identity = identity
        self._paths: dict[str, list[str]] = {}
        for path in sorted(contents.paths):
            if module := module_of(path):
                self._paths.setdefault(module, []).append(path)
        self._packages = {module.rpartition(".")[0] for module in self._paths}
        self._known: dict[str, Code | Unparsed | None] | None = None

    def has(self, module: str) -> bool:
        """Whether the release installs a module, a package or a folder of modules of this name."""
        return module in self._paths or any(
            each == module or each.startswith(f"{module}.") for each in self._packages
        )

    def tops(self) -> list[str]:
        """The top-level packages and modules that the release installs."""
        return sorted({module.split(".", 1)[0] for module in self._paths})

    def path(self, module: str) -> str | None:
        """Where the source of a module stands; None where it has none (compiled, or a bare folder)."""
        return next((path for path in self._paths.get(module, ()) if path.endswith(".py")), None)

    def code(self, modules: Iterable[str]) -> dict[str, Code | Unparsed | None]:
        """What modules offer and use; None where there is no source to read."""
        known = self._load()
        paths = {module: path for module in modules if (path := self.path(module)) and path not in known}
        if paths:
            texts = self._sources((self.key, path) for path in paths.values())
            for module, path in paths.items():
                text = texts[self.key, path]
                known[path] = self._scan(text, module, path) if isinstance(text, str) else None
            self._store.put_distributions({self._identity: _rows(known)}, self._aspect)
        return {module: known.get(path) if (path := self.path(module)) else None for module in modules}

    def _load(self) -> dict[str, Code | Unparsed | None]:
        if self._known is None:
            stored = self._store.distributions([self._identity], self._aspect).get(self._identity, {})
            self._known = {path: _code(row) for path, row in stored.items()}
        return self._known

    def _scan(self, text: str, module: str, path: str) -> Code | Unparsed:
        return scan(text, module, is_package=path.endswith("/__init__.py"), target=self._target)

    def offers(self, module: str, name: str | None, *, attribute: bool = False) -> bool | None:
        """Whether a module, or a name in it, is there; None where the sources do not tell.

        A submodule can be imported from its package always; it is an ``attribute`` of it only where it was imported.
        """
        if not self.has(module):
            return False
        if name is None:
            return True
        submodule = f"{module}.{name}"
        if self.has(submodule) and (not attribute or submodule in self.reached([module])):
            return True
        return self._has_name(module, name, _STARS)

    def _has_name(self, module: str, name: str, left: int) -> bool | None:
        code = self.code([module])[module]
        if not isinstance(code, Code):
            return None if module in self._paths else False
        if name in code.names:
            return True
        answers = [
            self._has_name(star, name, left - 1) if left and self.has(star) else None for star in code.stars
        ]
        if True in answers:
            return True
        return None if code.dynamic or None in answers else False

    def reached(self, entries: Iterable[str]) -> dict[str, Code | Unparsed | None]:
        """Every module of the release that importing ``entries`` imports, in rounds, with its code."""
        found: dict[str, Code | Unparsed | None] = {}
        pending = {parent for entry in entries if self.has(entry) for parent in _with_parents(entry)}
        while pending and len(found) < _MODULES:
            codes = self.code(sorted(pending))
            found |= codes
            read = [code for code in codes.values() if isinstance(code, Code)]
            imported = {use.name for code in read for use in code.uses if use.at_import}
            candidates = {parent for name in imported for parent in _with_parents(name)}
            pending = {module for module in candidates if module in self._paths} - found.keys()
        return found


def _with_parents(module: str) -> list[str]:
    """``a.b.c`` to ``a``, ``a.b``, ``a.b.c``: importing a module imports the packages around it."""
    parts = module.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _rows(known: Mapping[str, Code | Unparsed | None]) -> dict[str, Any]:
    """Code as JSON values, for the store."""
    return {path: _row(code) for path, code in known.items() if code is not None}


def _row(code: Code | Unparsed) -> list[Any]:
    if isinstance(code, Unparsed):
        return [code.why, code.line]
    uses = [[use.name, use.line, use.at_import | use.guarded << 1 | use.module << 2] for use in code.uses]
    return [sorted(code.names), list(code.stars), int(code.dynamic), uses]


def _code(row: list[Any]) -> Code | Unparsed:
    if len(row) == 2:
        return Unparsed(*row)
    names, stars, dynamic, uses = row
    return Code(
        names=frozenset(names),
        stars=tuple(stars),
        dynamic=bool(dynamic),
        uses=tuple(
            Use(n, line, bool(flags & 1), bool(flags & 2), bool(flags & 4)) for n, line, flags in uses
        ),
    )
