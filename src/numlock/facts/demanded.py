"""What the modules of a release demand of others, apart from their code: all that a walk needs of most of them.

It follows from code alone, so it holds in every environment. A row a release says where importing its modules leads; a
row a release and top-level name says which of them ask what of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from numlock.facts.code import FORMAT
from numlock.facts.store import Store
from numlock.model import Asked, Code, Demands, Target, Use, Uses

DEMANDS = f"demands {FORMAT} "  # what the aspect begins with


class Demanded:
    """What is known for one target, by the identity of a release."""

    def __init__(self, store: Store, target: Target) -> None:
        self._store = store
        self._aspect = f"{DEMANDS}{target.scope}"
        self._releases: dict[str, _Release] = {}
        self._asked: dict[tuple[str, str], Asked] = {}
        self._new: dict[tuple[str, str], dict[str, list[Use]]] = {}  # what _asked does not hold yet
        self._fresh: dict[str, set[str]] = {}  # top-level names of which more is known than the store has

    def load(self, identities: Iterable[str]) -> None:
        """Read what is known of releases in one go."""
        unread = [each for each in identities if each not in self._releases]
        rows = self._store.distributions(unread, self._aspect) if unread else {}
        self._releases |= {each: _Release(rows.get(each, {})) for each in unread}

    def of(self, identity: str, module: str) -> Demands | None:
        """What a module demands; None where that is not known, or where it hangs on versions."""
        return self._releases[identity].of(module)

    def put(self, identity: str, module: str, code: Code) -> None:
        """Take in what a module says."""
        if code.uses.checks() or any(guard.at_import for guard in code.guards):
            return
        certain = dict.fromkeys(name for name, _ in code.uses.certain())
        asks = code.uses.asks()
        self._releases[identity].put(module, Demands(tuple(certain), asks, code.patches))
        self._fresh.setdefault(identity, set()).update(asks)
        for use in code.uses.about(asks):
            self._new.setdefault((identity, use.top), {}).setdefault(module, []).append(use)

    def asked(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Asked]:
        """What the modules of a release ask of a top-level name, by both."""
        wanted = {f"{identity} {top}": (identity, top) for identity, top in pairs}
        unread = [row for row, pair in wanted.items() if pair not in self._asked]
        stored = self._store.distributions(unread, self._aspect) if unread else {}
        self._asked |= {wanted[row]: asked_of(stored.get(row, _NOTHING)) for row in unread}
        for pair in self._new.keys() & wanted.values():
            self._asked[pair] = _joined(self._asked[pair], self._new.pop(pair))
        return {pair: self._asked[pair] for pair in wanted.values()}

    def keep(self) -> None:
        """Write what is new."""
        asked = self.asked((identity, top) for identity, tops in self._fresh.items() for top in tops)
        rows = {identity: self._releases[identity].row() for identity in self._fresh}
        rows |= {f"{identity} {top}": asked_row(found) for (identity, top), found in asked.items()}
        self._store.put_distributions(rows, self._aspect)
        self._fresh.clear()


class _Release:
    """Where the modules of a release lead, each unpacked when it is asked for: its names are numbers in a table."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._names: list[str] = row.get("names", [])
        self._modules: dict[str, list[list[Any]]] = row.get("modules", {})
        self._numbers: dict[str, int] | None = None

    def of(self, module: str) -> Demands | None:
        if (row := self._modules.get(module)) is None:
            return None
        certain, asks, patches = row
        name = self._names.__getitem__
        return Demands(tuple(map(name, certain)), frozenset(map(name, asks)), frozenset(patches))

    def put(self, module: str, demands: Demands) -> None:
        certain, asks = map(self._number, demands.certain), map(self._number, sorted(demands.asks))
        self._modules[module] = [list(certain), list(asks), sorted(demands.patches)]

    def _number(self, name: str) -> int:
        if self._numbers is None:
            self._numbers = {each: number for number, each in enumerate(self._names)}
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return self._numbers[name]

    def row(self) -> dict[str, Any]:
        """As JSON values."""
        return {"names": self._names, "modules": self._modules}


_NOTHING: Mapping[str, Any] = {"questions": [], "modules": {}}


def asked_row(asked: Asked) -> dict[str, Any]:
    """What modules ask of a top-level name, as JSON values."""
    # Packed anew, which is a check of what came from elsewhere, too.
    return {"questions": Uses.of(asked.questions).rows, "modules": asked.modules}


def asked_of(row: Mapping[str, Any]) -> Asked:
    """The inverse of :func:`asked_row`."""
    return Asked(Uses(row["questions"]), row["modules"])


def _joined(asked: Asked, modules: Mapping[str, Iterable[Use]]) -> Asked:
    """What more modules ask, or these again."""
    numbers = {use: number for number, use in enumerate(asked.questions)}
    found = dict(asked.modules)
    for module, uses in modules.items():
        questions = (Use(use.name, 0, module=use.module, call=use.call) for use in uses)
        found[module] = sorted({numbers.setdefault(each, len(numbers)) for each in questions})
    return Asked(Uses.of(numbers), found)
