"""Runs of sets of pins: each is made once for the same target, pins and command; what is known is not run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Facts
from numlock.model import Fit, Key, Progress, Proof, Release, Skipped, Target
from numlock.prove import Command, Prover

FORMAT = 1
Versions = Mapping[NormalizedName, Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is made of. ``project`` is a digest of the files that the command may depend on."""

    target: Target
    command: Command
    project: str | None = None

    def document(self, versions: Versions) -> dict[str, Any]:
        """What is run, as JSON values: the same for the same run, on any machine."""
        return {
            "format": FORMAT,
            "python": self.target.version,
            "platform": self.target.platform,
            "pins": [f"{name}=={version}" for name, version in sorted(versions.items())],
            "command": list(self.command.argv),
            "program": self.command.program,
            "project": self.project,
        }


def identity(document: Mapping[str, Any]) -> str:
    """What is run, in short."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


class Runs:
    """Runs of one command for one target. Without a ``prover`` only what is known can be told.

    ``known`` are runs made elsewhere, by identity. ``most`` bounds the bytes of files that all runs together install.
    """

    def __init__(
        self,
        facts: Facts,
        asked: Asked,
        prover: Prover | None,
        *,
        known: Mapping[str, Proof],
        most: int,
        allow_source: bool,
        progress: Progress,
    ) -> None:
        self.asked = asked
        self.fresh = 0
        self._facts = facts
        self._prover = prover
        self._known: dict[str, Proof | Skipped] = dict(known)
        self._most = most
        self._allow_source = allow_source
        self._progress = progress
        self._sizes: dict[str, int] = {}

    def run(self, versions: Versions) -> Proof | Skipped:
        """How a set of pins runs; Skipped with the reason where that is not known and cannot be found out."""
        found = self._recorded(versions)
        if found is None:
            found = self._obstacle(versions) or self._fresh(versions)
        return found

    def ahead(self, sets: Sequence[Versions], jobs: int) -> None:
        """Run several sets at once, so that asking for them costs nothing more."""
        wanted = [each for each in sets if self._recorded(each) is None and self._obstacle(each) is None]
        if self._prover is None or len(wanted) < 2:
            return
        self._say(wanted)
        with ThreadPoolExecutor(jobs) as pool:
            try:
                futures = [pool.submit(self._prover.run, each, self.asked.command) for each in wanted]
                for versions, future in zip(wanted, futures, strict=True):
                    self._keep(versions, future.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._prover.close()
                raise

    def installable(self, versions: Versions) -> dict[NormalizedName, Version]:
        """Without the pins that have no file for the target: what an installation that failed half-way leaves."""
        releases = self._releases(versions)
        return {
            name: version
            for name, version in versions.items()
            if (release := releases[Key(name, version)]) is None or release.fit is not Fit.NONE
        }

    def _recorded(self, versions: Versions) -> Proof | Skipped | None:
        name = identity(self.asked.document(versions))
        if name not in self._known and (body := self._facts.known_run(name)) is not None:
            self._known[name] = Proof(argv=self.asked.command.argv, **body)
        return self._known.get(name)

    def _fresh(self, versions: Versions) -> Proof | Skipped:
        assert self._prover is not None
        self._say([versions])
        return self._keep(versions, self._prover.run(versions, self.asked.command))

    def _say(self, sets: Sequence[Versions]) -> None:
        megabytes = sum(self._sizes.values()) / 1e6
        what = f"{len(sets)} sets of pins" if len(sets) > 1 else f"{len(sets[0])} pins"
        self._progress.stage(f"installing and running {what} ({megabytes:.0f} MB of files so far)")

    def _keep(self, versions: Versions, found: Proof | Skipped) -> Proof | Skipped:
        """Remember a run; what was skipped may be possible in another call, and is not stored."""
        document = self.asked.document(versions)
        self._known[identity(document)] = found
        if isinstance(found, Proof):
            self.fresh += 1
            body = {"returncode": found.returncode, "tail": found.tail, "seconds": found.seconds}
            self._facts.keep_run(identity(document), body)
        return found

    # --- what stands against a run -----------------------------------------------------------------

    def _obstacle(self, versions: Versions) -> Skipped | None:
        if self._prover is None:
            return Skipped(
                why="these pins were not run before, and nothing is run now (offline, or without --prove)"
            )
        return self._prover.obstacle() or self._unbuilt(versions) or self._too_large(versions)

    def unbuilt(self, versions: Versions) -> list[Key]:
        """The releases that would have to be built, where that is not allowed."""
        if self._allow_source:
            return []
        releases = self._releases(versions)
        return [key for key, each in releases.items() if each is not None and each.fit is Fit.SOURCE]

    def _unbuilt(self, versions: Versions) -> Skipped | None:
        built = self.unbuilt(versions)
        names = ", ".join(map(str, built[:5]))
        return Skipped(why=f"{names}: no wheel, and --allow-source was not given") if built else None

    def _too_large(self, versions: Versions) -> Skipped | None:
        sizes = self._sizes | {
            each.file.url: each.file.size or 0
            for each in self._releases(versions).values()
            if each is not None and each.file is not None
        }
        total = sum(sizes.values())
        if total > self._most:
            limit = f"{self._most / 1e6:.0f} MB (--max-download)"
            return Skipped(why=f"the files to install have {total / 1e6:.0f} MB, more than {limit}")
        self._sizes = sizes
        return None

    def _releases(self, versions: Versions) -> dict[Key, Release | None]:
        found = self._facts.release_of(Key(name, version) for name, version in versions.items())
        return {key: each if isinstance(each, Release) else None for key, each in found.items()}
