"""A repair into the user's files: what has to be known for that, and why it is not done where it is not certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock import prove, read
from numlock.errors import NumlockError
from numlock.facts import Facts
from numlock.model import (
    Closes,
    File,
    Key,
    Needs,
    NoPlan,
    Pin,
    Plan,
    Range,
    Repair,
    Skipped,
    Target,
    Unknown,
    Unpinned,
)

_ROUNDS = 5  # of extras that ask for extras

Asking = Mapping[NormalizedName, frozenset[NormalizedName]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """The edits of a repair, not applied yet. ``notes``: what a person should know of them."""

    edits: tuple[read.Edit, ...]
    notes: tuple[str, ...] = ()


def rewrite(found: Repair, document: read.Document | None, facts: Facts) -> Rewritten | Skipped:
    """The edits that bring a repair into the files that its pins came from.

    Skipped, with the reason, where nothing moves, the plan is not certain, or these files cannot be written. A file
    that pip-compile made is compiled from its sources, with the plan as constraints.
    """
    if isinstance(found.outcome, NoPlan):
        return Skipped(why="no repair while the locks hold")
    if not isinstance(found.outcome, Plan) or not found.changes:
        return Skipped(why="nothing moves")
    if document is None:
        return Skipped(why="the pins stand in no file of their own")
    if found.doubt:
        return Skipped(why=found.doubt)
    try:
        asking = _compile(found, found.outcome.versions, document, facts) if document.compiled else {}
        if isinstance(asking, Skipped):
            return asking
        moved = {change.name: asking[change.name] for change in found.changes if change.name in asking}
        moves = read.Moves(
            changes=found.changes, target=found.target, files=_files(found, facts), asking=moved
        )
        return Rewritten(
            edits=read.write_back(document, moves), notes=tuple(_notes(found, document, asking, facts))
        )
    except NumlockError as error:
        return Skipped(why=str(error))


def _asked(
    documents: Iterable[read.Document], target: Target
) -> Iterator[tuple[Pin | Unpinned, Requirement]]:
    """What documents ask to be installed on the target, with the lines that do."""
    for document in documents:
        pins = [entry for entry in document.entries if isinstance(entry, Pin) and entry.holds(target)]
        yield from ((pin, Requirement(pin.at(pin.version))) for pin in pins)
        lines = (
            (line, Range(requirement=Requirement(line.text), where=line.where)) for line in document.unpinned
        )
        yield from ((line, wanted.requirement) for line, wanted in lines if wanted.holds(target))


def _compile(
    found: Repair, versions: Mapping[NormalizedName, Version], document: read.Document, facts: Facts
) -> Asking | Skipped:
    """What each package asks for in the set that pip-compile makes of the sources; of the pins where there are none."""
    moved = {change.name for change in found.changes}
    asked = []
    for line, wanted in _asked(document.sources or [document], found.target):
        if isinstance(line, Pin) and line.name in moved:
            wanted.specifier = SpecifierSet()  # the line moves too
        asked.append(wanted)
    needs = _needs([Key(name, version) for name, version in versions.items()], asked, facts)
    known = [need for each in needs.values() if not isinstance(each, Unknown) for need in each]
    tolerated = found.closes.tolerated if isinstance(found.closes, Closes) else ()
    asking = prove.compile_from(asked, versions, known, tolerated)
    if isinstance(asking, Closes):
        return Skipped(why=f"pip-tools cannot compile {document.where} with the plan: {asking.words}")
    if isinstance(asking, Skipped):
        return asking
    unknown = {key.name for key, each in needs.items() if isinstance(each, Unknown)}
    return {name: wanted for name, wanted in asking.items() if name not in unknown}


def _needs(
    keys: Sequence[Key], asked: Iterable[Requirement], facts: Facts
) -> Mapping[Key, tuple[Needs, ...] | Unknown]:
    """What releases need with the extras that are asked for, and those that these ask for."""
    extras: dict[NormalizedName, frozenset[str]] = {}
    wanted = list(asked)
    found: Mapping[Key, tuple[Needs, ...] | Unknown] = {}
    for _ in range(_ROUNDS):
        wider = {**extras}
        for each in wanted:
            name = canonicalize_name(each.name)
            wider[name] = wider.get(name, frozenset()) | {canonicalize_name(extra) for extra in each.extras}
        if found and wider == extras:
            break
        extras = wider
        found = facts.needs(keys, extras)
        wanted += [
            need.requirement for each in found.values() if not isinstance(each, Unknown) for need in each
        ]
    return found


def _files(found: Repair, facts: Facts) -> dict[Key, tuple[File, ...]]:
    """The files of the releases that are left and of those that are moved to, where an index lists them."""
    keys = [Key(each.name, version) for each in found.changes for version in (each.before, each.after)]
    return {key: files for key, files in facts.files_of(keys).items() if not isinstance(files, Unknown)}


def _notes(found: Repair, document: read.Document, asking: Asking, facts: Facts) -> Iterator[str]:
    """What pip-compile would do and numlock, which never removes a pin, does not."""
    if not document.compiled:
        return
    if not document.sources:
        where = f"{document.where} was compiled from files that cannot be read here"
        yield f"{where}: whether they allow the plan is not known"
    before = facts.needs([Key(change.name, change.before) for change in found.changes], {})
    left = {need.name for each in before.values() if not isinstance(each, Unknown) for need in each}
    out = found.before.active.keys() - asking.keys()
    if out <= left:  # else the sources that are known are not all that was asked for
        for name in sorted(out):
            yield f"pip-compile would leave {name} out: what moved no longer asks for it"
