"""What walks through modules have shown, kept for the next walk.

What a walk saw of a module holds as long as all top-level names that the module uses stand for the same files, and as
long as numlock judges as it did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from numlock.facts.store import LOCAL, Store
from numlock.model import InPackage, Passed, Target

_MOST = 8  # that are kept of one module, each for other files around it
_JUDGING = ("facts", "judge", "model")  # the parts of numlock that what is kept rests on
_RESTS_ON = (".py", ".gz")  # its code, and what each Python has


class Walked:
    """What is kept for one target, by release."""

    def __init__(self, store: Store, target: Target) -> None:
        self._store = store
        self._aspect = f"{LOCAL}walk {target.scope}"
        self._kept: dict[str, _Kept] = {}

    def of(self, identity: str, stands_for: Callable[[str], str]) -> Walk:
        """What is kept of a release in an environment; ``stands_for``: the files behind a top-level name there."""
        self.load([identity])
        return Walk(self._kept[identity], stands_for)

    def load(self, identities: Iterable[str]) -> None:
        """Read what is kept of releases in one go."""
        fresh = [each for each in identities if each not in self._kept]
        if not fresh:
            return
        rows = self._store.distributions(fresh, self._aspect)
        for each in fresh:
            row = rows.get(each, {})
            self._kept[each] = _Kept(row if row.get("by") == _logic() else {})

    def keep(self) -> None:
        """Write what is new."""
        rows = {identity: kept.row() for identity, kept in self._kept.items() if kept.is_new}
        self._store.put_distributions(rows, self._aspect)
        for identity in rows:
            self._kept[identity].is_new = False


class _Table:
    """Pairs of texts, known by their numbers."""

    def __init__(self, pairs: Iterable[Sequence[str]] = ()) -> None:
        self.pairs = [(first, second) for first, second in pairs]
        self.firsts = [first for first, _ in self.pairs]
        self._numbers: dict[tuple[str, str], int] | None = None

    def number(self, pair: tuple[str, str]) -> int:
        """The number of a pair, which is added where it is not there."""
        if self._numbers is None:
            self._numbers = {each: number for number, each in enumerate(self.pairs)}
        if pair not in self._numbers:
            self._numbers[pair] = len(self.pairs)
            self.pairs.append(pair)
            self.firsts.append(pair[0])
        return self._numbers[pair]


class _Kept:
    """The modules of one release, each with what was seen for some files around it.

    ``marks`` are top-level names with the files that they stood for, ``places`` modules of packages. Of a module, lists
    of four: the numbers of its marks, of the places that it leads to, of the marks that are sound, and the names that
    it patches; an empty one where it has no source.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.marks = _Table(row.get("marks", ()))
        self.places = _Table(row.get("places", ()))
        self.modules: dict[str, list[list[Any]]] = row.get("modules", {})
        self.is_new = False
        self._has_dropped = False
        self._told: dict[
            int, tuple[list[Any], Passed]
        ] = {}  # by the identity of what was seen, which it keeps alive

    def row(self) -> dict[str, Any]:
        """As JSON values, without what nothing refers to any more."""
        found = self._referred_to() if self._has_dropped else self
        tables = {"marks": found.marks.pairs, "places": found.places.pairs}
        return {"by": _logic(), **tables, "modules": found.modules}

    def _referred_to(self) -> _Kept:
        fresh = _Kept({})
        for module, seen in self.modules.items():
            for each in seen:
                marks = [self.marks.pairs[number] for number in each[0]] if each else []
                fresh.put(module, marks, self.passed(each))
        return fresh

    def passed(self, seen: list[Any]) -> Passed:
        """What was seen, in words."""
        if id(seen) not in self._told:
            self._told[id(seen)] = seen, self._tell(seen)
        return self._told[id(seen)][1]

    def _tell(self, seen: list[Any]) -> Passed:
        if not seen:
            return Passed(is_source=False)
        places = cast(list[InPackage], self.places.pairs)
        return Passed(
            follows=frozenset(map(places.__getitem__, seen[1])),
            asks=frozenset(map(self.marks.firsts.__getitem__, seen[0])),
            sound=frozenset(map(self.marks.firsts.__getitem__, seen[2])),
            patches=frozenset(seen[3]),
        )

    def put(self, module: str, marks: Iterable[tuple[str, str]], passed: Passed) -> list[int]:
        """Keep what was seen of a module, in the place of what was before for the same marks; their numbers."""
        numbers = {mark[0]: self.marks.number(mark) for mark in marks}
        kept = sorted(numbers.values())
        seen: list[Any] = []
        if passed.is_source:
            places = [self.places.number(place) for place in sorted(passed.follows)]
            sound = sorted(numbers[top] for top in passed.sound)
            seen = [kept, places, sound, sorted(passed.patches)]
        others = [each for each in self.modules.get(module, ()) if each and each[0] != kept]
        self.modules[module] = [*others, seen][-_MOST:]
        self._has_dropped |= len(others) == _MOST
        return kept

    def sound(self, module: str, holding: set[int]) -> frozenset[str]:
        """The top-level names of which a module was seen to find all that it asks for, by the marks that hold."""
        seen = (number for each in self.modules.get(module, ()) if each for number in each[2])
        return frozenset(self.marks.pairs[number][0] for number in seen if number in holding)


class Walk:
    """What is kept of one release's modules, as far as it holds in one environment."""

    def __init__(self, kept: _Kept, stands_for: Callable[[str], str]) -> None:
        self._kept = kept
        self._stands_for = stands_for
        self._holding = {
            number for number, (top, files) in enumerate(kept.marks.pairs) if stands_for(top) == files
        }

    def passed(self, module: str) -> Passed | None:
        """What a walk saw of a module; None where that is not known here."""
        for seen in self._kept.modules.get(module, ()):
            if not seen or self._holding.issuperset(seen[0]):
                return self._kept.passed(seen)
        return None

    def sound(self, module: str) -> frozenset[str]:
        """The top-level names of which a module finds all that it asks for, whatever else it uses."""
        return self._kept.sound(module, self._holding)

    def keep(self, module: str, passed: Passed) -> None:
        """Remember what a walk saw of a module here."""
        marks = [(top, self._stands_for(top)) for top in sorted(passed.asks)]
        self._holding.update(self._kept.put(module, marks, passed))
        self._kept.is_new = True


@cache
def _logic(package: Path = Path(__file__).parent.parent) -> str:
    """What tells this numlock's judging from that of another one."""
    found = hashlib.sha256()
    for part in _JUDGING:
        for path in sorted((package / part).rglob("*")):
            if path.suffix in _RESTS_ON:
                found.update(path.read_bytes())
    return found.hexdigest()
