"""The short report on standard error: what was diagnosed, what moves and why, what was checked, how sure it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from numlock.model import (
    Because,
    Change,
    Closes,
    Conflict,
    ConflictKind,
    Evidence,
    NoPlan,
    Nothing,
    Plan,
    Proof,
    Repair,
)

_WIDTH = 10
_SHOWN = 5  # conflicts, tolerated ranges or unknowns listed before the rest is counted
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def as_text(repair: Repair) -> str:
    """The report, a few lines, without control characters from logs or indexes."""
    lines = [_CONTROL.sub("", line) for line in _lines(repair)]
    return "\n".join(lines) + "\n"


def _lines(repair: Repair) -> Iterator[str]:
    yield from _diagnosis(repair)
    yield from _listed("the log", map(str, repair.misfits))
    yield from _outcome(repair)
    yield from _held(repair)
    yield from _checked(repair)
    yield from _run(repair)
    yield from _listed("tolerated", (first_reason(conflict) for conflict in repair.tolerated))
    yield from _listed("may break", (first_reason(conflict) for conflict in repair.warnings))
    yield from _listed("unknown", (f"{unknown.question}: {unknown.why}" for unknown in repair.unknowns))
    yield _row("sure", certainty(repair))


def _row(label: str, text: str) -> str:
    return f"{label:<{_WIDTH}}{text}"


def _diagnosis(repair: Repair) -> Iterator[str]:
    diagnosis = repair.diagnosis
    if diagnosis is None:
        return
    yield _row("diagnosed", f"{diagnosis.cause.value}: {diagnosis.summary}")
    if frame := diagnosis.frame:
        line = f":{frame.line}" if frame.line is not None else ""
        yield _row("", f"at {frame.inside or frame.file}{line}, origin: {diagnosis.origin.value}")
    else:
        yield _row("", f"origin: {diagnosis.origin.value}")


def _outcome(repair: Repair) -> Iterator[str]:
    outcome = repair.outcome
    if isinstance(outcome, Plan):
        for change in outcome.changes:
            yield from _change(change)
    elif isinstance(outcome, NoPlan):
        yield _row("no plan", "no repair while the locks hold; these cannot hold together:")
        yield from (_row("", f"- {first_reason(conflict)}") for conflict in outcome.core[:_SHOWN])
        yield from (_row("way out", way.text) for way in outcome.ways_out)
    elif isinstance(outcome, Nothing):
        yield _row("unchanged", outcome.why)


def _change(change: Change) -> Iterator[str]:
    yield _row("moves", f"{change.name} {change.before} -> {change.after}")
    for conflict in change.because[:_SHOWN]:
        first = conflict.because[0]
        yield _row("", f"because {first.text} [{first.evidence.name.lower()}]{_link(first)}")


def _link(because: Because) -> str:
    return f" {because.link}" if because.link else ""


def first_reason(conflict: Conflict) -> str:
    """The first evidence of a conflict in words."""
    return conflict.because[0].text if conflict.because else conflict.kind.value


def _held(repair: Repair) -> Iterator[str]:
    pins = [repair.before.active[name] for name in sorted(repair.before.locked)]
    if pins:
        yield _row("holds", ", ".join(f"{pin.spelled}=={pin.version}" for pin in pins))
    if opaque := repair.before.opaque:
        yield from _listed("opaque", (f"{entry.where} {entry.text}" for entry in opaque))


def _checked(repair: Repair) -> Iterator[str]:
    count = len(repair.before.active)
    yield _row("checked", f"{count} pins for {repair.target} (Python from {repair.target.source})")
    if isinstance(repair.closes, Closes):
        besides = f", leaving out {len(repair.closes.tolerated)} tolerated ranges" * bool(
            repair.closes.tolerated
        )
        yield _row("", f"pip-tools: {referee(repair, repair.closes)}{besides}")
    elif isinstance(repair.outcome, Plan):
        yield _row("", f"pip-tools: not asked: {repair.closes.why}")


def referee(repair: Repair, closes: Closes) -> str:
    """The referee's word on the pins."""
    if not closes.ok:
        return f"refused: {closes.words}"
    lacking = any(conflict.kind is ConflictKind.ABSENT for conflict in repair.tolerated)
    return "installs cleanly" + "; an installer adds what is required and not pinned" * lacking


def _run(repair: Repair) -> Iterator[str]:
    """What running showed, which is not what pip-tools says."""
    proof, runs = repair.proof, repair.runs
    if isinstance(proof, Proof):
        said = "runs (proved)" if proof.returncode == 0 else f"dies with exit code {proof.returncode}"
        yield _row("run", f"{said}: {' '.join(proof.argv)}, {proof.seconds:.1f} s")
    elif runs is not None:
        yield _row("run", f"not proved: {proof.why}")
    if runs is not None:
        took = f"{runs.rounds} rounds, {runs.fresh} environments made, {runs.seconds:.0f} s"
        yield _row("", f"the pins as they came {runs.before}; {took}")
        yield from _listed("died", runs.died)


def _listed(label: str, texts: Iterable[str]) -> Iterator[str]:
    unique = list(dict.fromkeys(texts))
    for index, text in enumerate(unique[:_SHOWN]):
        yield _row("" if index else label, text)
    if len(unique) > _SHOWN:
        yield _row("", f"and {len(unique) - _SHOWN} more")


def certainty(repair: Repair) -> str:
    """How sure the answer is, and what that rests on."""
    proof = repair.proof
    if isinstance(proof, Proof):
        return "proved by a run" if proof.returncode == 0 else f"the run ended with {proof.returncode}"
    outcome = repair.outcome
    if not isinstance(outcome, Plan) or not outcome.changes:
        return f"{'not proved by a run' if repair.runs else 'no run was made'}: {proof.why}"
    weakest = min(
        (conflict.evidence for change in outcome.changes for conflict in change.because), default=None
    )
    fewest = (
        "the fewest and nearest moves that leave no known conflict"
        if outcome.optimal
        else "not shown minimal"
    )
    basis = weakest.name.lower() if weakest is not None else Evidence.HYPOTHESIS.name.lower()
    doubtful = [str(change.key) for change in outcome.changes if repair.doubt_about(change)]
    doubt = f", with open questions about {', '.join(doubtful)}" if doubtful else ""
    return f"{fewest}; resting on {basis}{doubt}; not proved by a run: {proof.why}"
