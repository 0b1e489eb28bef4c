"""Locks: which packages must not move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Pins, Target

DEFAULT_LOCK = canonicalize_name("numpy")


@dataclass(frozen=True, slots=True)
class Lock:
    """A package that must not move; ``version`` where the user named it, ``where`` that was."""

    name: NormalizedName
    version: Version | None = None
    where: str = field(default="--lock", compare=False)

    def is_held_by(self, pinned: Version) -> bool:
        """Whether a pin is at the lock's version; a build with a local label is one of its public version (PEP 440)."""
        if self.version is None or pinned == self.version:
            return True
        return self.version.local is None and Version(pinned.public) == self.version


def parse_lock(text: str, where: str = "--lock") -> Lock:
    """``numpy`` or ``numpy==1.18.3``."""
    hint = "write NAME or NAME==VERSION"
    try:
        wanted = Requirement(text)
    except InvalidRequirement as error:
        raise BadInput("lock-invalid", f"{text[:100]!r} is not a lock", where=where, hint=hint) from error
    specifiers = list(wanted.specifier)
    if not specifiers:
        return Lock(canonicalize_name(wanted.name), where=where)
    try:
        if len(specifiers) == 1 and specifiers[0].operator in ("==", "==="):
            return Lock(canonicalize_name(wanted.name), Version(specifiers[0].version), where)
    except InvalidVersion:
        pass
    raise BadInput("lock-invalid", f"{text[:100]!r} is not exact", where=where, hint=hint)


def activate(
    entries: Sequence[Pin | Opaque], constraints: Iterable[Pin], target: Target, locks: Sequence[Lock]
) -> Pins:
    """The pins that hold for a target, with the locks among them; numpy is the lock where none is named.

    A constraint on the same name must agree with the pin, as an installer would insist.
    """
    active: dict[NormalizedName, Pin] = {}
    for entry in entries:
        if isinstance(entry, Pin) and entry.holds(target):
            _check_same(active.setdefault(entry.name, entry), entry, "pins-twice")
    for constraint in constraints:
        if constraint.name in active and constraint.holds(target):
            _check_same(active[constraint.name], constraint, "constraint-differs")
    if not active:
        raise BadInput("pins-none-apply", f"no pin applies to {target}")
    locked = _locked(active, locks)
    return Pins(entries=tuple(entries), active=active, locked=locked)


def _check_same(first: Pin, second: Pin, reference: str) -> None:
    if first.version != second.version:
        raise BadInput(
            reference,
            f"{second.spelled}=={second.written} contradicts {first.spelled}=={first.written} at {first.where}",
            where=str(second.where),
            hint="keep one of them",
        )


def _locked(active: dict[NormalizedName, Pin], locks: Sequence[Lock]) -> frozenset[NormalizedName]:
    if not locks:
        return frozenset({DEFAULT_LOCK} & active.keys())
    for lock in locks:
        pin = active.get(lock.name)
        if pin is None:
            raise BadInput(
                "lock-not-pinned",
                f"{lock.name} is not among the pins",
                where=lock.where,
                hint="lock a pinned package",
            )
        if not lock.is_held_by(pin.version):
            raise BadInput(
                "lock-differs",
                f"{lock.name} is pinned to {pin.written} at {pin.where}, not to {lock.version}",
                where=lock.where,
                hint="change the pin first, or lock the name alone",
            )
    return frozenset(lock.name for lock in locks)
