"""What was found, in the runner's files: the summary, annotations on the pins, outputs, and files for upload."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import NormalizedName

from numlock import __version__
from numlock.action.found import Found
from numlock.action.inputs import Place
from numlock.errors import NumlockError
from numlock.model import NoPlan, Nothing, Pin, Plan, Repair, Verdict
from numlock.report import as_markdown, as_pins
from numlock.report.document import Code, Line, Link
from numlock.report.escape import command, prose
from numlock.report.text import first_reason

ANNOTATIONS = 10  # that the runner takes of one step
_SUMMARY = 1_000_000  # characters; the runner takes a mebibyte
_QUIET = {"log-no-crash", "pull-moved"}  # everyday matters
_VERDICTS = {
    Verdict.SOUND: "sound",
    Verdict.NOT_VERSIONS: "not-versions",
    Verdict.NOT_KNOWN: "unexplained",
}


def verdict(found: Found) -> str:
    """The verdict in a word, as an output."""
    if found.error is not None:
        return "error"
    if found.repair is None:
        return "passed" if found.green else "not-versions"
    outcome = found.repair.outcome
    if isinstance(outcome, Nothing):
        return _VERDICTS[outcome.verdict]
    return "no-repair" if isinstance(outcome, NoPlan) else "repaired"


def is_news(found: Found) -> bool:
    """Whether there is something to post: versions are to blame, and numlock knows which."""
    return verdict(found) in ("repaired", "no-repair")


def sentence(found: Found) -> str:
    """Why there is nothing to post."""
    if found.green:
        return "nothing failed"
    if found.repair is not None and isinstance(found.repair.outcome, Nothing):
        return found.repair.outcome.why
    return found.why


def report(found: Found, place: Place, *, head: str = "", limit: int) -> str:
    """The report in Markdown: whole where there is news, one line where there is none."""
    if found.repair is not None and is_news(found):
        return as_markdown(found.repair, head=head, foot=footer(place), limit=limit)
    if found.error is not None:
        return f"**numlock** could not tell: {prose(str(found.error))}\n"
    return f"**numlock**: {prose(sentence(found))}\n"


def footer(place: Place) -> Line:
    """The small print: commit, run and version."""
    run = Link(f"run {place.run.number}", place.address)
    return ("commit ", Code(place.run.head[:12]), ", ", run, f", numlock {__version__}")


def annotate(found: Found, place: Place) -> Iterator[str]:
    """Workflow commands that put the answer on the lines of the pins, the root cause first; ten at most."""
    if found.error is not None:
        yield of_error(found.error)
    elif found.repair is not None:
        yield from list(_of_repair(found.repair, place))[:ANNOTATIONS]


def of_error(error: NumlockError) -> str:
    """The annotation for what kept numlock from its work."""
    return command("notice" if error.reference in _QUIET else "error", str(error), title="numlock")


def _of_repair(repair: Repair, place: Place) -> Iterator[str]:
    outcome = repair.outcome
    if isinstance(outcome, Plan):
        for change in sorted(outcome.changes, key=lambda change: _rank(change.name, repair)):
            pin = repair.before.active.get(change.name)
            reasons = [first_reason(conflict) for conflict in change.because[:1]] or [
                "to fit the other moves"
            ]
            title = f"numlock: {change.name} {change.before} -> {change.after}"
            yield command("error", reasons[0], **_where(pin, place), title=title)
    elif isinstance(outcome, NoPlan):
        for conflict in outcome.core:
            names = sorted((member.name for member in conflict.members), key=lambda name: _rank(name, repair))
            pin = next((repair.before.active[name] for name in names if name in repair.before.active), None)
            title = "numlock: no repair while the locks hold"
            yield command("error", first_reason(conflict), **_where(pin, place), title=title)


def _rank(name: NormalizedName, repair: Repair) -> int:
    """The culprit before the other packages of the crash, those before the rest."""
    diagnosis = repair.diagnosis
    if diagnosis is None:
        return 0
    return 0 if name == diagnosis.culprit else 1 if name in diagnosis.implicated else 2


def _where(pin: Pin | None, place: Place) -> dict[str, str | int | None]:
    path = inside(pin.where.path, place) if pin is not None else None
    return {"file": path, "line": pin.where.line if pin is not None and path is not None else None}


def inside(path: str, place: Place) -> str | None:
    """A path from the root of the repository on, with '/'; None where it lies elsewhere."""
    root = "." if place.is_follow_up else place.workspace
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    outside = relative.startswith("..") or os.path.isabs(relative)
    return None if outside else relative.replace(os.sep, "/")


# --- files -----------------------------------------------------------------------------------------


def write_files(found: Found, text: str, patch: bytes, folder: Path) -> dict[str, str]:
    """Write what can be uploaded into ``folder``; the outputs that name it. Nothing for a patch that is empty."""
    files: dict[str, tuple[str, bytes]] = {"report-file": ("report.md", text.encode())}
    if found.repair is not None and is_news(found):
        files["pins-file"] = ("pins.txt", as_pins(found.repair).encode())
    if patch:
        files["patch-file"] = ("numlock.patch", patch)
    for name, data in files.values():
        (folder / name).write_bytes(data)
    return {output: str(folder / name) for output, (name, _) in files.items()}


def say(line: str) -> None:
    """One line for the runner's log, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write_summary(text: str, place: Place) -> None:
    """Add to the summary of the job."""
    if place.summary:
        with open(place.summary, "a", encoding="utf-8", newline="\n") as file:
            file.write(f"{text[:_SUMMARY]}\n")


def write_outputs(values: Mapping[str, str], place: Place) -> None:
    """Set outputs, each between lines that nobody can guess."""
    if place.output:
        with open(place.output, "a", encoding="utf-8", newline="\n") as file:
            for name, value in values.items():
                edge = f"numlock_{uuid.uuid4().hex}"
                file.write(f"{name}<<{edge}\n{value}\n{edge}\n")
