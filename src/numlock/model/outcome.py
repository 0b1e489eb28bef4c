"""What comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model.conflicts import Conflict, Evidence
from numlock.model.crash import Diagnosis, Misfit
from numlock.model.facts import Key, Needs, Unknown
from numlock.model.pins import Opaque, Pin, Pins
from numlock.model.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A move of one package, with the conflicts that it resolves."""

    name: NormalizedName
    before: Version
    after: Version
    because: tuple[Conflict, ...] = ()

    @property
    def key(self) -> Key:
        """The release that is moved to."""
        return Key(self.name, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The cheapest set of moves that leaves no known conflict.

    ``cost`` is the objective's vector in the order of :data:`numlock.solve.OBJECTIVE`.
    """

    versions: Mapping[NormalizedName, Version]
    changes: tuple[Change, ...]
    cost: tuple[int, ...]
    optimal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """A repair that the locks or the declared ranges forbid: what to release, and the moves it would then take."""

    release: NormalizedName | None
    changes: tuple[Change, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPlan:
    """No repair while the locks hold: the smallest core of conflicts, and the cheapest ways out."""

    core: tuple[Conflict, ...]
    ways_out: tuple[WayOut, ...] = ()


class Verdict(Enum):
    """Why nothing moves."""

    SOUND = "sound"  # as far as facts go
    NOT_VERSIONS = "not caused by versions"
    NOT_KNOWN = "no known fact explains it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing moves, and why."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """The referee's word: pip-tools resolves the plan (``ok``), with the declared ranges it was told to tolerate.

    ``clashes``: where it refused, the releases with the requirements that it could not bring together.
    """

    ok: bool
    tolerated: tuple[Needs, ...] = ()
    clashes: tuple[tuple[Key, Requirement], ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that was not done, with the reason."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What happened when a command was run: ``seconds`` of wall time, the end of its output."""

    argv: tuple[str, ...]
    returncode: int
    tail: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What proving took. ``before`` says how the pins ran as they came, ``died`` which other sets were passed over.

    ``rounds`` sets were looked at, ``fresh`` of them run in this call (others were known), in ``seconds``.
    """

    before: str
    died: tuple[str, ...] = ()
    rounds: int = 0
    fresh: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Everything together: what a report shows."""

    target: Target
    before: Pins
    outcome: Plan | NoPlan | Nothing
    diagnosis: Diagnosis | None = None
    closes: Closes | Skipped = field(default_factory=lambda: Skipped(why="nothing moved"))
    proof: Proof | Skipped = field(default_factory=lambda: Skipped(why="not asked for (--prove)"))
    runs: Runs | None = None
    tolerated: tuple[Conflict, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    warnings: tuple[Conflict, ...] = ()  # soft conflicts that the plan leaves: breaks that a run may meet

    @property
    def pins(self) -> tuple[str, ...]:
        """The answer: one line a pin, the input's names, spelling, order and count."""
        moved = self.outcome.versions if isinstance(self.outcome, Plan) else {}
        return tuple(_line(entry, self, moved) for entry in self.before.entries)

    @property
    def misfits(self) -> tuple[Misfit, ...]:
        """What of the log does not fit the pins."""
        return self.diagnosis.misfits if self.diagnosis else ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The moves of the plan; none where there is no plan."""
        return self.outcome.changes if isinstance(self.outcome, Plan) else ()

    @property
    def doubt(self) -> str | None:
        """Why the moves are not certain enough to be written into the user's files; None where they are."""
        if isinstance(self.outcome, Plan) and not self.outcome.optimal:
            return "the plan is not shown minimal"
        if self.changes and isinstance(self.closes, Skipped):
            return f"whether the plan closes is not known: {self.closes.why}"
        if isinstance(self.closes, Closes) and not self.closes.ok:
            return f"pip-tools refuses the plan: {self.closes.words}"
        if isinstance(self.proof, Proof):
            ran = self.proof.returncode
            return f"the run of the plan ended with {ran}" if ran else None
        for change in self.changes:
            if all(each.evidence is Evidence.HYPOTHESIS for each in change.because):
                return f"the move of {change.name} is a hypothesis"
            if (found := self.doubt_about(change)) is not None:
                return f"{found.question} is not known: {found.why}"
        return None

    def doubt_about(self, change: Change) -> Unknown | None:
        """The open question about a release that is moved to, if there is one."""
        return next((each for each in self.unknowns if each.release == change.key), None)


def _line(entry: Pin | Opaque, repair: Repair, moved: Mapping[NormalizedName, Version]) -> str:
    """A pin that stands twice moves in both places; one whose marker does not hold stays as it is."""
    if isinstance(entry, Opaque):
        return entry.text
    return entry.at(moved.get(entry.name, entry.version) if entry.holds(repair.target) else entry.version)


class Progress:
    """What a run tells about itself while it works; this one tells nothing. The command line replaces it."""

    def stage(self, text: str) -> None:
        """A stage begins."""

    def note(self, text: str) -> None:
        """Something that a person may want to know."""
