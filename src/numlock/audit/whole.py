"""Pins that are a whole environment: what they require and do not hold is missing, not left to the installer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from packaging.utils import NormalizedName

from numlock.model import Because, Conflict, ConflictKind, Evidence, Member, Needs, Pins
from numlock.read import Document, says_it_is_whole

_ELSEWHERE = re.compile(r"\b(platform_|os_name|sys_platform|implementation_)")
# What pip-compile leaves out of the files that it makes, unless it is told not to.
_UNSAFE = frozenset(map(NormalizedName, ("pip", "setuptools", "distribute")))
_FEWEST = 5  # requirements among unchanged pins that show a set to be closed


def lacking(
    document: Document,
    pins: Pins,
    needs: Iterable[Needs],
    provided: frozenset[NormalizedName],
    unchanged: frozenset[NormalizedName],
) -> Iterator[Conflict]:
    """Required packages that are not among the pins, where these evidently are a whole environment.

    They are where everything that the ``unchanged`` pins require is there. Where only a tool's header or hashes say so,
    other files may hold the rest: that is soft, as a file that is not up to date. Requirements of some platforms only
    do not count, and a file of constraints, which installs nothing, is by its name none.
    """
    required = [need for need in needs if need.name not in provided | _UNSAFE and not _is_partial(need)]
    missing = [need for need in required if need.name not in pins.active]
    if "constraint" in PurePath(document.where.path).name.lower() or document.unpinned or document.more:
        return
    settled = [need for need in required if need.release.name in unchanged]
    closed = len(settled) >= _FEWEST and not any(need.name not in pins.active for need in settled)
    hashed = all(pin.hashes for pin in pins)
    if not closed and not hashed and not any(says_it_is_whole(raw.text) for raw in document.files):
        return
    for need in missing:
        text = f"{need.release} requires {need.requirement.name}{need.requirement.specifier}"
        because = Because(
            text=f"{text}, which is not among the pins", evidence=Evidence.METADATA, source=need.source
        )
        member = Member(need.release.name, frozenset({need.release.version}))
        yield Conflict(kind=ConflictKind.ABSENT, members=(member,), because=(because,), soft=not closed)


def _is_partial(need: Needs) -> bool:
    return _ELSEWHERE.search(str(need.requirement.marker or "")) is not None
