"""What the pinned environment holds, by the file lists of its distributions: who installs what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, lru_cache

from packaging.utils import NormalizedName, canonicalize_name

from numlock.facts.stdlib import in_stdlib, was_stdlib
from numlock.model import Contents, Target, Unknown

_MODULE = re.compile(r"^(?P<stem>.+?)(?:\.(?:cpython|cp|abi|pypy|pp)[\w-]*)?\.(?:py|pyi|so|pyd|dylib)$")


@lru_cache(maxsize=100_000)  # the releases of a package have mostly the same files
def module_of(path: str) -> str | None:
    """``sklearn/utils/__init__.py`` to ``sklearn.utils``, ``a/_b.cpython-37m-x86_64-linux-gnu.so`` to ``a._b``."""
    stem = path[:-3]
    if not path.endswith(".py") or "." in stem:  # most are plain files, for which no pattern is needed
        found = _MODULE.match(path)
        if not found:
            return None
        stem = found["stem"]
    parts = stem.split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(map(str.isidentifier, parts)) else None


class Installed:
    """Lookups over the contents of the pinned distributions.

    A distribution whose contents are not known is taken to install a module of its own name, and nothing more is
    said of it.
    """

    def __init__(self, contents: Mapping[NormalizedName, Contents | Unknown], target: Target) -> None:
        self._contents = contents
        self._target = target

    @cached_property
    def _owners(self) -> dict[str, NormalizedName]:
        """Path to distribution; where two install the same path, the later name wins as an installer might have it."""
        return {
            path: name
            for name, found in sorted(self._contents.items())
            if isinstance(found, Contents)
            for path in found.paths
        }

    @cached_property
    def _modules(self) -> dict[str, set[NormalizedName]]:
        """Every module and package, namespace packages included, to the distributions that install (into) it."""
        found: defaultdict[str, set[NormalizedName]] = defaultdict(set)
        for path, name in self._owners.items():
            module = module_of(path)
            while module:
                found[module].add(name)
                module = module.rpartition(".")[0]
        return dict(found)

    def owner_of(self, inside: str) -> NormalizedName | None:
        """The pinned distribution that installs a path below site-packages; failing that, its folder."""
        if inside in self._owners:
            return self._owners[inside]
        module = module_of(inside) or inside.split("/", 1)[0]
        while module:
            owners = (
                self.providers(module) if "." not in module else tuple(sorted(self._modules.get(module, ())))
            )
            if len(owners) == 1:
                return owners[0]
            module = module.rpartition(".")[0]
        return None

    def providers(self, module: str) -> tuple[NormalizedName, ...]:
        """The pinned distributions that install this module or, failing that, its top-level package."""
        top = module.split(".", 1)[0]
        found = self._modules.get(module) or self._modules.get(top)
        if found:
            return tuple(sorted(found))
        guess = canonicalize_name(top)
        return (guess,) if isinstance(self._contents.get(guess), Unknown) else ()

    def has_module(self, name: NormalizedName, module: str) -> bool | None:
        """Whether a pinned distribution installs a module; None where its contents are not known."""
        if not isinstance(self._contents.get(name), Contents):
            return None
        return name in self._modules.get(module, ())

    def carriers(self, library: str) -> tuple[NormalizedName, ...]:
        """The pinned distributions that bring a shared library of this name: ``cudnn`` for ``libcudnn_ops.so.8``."""
        named = re.compile(rf"(?:lib)?{re.escape(library)}[\w.-]*\.(?:so|dll|dylib)", re.IGNORECASE)
        paths = self._owners.items()
        return tuple(sorted({name for path, name in paths if named.match(path.rpartition("/")[2])}))

    def in_stdlib(self, module: str) -> bool:
        """Whether the target's standard library has this module."""
        return in_stdlib(module, self._target.python)

    def was_stdlib(self, module: str) -> bool:
        """Whether some Python's standard library has or had this module."""
        return was_stdlib(module)
