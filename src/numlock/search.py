"""The lazy loop: solve over the conflicts known so far, read facts only for the releases that the plan names, repeat.

Rounds only add conflicts, so the last optimum is the true one: version lists of every package that occurs in a
conflict are known, and everything that the plan names has been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.besides import Added
from numlock.breaks import NOTHING_BEHIND, Behind, Breaks
from numlock.doubts import Doubts
from numlock.facts import Facts
from numlock.known import Known
from numlock.locked import check_locked
from numlock.model import (
    Cause,
    Conflict,
    ConflictKind,
    Crash,
    Diagnosis,
    Fit,
    Key,
    Needs,
    NoPlan,
    Origin,
    Pins,
    Plan,
    Progress,
    Release,
    Target,
    Unknown,
)
from numlock.probe import Probe
from numlock.solve import Candidate, Problem, solve

# What a frozen environment does not list, and a fresh one holds or gets.
_PROVIDED = frozenset(map(NormalizedName, ("pip", "setuptools", "wheel")))
_WALKS = 60  # plans whose code is walked through before one is taken as it is, and said to be
_AHEAD = 16  # releases whose code is asked in one go
_NO_SETUPTOOLS = (3, 12)  # the first Python whose fresh environments hold none, and whose frozen ones list it

Left = Callable[[Conflict], bool]  # whether a conflict is left out of account


def _nothing(_: Conflict) -> bool:
    return False


class Search:
    """What is known of one crashed environment, growing round by round."""

    def __init__(
        self,
        pins: Pins,
        target: Target,
        facts: Facts,
        *,
        crash: Crash | None = None,
        diagnosis: Diagnosis | None = None,
        clean: bool = False,
        project: Iterable[tuple[str, str]] = (),
        progress: Progress | None = None,
    ) -> None:
        self.pins = pins
        self.pinned: dict[NormalizedName, Version] = pins.versions()
        self.target = target
        self.crash = crash
        self.diagnosis = diagnosis
        self.everything = clean or crash is None or judge.installation_failed(diagnosis)
        self.tolerated: list[Conflict] = []
        self.tolerated_needs: list[Needs] = []
        self._facts = facts
        self._known = Known(facts, pins)
        self.progress = progress or Progress()
        self._probes = [Probe(facts, crash, diagnosis, self.pinned)]
        self._implicated = diagnosis.implicated if diagnosis else frozenset()
        self._breaks = Breaks(facts, target, crash, diagnosis, project, self._known.nearest)
        self._doubts = Doubts(diagnosis, self.pinned, self._known, self._probes, self._breaks)
        self._pinned_releases: tuple[Release, ...] = ()
        self.added: list[Conflict] = []
        self.borne: frozenset[ConflictKind] = frozenset()  # of which no conflict stands in the way of a plan
        self._left: set[tuple[ConflictKind, frozenset[NormalizedName]]] = set()  # that the pins may hold

    def start(self) -> tuple[Conflict, ...]:
        """Read what stands in the pins; the conflicts among them that ask for a repair (none: nothing to do)."""
        keys = [Key(name, version) for name, version in self.pinned.items()]
        self.progress.stage(f"reading {len(keys)} pinned releases")
        self._pinned_releases = self._known.read_pinned()
        check_locked(self.pins, self._pinned_releases, self._facts)
        self._read(keys)
        self._take_uninstallable()
        self._set_tolerated()
        self._look(self.pinned, crashed=self.crash is not None)
        broken = self._broken()
        if not broken and not self._is_unfit() and (guess := self._hypothesis()):
            self.added.append(guess)
            self._doubts.guessed = guess.members[0].name
            broken = (guess,)
        return broken

    def run(
        self, locked: frozenset[NormalizedName] | None = None, *, without: Left = _nothing
    ) -> Plan | NoPlan:
        """The cheapest plan, all of whose releases have been read; or why there is none.

        ``locked`` in place of the user's locks and ``without`` some conflicts: to look for ways out.
        """
        locks = self.pins.locked if locked is None else locked
        ahead, walks = 1, 0
        while True:
            outcome = solve(self._problem(locks, without))
            if isinstance(outcome, NoPlan):
                return outcome
            moved = [change.key for change in outcome.changes]
            beside = [near for key in moved for near in self._known.before(key, locks)]
            fresh = self._unread(moved) or self._unread(beside)
            if not fresh:
                walks += 1
                if walks <= _WALKS and self._look(outcome.versions):
                    continue
                return outcome if walks <= _WALKS else replace(outcome, optimal=False)
            self.progress.stage("reading " + ", ".join(map(str, fresh)))
            self._read(key for each in fresh for key in self._next(each, ahead, locks))
            ahead *= 2

    def _unread(self, keys: Iterable[Key]) -> list[Key]:
        return [key for key in keys if not self._known.has_read(key)]

    def _next(self, key: Key, ahead: int, locks: frozenset[NormalizedName]) -> list[Key]:
        """What to read of a package that a plan moves: release by release where code is asked, else by bisection."""
        if key.name in self._implicated:
            return self._known.neighbours(key, min(ahead, _AHEAD), locks)
        return self._known.apart(key, ahead, locks)

    def lacking(self, plan: Plan) -> list[str]:
        """What a plan's releases require besides the pins and what every environment holds."""
        needs = self.needs_of({change.name: change.after for change in plan.changes})
        return sorted({need.name for need in needs} - self.pinned.keys() - self.provided)

    def open_questions(self, outcome: Plan | NoPlan | None) -> tuple[Unknown, ...]:
        """What no fact answers about the pinned releases and about those that are moved to, or were passed over."""
        versions = outcome.versions if isinstance(outcome, Plan) else self.pinned
        asked = [change.key for change in outcome.changes] if isinstance(outcome, Plan) else []
        if isinstance(outcome, NoPlan):
            known = self._conflicts(self._known.universe(self.pins.locked))
            named = {name for each in outcome.core for name in each.names}
            asked = list(self._doubts.passed_over(named - self.pins.locked, known))
        unread = (
            unknown
            for key, unknown in self._known.unknowns.items()
            if key.version in (versions[key.name], self.pinned[key.name])
        )
        return (*unread, *(doubt for key in asked for doubt in self._doubts.about(key)))

    def borne_by(self, versions: Mapping[NormalizedName, Version]) -> tuple[Conflict, ...]:
        """What is borne of the conflicts that an environment holds."""
        known = self._conflicts(self._known.universe(self.pins.locked))
        return tuple(each for each in known if each.kind in self.borne and each.hits(versions))

    def warnings(self, versions: Mapping[NormalizedName, Version] | None = None) -> tuple[Conflict, ...]:
        """The breaks that a run of an environment (None: the pinned one) may meet."""
        held = self.pinned if versions is None else versions
        return tuple(each for each in self._breaks.conflicts() if each.soft and each.hits(held))

    def add(self, conflict: Conflict) -> None:
        """A conflict that someone else found: the referee, a run."""
        self.added.append(conflict)

    def ask(self, crash: Crash, diagnosis: Diagnosis, versions: Mapping[NormalizedName, Version]) -> None:
        """A crash of another environment: its question is put to all releases, beside the first one's."""
        probe = Probe(self._facts, crash, diagnosis, versions)
        probe.read(
            dict.fromkeys([*map(Key._make, versions.items()), *self._known.needs, *self._known.unknowns])
        )
        self._probes.append(probe)
        self._implicated |= diagnosis.implicated

    def candidates(self, name: NormalizedName) -> tuple[Version, ...]:
        """The versions that a package may take, ascending, the pinned one included."""
        self._known.open([name])
        return self._known.versions(name, self.pins.locked)

    def leave(self, conflicts: Iterable[Conflict]) -> None:
        """Conflicts that the pins hold and that are not to be repaired; also not where they stay after a move."""
        left = list(conflicts)
        self._left |= {(each.kind, each.names) for each in left}
        self.tolerated += left
        pairs = [each.names for each in left if each.kind is ConflictKind.DECLARED]
        self.tolerated_needs += [
            need
            for need in self.needs_of(self.pinned)
            if {need.release.name, need.name} in pairs and not _holds(need, self.pinned)
        ]

    def needs_of(self, versions: Mapping[NormalizedName, Version]) -> tuple[Needs, ...]:
        """The declared requirements of an environment's releases, as far as they are known."""
        return self._known.needs_of(versions)

    # --- reading -------------------------------------------------------------------------------

    def _read(self, keys: Iterable[Key]) -> None:
        fresh = self._known.read(keys)
        for probe in self._probes:
            probe.read(fresh)

    def _look(self, versions: Mapping[NormalizedName, Version], *, crashed: bool = False) -> bool:
        """Look for breaks in the code around what the crash implicates and what moved; whether there are new ones."""
        moved = {name for name, version in versions.items() if self.pinned[name] != version}
        concerned = moved | (self._implicated if self.diagnosis else self.pinned.keys())
        walked = self._known.dependants(concerned, versions)
        free = concerned - self.pins.locked if self.crash else concerned
        around = self._known.dependants(free, versions)
        return self._breaks.look(
            versions,
            frozenset(concerned),
            walked,
            around=around,
            behind=self._behind(versions, moved),
            added=self._added(versions),
            crashed=crashed,
        )

    def _added(self, versions: Mapping[NormalizedName, Version]) -> Added:
        """What an installer adds to the pins."""
        required = frozenset(need.name for need in self.needs_of(versions))
        return Added(
            required.difference(self.pinned), self.pins.beside.difference(self.pinned), self.pins.more
        )

    def _behind(self, versions: Mapping[NormalizedName, Version], moved: set[NormalizedName]) -> Behind:
        """What may die next, of the lock or of the Python that the first crash died of: first all, then what moved."""
        if self.crash is None or self.diagnosis is None:
            return NOTHING_BEHIND
        if self.diagnosis.origin is Origin.PYTHON:
            packages, causes = set(self.pinned), frozenset[NormalizedName | None]({None})
        else:
            causes = frozenset(self.diagnosis.implicated & self.pins.locked)
            packages = {need.release.name for need in self.needs_of(versions) if need.name in causes}
        return Behind(frozenset(packages & moved if moved else packages), causes)

    # --- judging -------------------------------------------------------------------------------

    def _problem(self, locked: frozenset[NormalizedName], without: Left) -> Problem:
        """Judge all that is known; open the packages that turn up in conflicts until no new one does.

        Nothing is moved for what a run may meet alone, so a soft conflict opens no package.
        """
        while True:
            self._breaks.spread(self._known.releases.keys())
            conflicts = [
                each
                for each in self._conflicts(self._known.universe(locked))
                if not without(each) and not self._is_left(each)
            ]
            hard = (conflict for conflict in conflicts if not conflict.soft)
            closed = {name for each in hard for name in each.names} - locked - self._known.releases.keys()
            if not closed:
                break
            self._known.open(sorted(closed))
        candidates = {
            name: self._candidates(name, locked) for name in self._known.releases if name not in locked
        }
        telling = judge.without_old_warnings(conflicts, self.pinned)
        return Problem(pinned=self.pinned, locked=locked, candidates=candidates, conflicts=telling)

    def _is_left(self, conflict: Conflict) -> bool:
        left = (conflict.kind, conflict.names) in self._left and conflict.hits(self.pinned)
        return left or conflict.kind in self.borne

    def _candidates(self, name: NormalizedName, locked: frozenset[NormalizedName]) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(choice.version, choice.unknown + self._doubts.count(Key(name, choice.version)))
            for choice in self._known.choices(name, locked)
            if not self._doubts.out_of_sight(Key(name, choice.version))
        )

    def _take_uninstallable(self) -> None:
        """What could not be built or is not to be had is out; whether others of the first can be built is not known."""
        unlisted = list(judge.unlisted(self.diagnosis, self._pinned_releases, self.pins.locked))
        self.added += unlisted
        self._known.any_build |= {conflict.members[0].name for conflict in unlisted}
        if (unbuilt := judge.unbuildable(self.diagnosis, self._pinned_releases)) is not None:
            self.added.append(unbuilt)
            name = unbuilt.members[0].name
            self._known.open([name])
            self._probes[0].unknown |= {
                each.key for each in self._known.releases[name] if each.fit is Fit.SOURCE
            }

    def _conflicts(self, universe: judge.Universe) -> Iterator[Conflict]:
        needs = (
            need for each in self._known.needs.values() for need in each if need not in self.tolerated_needs
        )
        outside = self._known.outside()
        yield from judge.declared(needs, universe, outside, self.provided)
        yield from judge.between(self._known.needs, universe, outside, self.provided)
        pinned = (need for need in self.needs_of(self.pinned) if need not in self.tolerated_needs)
        yield from judge.silent_releases(pinned, self.pinned, self._known.times)
        yield from judge.ranges(self.pins.ranges, universe)
        yield from self._own_conflicts(universe)

    def _own_conflicts(self, universe: judge.Universe) -> Iterator[Conflict]:
        """Conflicts of other kinds than declared ranges: those that the crash or single releases bring."""
        tolerated = set(self.tolerated)
        yield from (each for each in judge.installable(self._pinned_releases) if each not in tolerated)
        advisories = self._facts.advisories(self.pinned)
        implicated = self.diagnosis.implicated if self.diagnosis and not self.everything else None
        yield from judge.advisories(advisories, universe, self.crash, self.target, implicated)
        for probe in self._probes:
            yield from probe.conflicts()
        yield from self._breaks.conflicts()
        yield from self.added

    def _is_unfit(self) -> bool:
        """Whether the log shows source of other releases than the pinned ones, so that nothing is guessed from it."""
        found = self.diagnosis
        return found is not None and found.cause is not Cause.NATIVE and bool(found.misfits)

    def _hypothesis(self) -> Conflict | None:
        if self.diagnosis is None:
            return None
        return judge.hypothesis(self.diagnosis, self._known.universe(self.pins.locked), self.pins.locked)

    def _broken(self) -> tuple[Conflict, ...]:
        """The known conflicts that the pinned environment holds."""
        return tuple(
            each
            for each in self._conflicts(self._known.universe(self.pins.locked))
            if not each.soft and each.hits(self.pinned)
        )

    def _set_tolerated(self) -> None:
        """Declared ranges that the pins break already and the crash does not implicate are not this repair's job."""
        universe, outside = self._known.universe(self.pins.locked), self._known.outside()
        implicated = self.diagnosis.implicated if self.diagnosis else frozenset()
        for need in self.needs_of(self.pinned):
            found = tuple(judge.declared([need], universe, outside, self.provided))
            _, tolerated = judge.split_tolerated(found, self.pinned, implicated, everything=self.everything)
            if tolerated:
                self.tolerated += tolerated
                self.tolerated_needs.append(need)

    @property
    def provided(self) -> frozenset[NormalizedName]:
        """What a fresh environment holds besides the pins."""
        return _PROVIDED if self.target.python < _NO_SETUPTOOLS else frozenset({NormalizedName("pip")})


def _holds(need: Needs, versions: Mapping[NormalizedName, Version]) -> bool:
    return need.requirement.specifier.contains(versions[need.name], prereleases=True)
