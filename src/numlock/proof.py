"""The loop of proof: run the plan; a crash is a new diagnosis, whose facts join the others; solve again, until it runs.

Where facts know nothing of a crash, releases of one suspect after the other are tried, by bisection.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Facts
from numlock.meaning import Sources, meaning
from numlock.model import (
    Because,
    Cause,
    Conflict,
    ConflictKind,
    Diagnosis,
    Evidence,
    Member,
    NoPlan,
    Nothing,
    Pins,
    Plan,
    Proof,
    Repair,
    Skipped,
    Verdict,
)
from numlock.model import (
    Runs as Spent,
)
from numlock.proving import Proving
from numlock.reproduce import Before, crash_of, same_crash
from numlock.runs import Versions
from numlock.search import Search
from numlock.settle import settle
from numlock.trials import assumed_bad

ROUNDS = 24
SECONDS = 1_800.0
_SUSPECTS = 4


class Loop:
    """Proves what a search finds. ``before`` is how the pins ran as they came."""

    def __init__(
        self, search: Search, facts: Facts, proving: Proving, before: Before, project: Sources
    ) -> None:
        self._search = search
        self._facts = facts
        self._proving = proving
        self._runs = proving.runs
        self._before = before
        self._project = project
        self._summary = search.diagnosis.summary if search.diagnosis else before.words
        self._start = time.monotonic() - before.spent.seconds
        self._looked_at: set[frozenset[tuple[NormalizedName, Version]]] = set()
        self._tried: dict[
            NormalizedName, dict[Version, bool]
        ] = {}  # packages by themselves: which releases ran
        self._bans: dict[NormalizedName, Conflict] = {}
        self._assuming = True  # that releases between two that died would die, too
        self._died: list[str] = []
        self._unbuilt: Skipped | None = None
        self._kept: Repair | None = None  # a plan that could not be run, for want of a better one
        self._refused: Repair | None = (
            None  # what is known without any plan whose releases lack what they require
        )
        self._suspect: NormalizedName | None = None  # the one that is tried on a guess
        self._suspects: list[NormalizedName] | None = None
        for guess in [each for each in search.added if each.kind is ConflictKind.HYPOTHESIS]:
            search.added.remove(guess)
            self._suspect = guess.members[0].name
            self._try(self._suspect)

    def run(self, found: Repair) -> Repair:
        """``found`` proved, or a repair after it that is; else the best that is left, with the reason."""
        best: Repair | None = None
        while True:
            if isinstance(found.outcome, Plan):
                verdict = self._look(found.outcome)
                if isinstance(verdict, Proof):
                    best = self._done(found, verdict)
                if isinstance(verdict, Skipped) or (isinstance(verdict, Proof) and not self._ban()):
                    return best or self._done(self._refused or found, verdict)
                if verdict is None and self._unbuilt and not self._refused:
                    self._kept = self._kept or self._done(found, self._unbuilt)
                if self._is_spent():
                    return (
                        best or self._kept or self._done(replace(found, outcome=_NOTHING_RUNS), self._limit())
                    )
            elif (
                best
                or self._kept
                or not (self._stop_assuming() or self._next_suspect(found) or self._bear(found))
            ):
                nothing = self._before.ran if self._before.runs else Skipped(why="there is no plan to run")
                return best or self._kept or self._done(self._refused or found, nothing)
            found = settle(self._search)

    def _look(self, plan: Plan) -> Proof | Skipped | None:
        """Run a plan: its proof, the reason why there can be none, or None where it died and that was learned from."""
        self._looked_at.add(frozenset(plan.versions.items()))
        self._unbuilt = self._pass_over_unbuilt(plan)
        if self._unbuilt:
            return None
        if self._proving.jobs > 1:
            ahead = [each.versions for each in plans(self._search, plan, self._proving.jobs)]
            self._runs.ahead(ahead, self._proving.jobs)
        ran = self._runs.run(plan.versions)
        if isinstance(ran, Skipped):
            return ran
        if ran.returncode != 0:
            return self._learn(plan, ran)
        for name, known in self._tried.items():
            known[plan.versions[name]] = True
        if self._proving.replayed and self._before.runs:
            why = "the imports run, as they did before; the crash came later: give --prove the command"
            return Skipped(why=why)
        return ran

    def _pass_over_unbuilt(self, plan: Plan) -> Skipped | None:
        """Releases that would have to be built cannot be run: the plan is kept, and others are looked for."""
        moved = {change.name for change in plan.changes}
        unbuilt = [key for key in self._runs.unbuilt(plan.versions) if key.name in moved]
        for name, version in unbuilt:
            because = Because(text=f"{name} {version} has no wheel to run", evidence=Evidence.HYPOTHESIS)
            member = Member(name, frozenset({version}))
            self._search.add(Conflict(kind=ConflictKind.RUN, members=(member,), because=(because,)))
        if not unbuilt:
            return None
        return Skipped(why=f"{', '.join(map(str, unbuilt))}: no wheel, and --allow-source was not given")

    def _learn(self, plan: Plan, ran: Proof) -> Skipped | None:
        """A crash of a plan is a new diagnosis."""
        crash = crash_of(ran)
        if crash is None:
            return Skipped(why=f"the command ended with exit code {ran.returncode}, without a crash")
        pins, target = _at(self._search.pins, plan.versions), self._search.target
        diagnosis = meaning(crash, pins, target, self._facts, self._project)
        if diagnosis.cause is Cause.ENVIRONMENT:
            return Skipped(why=f"with these pins the run dies of {diagnosis.summary}")
        if diagnosis.versions_to_blame:
            self._search.ask(crash, diagnosis, plan.versions)
        same = self._search.crash is not None and same_crash(crash, self._search.crash)
        names = self._blamed(plan, diagnosis, same=same)
        moves = ", ".join(f"{change.name} {change.after}" for change in plan.changes)
        self._died.append(f"with {moves}: {diagnosis.summary}")
        if len(names) == 1:
            self._try(names[0], plan.versions[names[0]], diagnosis.summary)
        else:
            self._search.add(_died({name: plan.versions[name] for name in names}, diagnosis.summary))
        return None if names else Skipped(why=f"the run dies of {diagnosis.summary}")

    def _blamed(self, plan: Plan, diagnosis: Diagnosis, *, same: bool) -> list[NormalizedName]:
        """The packages of which one has to move (again): of two that met, of all that the frames show, of the moved."""
        changed = {change.name for change in plan.changes}
        pair = {name for name in (diagnosis.culprit, diagnosis.victim) if name}
        free = self._search.pinned.keys() - self._search.pins.locked
        names = (pair & free) or (diagnosis.implicated & free)
        if same or not names:
            names = (names & changed) or changed
        return sorted(names)

    # --- releases that are tried ---------------------------------------------------------------------

    def _try(self, name: NormalizedName, died: Version | None = None, summary: str = "") -> None:
        """A package is to move away from a version (None: the pinned one) that died."""
        self._tried.setdefault(name, {})[died or self._search.pinned[name]] = False
        self._ban(summary)

    def _ban(self, summary: str = "") -> bool:
        """Bring the bans of releases to what is known; whether any changed."""
        before = dict(self._bans)
        for name, known in self._tried.items():
            bad = {version for version, ran in known.items() if not ran}
            pinned = self._search.pinned[name]
            versions = self._search.candidates(name) if self._assuming else ()
            assumed = assumed_bad(versions, pinned, known)
            ban = self._bans.get(name)
            if ban is None or ban.members[0].versions != bad | assumed:
                self._replace(name, _died_each(name, bad, assumed, summary or self._summary))
        return before != self._bans

    def _replace(self, name: NormalizedName, ban: Conflict | None) -> None:
        if (old := self._bans.pop(name, None)) is not None:
            self._search.added.remove(old)
        if ban is not None:
            self._bans[name] = ban
            self._search.added.append(ban)

    def _stop_assuming(self) -> bool:
        """Where no release is left that declared ranges allow, those that were passed over are tried as well."""
        if not self._assuming or self._refused:
            return False
        self._assuming = False
        return self._ban()

    def _next_suspect(self, found: Repair) -> bool:
        """Where nothing else is known, the next package that the crash touched is tried; False where none is left."""
        guessing = self._suspect is not None or (
            isinstance(found.outcome, Nothing) and found.outcome.verdict is Verdict.NOT_KNOWN
        )
        if not guessing or found.diagnosis is None:
            return False
        if self._suspects is None:
            self._suspects = list(self._movable(found.diagnosis))[:_SUSPECTS]
        if self._suspect is not None:
            self._replace(self._suspect, None)
            del self._tried[self._suspect]
        if not self._suspects:
            return False
        self._suspect, self._assuming = self._suspects.pop(0), True
        self._try(self._suspect)
        return True

    def _movable(self, diagnosis: Diagnosis) -> Iterator[NormalizedName]:
        """The packages that a crash touched and that may move, those that it came out of first."""
        owner = diagnosis.frame.owner if diagnosis.frame else None
        named = (diagnosis.victim, owner, diagnosis.culprit, *diagnosis.suspects)
        for name in dict.fromkeys(name for name in named if name):
            if name not in self._search.pins.locked and name != self._suspect:
                yield name

    def _bear(self, found: Repair) -> bool:
        """Where no set holds all that its releases require, a run may show one that does without; asked for once."""
        if self._refused or self._suspect or not isinstance(found.outcome, NoPlan):
            return False
        self._refused, self._assuming = found, True
        self._search.borne = frozenset({ConflictKind.ABSENT})
        return True

    # --- the end ----------------------------------------------------------------------------------------

    def _is_spent(self) -> bool:
        return len(self._looked_at) >= ROUNDS or time.monotonic() - self._start > SECONDS

    def _limit(self) -> Skipped:
        return Skipped(why=f"no plan ran within {ROUNDS} rounds and {SECONDS / 60:.0f} minutes")

    def _done(self, found: Repair, proof: Proof | Skipped | None) -> Repair:
        spent = Spent(
            before=self._before.words,
            died=tuple(self._died),
            rounds=self._before.spent.rounds + len(self._looked_at),
            fresh=self._runs.fresh,
            seconds=time.monotonic() - self._start,
        )
        return replace(found, proof=proof or self._limit(), runs=spent)


def plans(search: Search, plan: Plan, count: int) -> Iterator[Plan]:
    """``plan``, and those that would follow if each one died."""
    added = list(search.added)
    try:
        for _ in range(count):
            yield plan
            moved = {change.name: change.after for change in plan.changes}
            search.add(_died(moved, "assumed to die, to look ahead"))
            outcome = search.run()
            if not isinstance(outcome, Plan):
                return
            plan = outcome
    finally:
        search.added[:] = added


_NOTHING_RUNS = Nothing(verdict=Verdict.NOT_KNOWN, why="every set of pins that was run died")


def _at(pins: Pins, versions: Versions) -> Pins:
    """The pins as they stand in a plan."""
    active = {
        name: replace(pin, version=versions[name], written=str(versions[name]))
        for name, pin in pins.active.items()
    }
    return replace(pins, active=active)


def _died(versions: Versions, why: str) -> Conflict:
    """These versions together died in a run."""
    members = tuple(Member(name, frozenset({version})) for name, version in sorted(versions.items()))
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    because = Because(text=f"{named} died when run: {why}", evidence=Evidence.RUN)
    return Conflict(kind=ConflictKind.RUN, members=members, because=(because,))


def _died_each(name: NormalizedName, bad: set[Version], assumed: frozenset[Version], why: str) -> Conflict:
    """Each of these releases died in a run, or is assumed to."""
    listed = ", ".join(map(str, sorted(bad)))
    because = [Because(text=f"{name} {listed} died when run: {why}", evidence=Evidence.RUN)]
    if assumed:
        text = f"{len(assumed)} releases of {name} between them are assumed to die (bisection)"
        because.append(Because(text=text, evidence=Evidence.HYPOTHESIS))
    return Conflict(
        kind=ConflictKind.RUN, members=(Member(name, frozenset(bad | assumed)),), because=tuple(because)
    )
