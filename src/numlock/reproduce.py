"""Whether the pins, as they came, die as the log says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from numlock import diagnose, read
from numlock.model import Crash, Nothing, Pins, Proof, Skipped, Verdict
from numlock.model import Runs as Spent
from numlock.runs import Runs

_VOLATILE = re.compile(r"\S*[/\\]\S*|0x[0-9a-fA-F]+|\d{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How the pins ran as they came: the run itself, the crash in its output, and both in words."""

    ran: Proof | Skipped
    crash: Crash | None
    words: str
    spent: Spent

    @property
    def runs(self) -> bool:
        """Whether they ran."""
        return isinstance(self.ran, Proof) and self.ran.returncode == 0


def run_before(pins: Pins, crash: Crash | None, runs: Runs) -> Before:
    """Run the pins as they came, without those that cannot be installed."""
    start = time.monotonic()
    ran = runs.run(runs.installable(pins.versions()))
    died = crash_of(ran) if isinstance(ran, Proof) else None
    words = _told(ran, died, crash)
    spent = Spent(before=words, rounds=1, fresh=runs.fresh, seconds=time.monotonic() - start)
    return Before(ran=ran, crash=died, words=words, spent=spent)


def _told(ran: Proof | Skipped, died: Crash | None, crash: Crash | None) -> str:
    if isinstance(ran, Skipped):
        return f"were not run: {ran.why}"
    if ran.returncode == 0:
        return "run"
    if died is None:
        return f"end with exit code {ran.returncode}, without a crash"
    if crash is None:
        return f"die of {_short(died)}"
    return (
        "die as the log says"
        if same_crash(died, crash)
        else f"die otherwise than the log says, of {_short(died)}"
    )


def crash_of(ran: Proof) -> Crash | None:
    """The crash in the output of a run that failed."""
    return diagnose.parse(read.clean_log(ran.tail)) if ran.returncode != 0 else None


def same_crash(one: Crash, other: Crash) -> bool:
    """Whether two crashes are the same one, met at other paths."""
    return _fingerprint(one) == _fingerprint(other)


def _fingerprint(crash: Crash) -> tuple[str, str]:
    first = next((line for line in crash.message.splitlines() if line.strip()), "")
    return crash.error.rpartition(".")[2], _VOLATILE.sub("", first).strip()


def _short(crash: Crash) -> str:
    return f"{crash.error}: {crash.message.splitlines()[0] if crash.message else ''}"[:200].rstrip(": ")


def not_reproduced(before: Before, crash: Crash | None, *, replayed: bool) -> Nothing | None:
    """Why nothing is to be done: the pins run as they came. None where they do not, or where no crash is told.

    That ``replayed`` imports run says nothing of a crash that came later.
    """
    if crash is None or not before.runs or (replayed and not crash.at_import):
        return None
    why = "the crash does not reproduce: with these very pins the command runs in a fresh environment"
    return Nothing(verdict=Verdict.NOT_VERSIONS, why=why)
