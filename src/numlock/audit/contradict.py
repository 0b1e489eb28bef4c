"""Lines that contradict each other, which an installer refuses before it looks at any release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Because, Conflict, ConflictKind, Evidence, Member, Opaque, Pin, Target
from numlock.read import Lock

Entries = tuple[Pin | Opaque, ...]


def settled(entries: Entries, target: Target) -> tuple[Entries, tuple[tuple[Pin, Pin], ...]]:
    """The entries without pins that contradict an earlier one on this target, and those with the earlier ones."""
    first: dict[NormalizedName, Pin] = {}
    kept: list[Pin | Opaque] = []
    pairs: list[tuple[Pin, Pin]] = []
    for entry in entries:
        if isinstance(entry, Pin) and entry.holds(target):
            other = first.setdefault(entry.name, entry)
            if other.version != entry.version:
                pairs.append((other, entry))
                continue
        kept.append(entry)
    return tuple(kept), tuple(pairs)


def contradictions(
    pairs: Iterable[tuple[Pin, Pin]],
    constraints: Iterable[Pin],
    locks: Iterable[Lock],
    pins: dict[NormalizedName, Pin],
) -> Iterator[tuple[Conflict, Pin]]:
    """Pins that are two versions at once, or that a constraint or a lock has at another one; each with its pin."""
    for one, other in pairs:
        yield _conflict(other, one.version, f"{one.where} pins {one.version}"), other
    for each in constraints:
        pin = pins.get(each.name)
        if pin is not None and pin.version != each.version:
            yield _conflict(pin, each.version, f"{each.where} constrains it to {each.version}"), pin
    for lock in locks:
        pin = pins.get(lock.name)
        if pin is not None and lock.version is not None and not lock.is_held_by(pin.version):
            yield _conflict(pin, lock.version, f"{lock.where} locks it to {lock.version}"), pin


def _conflict(pin: Pin, version: Version, words: str) -> Conflict:
    because = Because(
        text=f"{pin.spelled} is pinned to {pin.written}, but {words}", evidence=Evidence.METADATA
    )
    members = (Member(pin.name, frozenset({version})), Member(pin.name, frozenset({pin.version})))
    return Conflict(kind=ConflictKind.TWICE, members=members, because=(because,))
