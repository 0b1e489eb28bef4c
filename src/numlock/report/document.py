"""A repair as a tree of blocks: what Markdown and HTML are rendered from. Pure.

Every string in a tree is plain text from anywhere, hostile logs included: who renders it escapes all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from numlock.model import (
    Because,
    Change,
    Closes,
    Conflict,
    Diagnosis,
    NoPlan,
    Nothing,
    Pin,
    Plan,
    Proof,
    Repair,
)
from numlock.report.graph import Graph, graph_of
from numlock.report.text import certainty, first_reason, referee

_NAMED = 4  # moves named in the first lines
_OPEN = 12  # pins shown at once
_ROWS = 60  # of a table or a list, before the rest is counted
_REASONS = 3  # for one move
_TAIL = 4_000  # characters of output


class Code(NamedTuple):
    """Text that is a name, a version, a file: shown in a fixed width."""

    text: str


class Strong(NamedTuple):
    """Text that must be seen."""

    text: str


class Link(NamedTuple):
    """Text that leads to an address; the text alone where the address is no ``https`` one."""

    text: str
    address: str


Line = tuple[str | Code | Strong | Link, ...]


class Heading(NamedTuple):
    """The verdict in a few words."""

    line: Line


class Paragraph(NamedTuple):
    """A sentence or two."""

    line: Line


class Table(NamedTuple):
    """Rows of cells below a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


class Items(NamedTuple):
    """A list."""

    lines: tuple[Line, ...]


class Block(NamedTuple):
    """Lines in a fixed width, to be copied."""

    text: str
    language: str


Part = Heading | Paragraph | Table | Items | Block | Graph


class Section(NamedTuple):
    """Parts that stand or fall together. ``folded``: the title that they hide behind, None where they are open."""

    parts: tuple[Part, ...]
    folded: str | None = None


def document(repair: Repair) -> tuple[Section, ...]:
    """The sections of a report, the most important first: a renderer that is short of room leaves out the last."""
    sections = [Section((Heading(_heading(repair)), *_first_lines(repair)))]
    outcome = repair.outcome
    if isinstance(outcome, Plan) and outcome.changes:
        sections.append(Section((_moves(outcome, repair),)))
        sections.append(_pins(repair))
    elif isinstance(outcome, NoPlan):
        sections.append(Section(tuple(_dead_end(outcome))))
    sections.append(
        Section((Items(tuple(_details(repair))), *_tail(repair)), "What was diagnosed and checked")
    )
    graph = graph_of(repair)
    if graph.edges:
        sections.append(Section((graph,), "The conflict as a graph"))
    return tuple(sections)


def _heading(repair: Repair) -> Line:
    outcome = repair.outcome
    if isinstance(outcome, NoPlan):
        return ("numlock: no repair while the locks hold",)
    if isinstance(outcome, Nothing) or not outcome.changes:
        return ("numlock: nothing to move",)
    count = len(outcome.changes)
    return (f"numlock: {count} pin{'s' * (count > 1)} must move",)


def _first_lines(repair: Repair) -> Iterator[Part]:
    """The fix, in a line; then what stays."""
    outcome = repair.outcome
    if isinstance(outcome, Plan) and outcome.changes:
        yield Paragraph(
            (*_joined(map(_short, outcome.changes[:_NAMED]), len(outcome.changes)), *_held(repair))
        )
    elif isinstance(outcome, NoPlan):
        ways = outcome.ways_out
        yield Paragraph(
            ("The cheapest way out: ", Strong(ways[0].text)) if ways else ("No way out is known.",)
        )
    else:
        yield Paragraph((_why(repair),))


def _why(repair: Repair) -> str:
    return repair.outcome.why if isinstance(repair.outcome, Nothing) else "these pins already are the answer"


def _short(change: Change) -> Line:
    return (Strong(change.name), " ", Code(str(change.before)), " → ", Code(str(change.after)))


def _joined(lines: Iterable[Line], count: int) -> Line:
    shown = [part for index, line in enumerate(lines) for part in ((", ", *line) if index else line)]
    return (*shown, *([f" and {count - _NAMED} more"] if count > _NAMED else []))


