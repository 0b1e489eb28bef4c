"""One environment, judged without a crash: which conflicts are certain, which are new, which line would end them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import NormalizedName

from numlock import prove, read
from numlock.audit.contradict import contradictions, settled
from numlock.audit.earlier import befores
from numlock.audit.targets import Aim, aim, fits_nowhere, only_for_older
from numlock.audit.whole import lacking
from numlock.errors import OutOfReach
from numlock.facts import Facts, IndexSettings, Store, Transports
from numlock.here import index_settings, python_of
from numlock.model import (
    Conflict,
    ConflictKind,
    Finding,
    Key,
    Member,
    Needs,
    NoPlan,
    Pin,
    Pins,
    Plan,
    Progress,
    Skipped,
    Standing,
    Target,
    Unknown,
    Where,
)
from numlock.rewrite import Rewritten, rewrite
from numlock.search import Search
from numlock.settle import settle

PATIENCE = (
    86_400.0  # seconds that an index page is trusted for releases that it lists: what is released stays
)
_NO_MOVE = (ConflictKind.TWICE, ConflictKind.ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a check is asked for. Empty ``pythons`` and ``platforms``: nobody names one.

    ``everything``: conflicts that were there before fail, too.
    """

    locks: Sequence[read.Lock] = ()
    pythons: tuple[tuple[int, int], ...] = ()
    platforms: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    ignore: tuple[read.Ignored, ...] = ()
    offline: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What is known of the environment on one target. ``lines``: pins by the ids of conflicts that stand on one."""

    pins: Pins
    conflicts: tuple[Conflict, ...]
    warnings: tuple[Conflict, ...]
    unknowns: tuple[Unknown, ...]
    unchanged: frozenset[NormalizedName]
    lines: dict[int, Pin]
    search: Search


@dataclass(slots=True)
class _Merged:
    """Conflicts between the same packages: the first, the targets that they stand in the way of, all in words."""

    conflict: Conflict
    verdict: _Verdict
    targets: list[Target] = field(default_factory=list)
    also: dict[str, None] = field(default_factory=dict)
    standing: Standing = Standing.WARNING
    reason: str | None = None


class Audit:
    """Judges one environment. ``unknowns`` and ``notes`` are filled by :meth:`findings`."""

    def __init__(
        self,
        document: read.Document,
        asked: Asked,
        store: Store,
        transports: Transports,
        progress: Progress,
    ) -> None:
        self.unknowns: list[Unknown] = []
        self.notes: list[str] = []
        self._document = document
        self._asked = asked
        self._store = store
        self._transports = transports
        self._progress = progress
        self._settings: IndexSettings | None = None
        self._facts: dict[Target, Facts] = {}
        self._places: dict[str, Path] = {}
        self._sources = dict(self._read_sources())
        self._befores = befores(
            document, prove.Repository.around(Path(document.where.path).absolute().parent)
        )
        self._verdicts: dict[Target, _Verdict] = {}
        self._plans: dict[Search, Plan | NoPlan] = {}

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, where, and what would end it."""
        self.notes += (f"left alone: {each}" for each in self._document.invalid)
        if lines := self._document.unpinned:
            where = ", ".join(str(each.where) for each in lines[:3])
            count = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
            self.notes.append(f"left alone: {count} without an exact version ({where})")
        try:
            return tuple(self._found(self._aim()))
        except OutOfReach as error:
            self.unknowns.append(
                Unknown(release=None, question=f"what {self._document.where} installs", why=error.message)
            )
            return ()

    def _found(self, aimed: Aim) -> Iterator[Finding]:
        merged: dict[tuple[frozenset[NormalizedName], bool], _Merged] = {}
        entries = self._document.entries
        if self._document.compiled and any(settled(entries, target)[1] for target in aimed.targets):
            self.notes.append(
                f"left alone: {self._document.where} is no environment: it was made with several versions"
            )
            return
        pins = [entry for entry in entries if isinstance(entry, Pin)]
        if old := only_for_older(pins, aimed, self._facts_for):
            why = f"{old.spelled} {old.version} is for no Python that numlock knows"
            self.notes.append(f"left alone: {self._document.where} was made for an older Python: {why}")
            return
        for target in aimed.targets:
            if not any(pin.holds(target) for pin in pins):
                continue
            verdict = self._judge(target)
            self.unknowns += verdict.unknowns
            certain = [each for each in verdict.conflicts if self._is_certain(each, target, aimed)]
            for conflict in (*certain, *verdict.warnings):
                known = merged.setdefault((conflict.names, conflict.soft), _Merged(conflict, verdict))
                known.targets += [target] * (target not in known.targets)
                known.also[_text(conflict)] = None
        for known in merged.values():
            known.standing, known.reason = self._standing(known.conflict, known.targets)
        broken = {known.conflict.names for known in merged.values() if known.standing is Standing.ERROR}
        for verdict in self._verdicts.values():
            verdict.search.leave(each for each in verdict.conflicts if each.names not in broken)
        for known in merged.values():
            yield self._finding(known, aimed)

    def repair(self, findings: Iterable[Finding]) -> Rewritten | Skipped | None:
        """The edits that end these errors on the first target that they stand in the way of; None: no move can."""
        failing = (
            each
            for each in findings
            if each.standing is Standing.ERROR and each.conflict.kind not in _NO_MOVE
        )
        first = next(failing, None)
        if first is None:
            return None
        target = first.targets[0]
        return rewrite(settle(self._judge(target).search), self._document, self._facts_for(target))

    # --- what it is judged for -------------------------------------------------------------------

    def _aim(self) -> Aim:
        named = tuple((each, "--python or [tool.numlock]") for each in self._asked.pythons)
        if not named and self._document.python:
            named = ((self._document.python, "the pins file"),)
        pins = [entry for entry in self._document.entries if isinstance(entry, Pin)]
        interpreter = None if named else python_of(self._store)
        return aim(pins, named, self._asked.platforms, interpreter, self._facts_for)

    def _facts_for(self, target: Target) -> Facts:
        if target not in self._facts:
            self._settings = self._settings or index_settings(self._store, self._document.options)
            offline, progress = self._asked.offline, self._progress
            self._facts[target] = Facts(
                self._settings,
                self._store,
                target,
                offline=offline,
                progress=progress,
                patience=PATIENCE,
                transport=self._transports.of(self._settings),
            )
        return self._facts[target]

    def _read_sources(self) -> Iterator[tuple[str, str]]:
        """Path and text of the project's own files; empty where they lie in a folder with pins of its own."""
        beside = None if self._asked.projects else read.project_folder(None, self._document.where.path)
        included = {Path(raw.path).resolve() for raw in self._document.files}
        for folder in self._asked.projects or ([beside] if beside else []):
            apart = read.pinned_apart(folder, included)
            for path, text in read.read_project(folder):
                self._places.setdefault(path, Path(folder, path))
                yield path, "" if apart(path) else text

    # --- judging ---------------------------------------------------------------------------------

    def _judge(self, target: Target) -> _Verdict:
        if target in self._verdicts:
            return self._verdicts[target]
        entries, pairs = settled(self._document.entries, target)
        active = {each.name: each for each in entries if isinstance(each, Pin) and each.holds(target)}
        locks = [lock for lock in self._asked.locks if lock.name in active]
        differing = list(contradictions(pairs, self._document.constraints, locks, active))
        held = [lock for lock in locks if lock.is_held_by(active[lock.name].version)]
        pins = replace(
            read.activate(entries, (), target, held),
            ranges=self._document.ranges(target),
            beside=self._document.beside(target),
            more=self._document.more,
        )
        search = Search(
            pins, target, self._facts_for(target), project=self._sources.items(), progress=self._progress
        )
        conflicts = search.start()
        self._facts_for(target).keep_walks()
        unchanged = frozenset(
            pin.name for pin in pins if any(old.has(pin.name, pin.version, target) for old in self._befores)
        )
        absent = lacking(self._document, pins, search.needs_of(pins.versions()), search.provided, unchanged)
        self._verdicts[target] = _Verdict(
            pins=pins,
            unchanged=unchanged,
            lines={id(conflict): pin for conflict, pin in differing},
            conflicts=(*(conflict for conflict, _ in differing), *conflicts, *absent),
            warnings=search.warnings(),
            unknowns=search.open_questions(None),
            search=search,
        )
        return self._verdicts[target]

    def _is_certain(self, conflict: Conflict, target: Target, aimed: Aim) -> bool:
        """Whether a conflict holds wherever the pins may be meant for."""
        if conflict.kind is ConflictKind.UNINSTALLABLE:
            (name, versions), *_ = conflict.members
            return all(fits_nowhere(Key(name, each), target, aimed, self._facts_for) for each in versions)
        if not aimed.guessed:
            return True
        if conflict.kind is ConflictKind.DECLARED:
            needs = self._judge(target).search.needs_of(self._judge(target).pins.versions())
            return any(
                conflict.names == {need.release.name, need.name} and not _depends(need) for need in needs
            )
        return conflict.kind is not ConflictKind.PYTHON

    # --- findings --------------------------------------------------------------------------------

    def _finding(self, known: _Merged, aimed: Aim) -> Finding:
        conflict, verdict = known.conflict, known.verdict
        movable = known.standing is Standing.ERROR and conflict.kind not in _NO_MOVE
        plan = self._plan(verdict) if movable else None
        pin = verdict.lines.get(id(conflict)) or self._culprit(conflict, verdict, plan)
        place = self._place(conflict)
        if place is not None and (pin is None or pin.name in verdict.pins.locked):
            pin = None
        return Finding(
            conflict=conflict,
            also=tuple(text for text in known.also if text != _text(conflict)),
            where=place if pin is None and place is not None else pin.where if pin else self._document.where,
            pin=pin,
            standing=known.standing,
            fix=_fix(conflict, verdict, plan),
            targets=tuple(known.targets),
            others=tuple(each for each in aimed.targets if each not in known.targets),
            reason=known.reason,
        )

    def _standing(self, conflict: Conflict, targets: list[Target]) -> tuple[Standing, str | None]:
        if conflict.soft:
            return Standing.WARNING, None
        today = datetime.date.today()
        for each in self._asked.ignore:
            concerned = any(
                each.package == member.name and (not each.versions or _any_in(each, member))
                for member in conflict.members
            )
            if concerned and not each.expired(today):
                return Standing.IGNORED, each.reason
        place = self._place(conflict)
        path = Path(place.path) if place else None
        before = any(old.had(conflict, target, path) for old in self._befores for target in targets)
        return (Standing.BEFORE if before and not self._asked.everything else Standing.ERROR), None

    def _place(self, conflict: Conflict) -> Where | None:
        """The line of the project that asks for what is missing, where it is the project that asks."""
        source = conflict.because[0].source
        if source is None or source.url != source.member or source.member not in self._places:
            return None
        return Where(path=str(self._places[source.member]), line=source.line)

    def _plan(self, verdict: _Verdict) -> Plan | NoPlan:
        """The cheapest repair of everything on one target; looked for once."""
        if verdict.search not in self._plans:
            self._plans[verdict.search] = verdict.search.run()
            self._facts_for(verdict.search.target).keep_walks()
        return self._plans[verdict.search]

    def _culprit(self, conflict: Conflict, verdict: _Verdict, plan: Plan | NoPlan | None) -> Pin | None:
        """The pin to change: one that the plan moves, else one that is new, else one that is not locked."""
        names = [member.name for member in conflict.members if member.name in verdict.pins.active]
        moved = {change.name for change in plan.changes} if isinstance(plan, Plan) else set()

        def order(name: NormalizedName) -> tuple[bool, bool, bool]:
            return name not in moved, name in verdict.pins.locked, name in verdict.unchanged

        return verdict.pins.active[min(names, key=order)] if names else None


def _fix(conflict: Conflict, verdict: _Verdict, plan: Plan | NoPlan | None) -> str | None:
    """What would end a conflict, in the words of the file; None where nothing is known to."""
    if conflict.kind is ConflictKind.TWICE:
        return "keep one of the versions"
    if conflict.kind is ConflictKind.ABSENT:
        return "compile the file again, or add what is missing"
    if not isinstance(plan, Plan):
        return None
    names = conflict.names
    moves = [change for change in plan.changes if change.name in names or conflict in change.because]
    unread = {unknown.release for unknown in verdict.search.open_questions(plan)}
    if any(change.key in unread for change in moves):
        return None
    spelled = verdict.pins.active
    return " ".join(f"{spelled[change.name].spelled}=={change.after}" for change in moves) or None


def _any_in(ignored: read.Ignored, member: Member) -> bool:
    return any(ignored.versions.contains(version, prereleases=True) for version in member.versions)


def _depends(need: Needs) -> bool:
    """Whether a requirement holds for some Pythons or platforms only."""
    return (
        re.search(r"python|platform|implementation|os_name", str(need.requirement.marker or "")) is not None
    )


def _text(conflict: Conflict) -> str:
    return conflict.because[0].text if conflict.because else conflict.kind.value
