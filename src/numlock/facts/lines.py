"""Whether a line of source that a log shows stands where the log says, release by release; kept as one number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from numlock.facts.store import Store
from numlock.model import Key, Unknown

LINE = "line 2"
NOWHERE = -1
_SHORTEST = 20  # characters of a line that a display may have cut off behind
Sources = Callable[[Iterable[tuple[Key, str]]], Mapping[tuple[Key, str], str | Unknown | None]]


class Seen(NamedTuple):
    """A line as a log shows it: the path below site-packages, the number from 1, the stripped text."""

    path: str
    line: int
    code: str


def places(
    wanted: Iterable[tuple[Key, Seen]], identities: Mapping[Key, str], store: Store, sources: Sources
) -> dict[tuple[Key, Seen], int | None]:
    """At which line, from 1, a line of source stands in a release: of several the one nearest to where it was seen.

    -1: nowhere in that file, or there is no such file. None: that cannot be told.
    """
    rows = {(key, seen): _row(identities[key], seen) for key, seen in wanted if key in identities}
    known = store.distributions(rows.values(), LINE)
    unread = [asked for asked, row in rows.items() if row not in known]
    texts = sources([(key, seen.path) for key, seen in unread]) if unread else {}
    fresh: dict[str, int] = {}
    for key, seen in unread:
        text = texts.get((key, seen.path))
        if not isinstance(text, Unknown):
            fresh[rows[key, seen]] = _place(text, seen) if text is not None else NOWHERE
    store.put_distributions(fresh, LINE)
    answers = known | fresh
    return {asked: answers.get(row) for asked, row in rows.items()}


def _row(identity: str, seen: Seen) -> str:
    digest = hashlib.sha256(seen.code.encode()).hexdigest()[:16]
    return f"{identity} {seen.path}:{seen.line} {digest}"


def _place(text: str, seen: Seen) -> int:
    found = [number for number, line in enumerate(text.splitlines(), 1) if _same(line.strip(), seen.code)]
    return min(found, key=lambda place: abs(place - seen.line), default=NOWHERE)


def _same(line: str, code: str) -> bool:
    return line == code or (len(code) >= _SHORTEST and line.startswith(code))