def _held(repair: Repair) -> Line:
    pins = [repair.before.active[name] for name in sorted(repair.before.locked)]
    if not pins:
        return ()
    held = tuple(part for pin in pins for part in (", ", Code(f"{pin.spelled}=={pin.version}")))
    return ("; held: ", *held[1:])


def _moves(plan: Plan, repair: Repair) -> Table:
    rows = [
        (
            (Code(change.name),),
            (Code(str(change.before)), *_place(repair.before.active.get(change.name))),
            (Code(str(change.after)),),
            _reasons(change),
        )
        for change in plan.changes[:_ROWS]
    ]
    return Table(("package", "pinned", "fixed", "why"), tuple(rows))


def _place(pin: Pin | None) -> Line:
    return (" in ", Code(str(pin.where))) if pin is not None else ()


def _reasons(change: Change) -> Line:
    shown = [_because(conflict.because[0]) for conflict in change.because[:_REASONS] if conflict.because]
    if not shown:
        return ("to fit the other moves",)
    return tuple(part for index, line in enumerate(shown) for part in (("; ", *line) if index else line))


def _because(because: Because) -> Line:
    evidence = because.evidence.name.lower()
    cited: Line = (Link(evidence, because.link),) if because.link else (evidence,)
    return (because.text, " (", *cited, ")")


def _pins(repair: Repair) -> Section:
    """The answer to be copied; folded where it would hide what comes below."""
    title, block = "All pins, as they should be", Block("\n".join(repair.pins), "text")
    if len(repair.pins) > _OPEN:
        return Section((block,), title)
    return Section((Paragraph((f"{title}:",)), block))


def _dead_end(outcome: NoPlan) -> Iterator[Part]:
    if outcome.core:
        yield Paragraph(("These cannot hold together:",))
        yield Items(tuple(_conflict(conflict) for conflict in outcome.core[:_ROWS]))
    if outcome.ways_out:
        yield Paragraph(("Ways out:",))
        yield Items(tuple((way.text,) for way in outcome.ways_out[:_ROWS]))


def _conflict(conflict: Conflict) -> Line:
    return _because(conflict.because[0]) if conflict.because else (conflict.kind.value,)


def _details(repair: Repair) -> Iterator[Line]:
    if repair.diagnosis is not None:
        yield from _diagnosis(repair.diagnosis)
    yield from _counted("the log", map(str, repair.misfits))
    count = len(repair.before.active)
    yield (f"checked: {count} pins for {repair.target}, Python from {repair.target.source}",)
    if isinstance(repair.closes, Closes):
        yield (f"pip-tools: {referee(repair, repair.closes)}",)
    yield (f"how sure: {certainty(repair)}",)
    yield from _counted("tolerated", map(first_reason, repair.tolerated))
    yield from _counted("may break later", map(first_reason, repair.warnings))
    yield from _counted("unknown", (f"{unknown.question}: {unknown.why}" for unknown in repair.unknowns))


def _diagnosis(diagnosis: Diagnosis) -> Iterator[Line]:
    yield ("diagnosed: ", Strong(diagnosis.cause.value), f", {diagnosis.summary}")
    frame = diagnosis.frame
    place = (
        f"{frame.inside or frame.file}{f':{frame.line}' if frame.line is not None else ''}" if frame else None
    )
    at: Line = ("at ", Code(place), ", ") if place else ()
    yield (*at, f"origin: {diagnosis.origin.value}")


def _counted(label: str, texts: Iterable[str], shown: int = 10) -> Iterator[Line]:
    unique = list(dict.fromkeys(texts))
    yield from ((f"{label}: {text}",) for text in unique[:shown])
    if len(unique) > shown:
        yield (f"{label}: and {len(unique) - shown} more",)


def _tail(repair: Repair) -> Iterator[Part]:
    if isinstance(repair.proof, Proof) and repair.proof.tail:
        yield Paragraph(("The end of the run that was to prove it:",))
        yield Block(repair.proof.tail[-_TAIL:], "text")
