"""What the project's own files allow: constraints, and the sources of compiled pins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name

from numlock.judge.universe import Universe
from numlock.model import Because, Conflict, ConflictKind, Evidence, Member, Range


def ranges(lines: Iterable[Range], universe: Universe) -> Iterator[Conflict]:
    """The versions that a line rules out; a pinned one stays, for a pin is the later word."""
    for line in lines:
        name = canonicalize_name(line.requirement.name)
        if name not in universe.pinned:
            continue
        outside = universe.outside(name, line.requirement.specifier) - {universe.pinned[name]}
        if outside:
            because = Because(text=f"{line.where} asks for {line.requirement}", evidence=Evidence.METADATA)
            yield Conflict(kind=ConflictKind.RANGE, members=(Member(name, outside),), because=(because,))
