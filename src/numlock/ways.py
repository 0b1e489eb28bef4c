"""What to do where no repair exists while the locks hold: the cheapest ways out, each looked for and checked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from numlock.model import Closes, Conflict, ConflictKind, Frame, NoPlan, Place, Plan, WayOut
from numlock.referee import agreed
from numlock.search import Search

_MOST = 2
_CODE = 120  # characters of a source line
_ASKED = (ConflictKind.NAME, ConflictKind.MODULE, ConflictKind.SIGNATURE)
_RULES = {
    ConflictKind.DECLARED: "accept declared ranges that do not hold",
    ConflictKind.ABSENT: "add {}",
    ConflictKind.RANGE: "widen the ranges in the project's files",
}
_Priced = tuple[tuple[int, ...], WayOut]


def ways_out(search: Search, refused: NoPlan) -> tuple[WayOut, ...]:
    """The cheapest repair that a lock or a declared range forbids, and the project's line that would have to change.

    Where no line of the project is known, the two cheapest repairs.
    """
    priced = [*_released(search, refused), *_tolerant(search)]
    plans = [way for _, way in sorted(priced, key=lambda each: each[0])]
    if line := _asking_line(search):
        return (*plans[: _MOST - 1], line)
    return tuple([*plans, *_using_line(search)][:_MOST])


def _released(search: Search, refused: NoPlan) -> Iterator[_Priced]:
    """With one lock less; pip-tools has to agree."""
    in_core = {name for conflict in refused.core for name in conflict.names}
    for name in sorted(in_core & search.pins.locked):
        plan, closes = agreed(search, search.pins.locked - {name})
        if isinstance(plan, NoPlan) or (isinstance(closes, Closes) and closes.clashes):
            continue
        checked = " (pip-tools: installs cleanly)" if isinstance(closes, Closes) and closes.ok else ""
        text = f"release the lock on {name}: {_spell(plan)}{checked}"
        yield plan.cost, WayOut(release=name, changes=plan.changes, text=text)


def _tolerant(search: Search) -> Iterator[_Priced]:
    """With one kind of rule less."""
    for kind, words in _RULES.items():
        plan = search.run(without=partial(_is_of, kind))
        if isinstance(plan, Plan) and (plan.changes or search.crash is None):
            moves = _spell(plan) or "nothing has to move"
            text = f"{words.format(', '.join(search.lacking(plan)))}: {moves}"
            yield plan.cost, WayOut(release=None, changes=plan.changes, text=text)


def _is_of(kind: ConflictKind, conflict: Conflict) -> bool:
    return conflict.kind is kind


def _asking_line(search: Search) -> WayOut | None:
    """The line of the project that asks for what is missing itself, where changing it leaves a plan."""
    diagnosis, frame = search.diagnosis, _project_frame(search)
    if diagnosis is None or frame is None or diagnosis.symbol is None or diagnosis.victim is not None:
        return None
    plan = search.run(without=lambda conflict: _is_asked_by_project(conflict, search))
    if isinstance(plan, NoPlan):
        return None
    then = f"; then {_spell(plan)}" if plan.changes else "; then nothing has to move"
    text = f"change {_spot(frame)}, which asks for {diagnosis.symbol}{then}"
    return WayOut(release=None, changes=plan.changes, text=text)


def _using_line(search: Search) -> Iterator[WayOut]:
    """The line of the project that led to the package that asks."""
    diagnosis, frame = search.diagnosis, _project_frame(search)
    if diagnosis is not None and frame is not None and diagnosis.victim is not None:
        yield WayOut(release=None, changes=(), text=f"do without {diagnosis.victim} at {_spot(frame)}")


def _spot(frame: Frame) -> str:
    return f"{frame.file}:{frame.line}" + (f" ({frame.code[:_CODE]})" if frame.code else "")


def _project_frame(search: Search) -> Frame | None:
    frames = search.crash.frames if search.crash else ()
    return next((each for each in reversed(frames) if each.place is Place.PROJECT and each.line), None)


def _is_asked_by_project(conflict: Conflict, search: Search) -> bool:
    """Whether a conflict is that the project's own line asks for what the culprit lacks."""
    culprit = search.diagnosis.culprit if search.diagnosis else None
    return conflict.kind in _ASKED and [member.name for member in conflict.members] == [culprit]


def _spell(plan: Plan) -> str:
    return ", ".join(f"{change.name} {change.before} -> {change.after}" for change in plan.changes)
