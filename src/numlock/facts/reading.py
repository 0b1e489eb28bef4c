"""Reading the source of several releases in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from numlock.model import Key, Unknown, Unread

if TYPE_CHECKING:
    from numlock.facts.modules import Modules

Sources = Callable[[Iterable[tuple[Key, str]]], Mapping[tuple[Key, str], str | Unknown | None]]


class Reading:
    """Reads modules of several releases in one go; while it gathers, it puts off what is asked for, and says so."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._wanted: dict[Modules, set[str]] | None = None

    def codes(self, wanted: Iterable[tuple[Modules, Iterable[str]]]) -> None:
        """See to it that modules are known. Raises Unread while gathering, where there is something to read."""
        missing = [(each, each.unread(modules)) for each, modules in wanted]
        missing = [(each, paths) for each, paths in missing if paths]
        if not missing:
            return
        if self._wanted is not None:
            for each, paths in missing:
                self._wanted.setdefault(each, set()).update(paths)
            raise Unread
        texts = self._sources((each.key, path) for each, paths in missing for path in paths.values())
        for each, paths in missing:
            found = {module: texts.get((each.key, path)) for module, path in paths.items()}
            each.keep(found)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Inside, whatever needs unread code raises Unread; all of that is read at the end."""
        self._wanted = {}
        try:
            yield
        finally:
            wanted, self._wanted = self._wanted, None
        self.codes(wanted.items())
