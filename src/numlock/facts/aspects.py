"""Aspects of distributions, from the store or read now: what they require, and the paths that they install."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from numlock.errors import OutOfReach
from numlock.facts.archive import Unreadable
from numlock.facts.distribution import PATHS
from numlock.facts.opened import Opened, identity
from numlock.facts.store import Store
from numlock.facts.transport import parallel
from numlock.model import File, Key, Progress, Release, Unknown

ReleaseOf = Callable[[Iterable[Key]], Mapping[Key, Release | Unknown]]


class Aspects:
    """Answers in bulk; Unknown where a distribution cannot be read."""

    def __init__(
        self, release_of: ReleaseOf, store: Store, opened: Opened, progress: Progress, *, offline: bool
    ) -> None:
        self._release_of = release_of
        self._store = store
        self._opened = opened
        self._progress = progress
        self._offline = offline

    def of(self, keys: Iterable[Key], aspect: str) -> dict[Key, Any]:
        """One aspect, ``requires`` or ``PATHS``, of releases as JSON values."""
        releases = self._release_of(keys)
        files = {key: each.file for key, each in releases.items() if isinstance(each, Release) and each.file}
        known = self._store.distributions((identity(file) for file in files.values()), aspect)
        missing = {identity(file): file for file in files.values() if identity(file) not in known}
        failed = self._read_distributions(missing, aspect, known)
        return {
            key: known.get(identity(files[key]), failed.get(identity(files[key])))
            if key in files and (identity(files[key]) in known or identity(files[key]) in failed)
            else self._no_file(key, releases[key], aspect)
            for key in releases
        }

    def _no_file(self, key: Key, release: Release | Unknown, aspect: str) -> Unknown:
        if isinstance(release, Unknown):
            return release
        return Unknown(release=key, question=f"{aspect} of {key}", why=release.obstacle or "no file")

    def _read_distributions(
        self, missing: Mapping[str, File], aspect: str, known: dict[str, Any]
    ) -> dict[str, Unknown]:
        """Read what is missing; adds to ``known`` and to the store, returns what could not be read."""
        if self._offline:
            return {
                key: Unknown(
                    release=None, question=f"{aspect} of {file.filename}", why="offline, not in the store"
                )
                for key, file in missing.items()
            }
        if missing:
            self._progress.stage(f"reading {len(missing)} distributions")
        failed: dict[str, Unknown] = {}
        kept: dict[str, dict[str, Any]] = {"requires": {}, PATHS: {}}
        jobs = [(key, file, aspect) for key, file in missing.items()]
        for (key, file, _), found in parallel(self._read, jobs):
            if isinstance(found, str):
                failed[key] = Unknown(release=None, question=f"{aspect} of {file.filename}", why=found)
            else:
                for each, value in found.items():
                    kept[each][key] = value
        for each, facts in kept.items():
            self._store.put_distributions(facts, each)
        known |= kept[aspect]
        return failed

    def _read(self, job: tuple[str, File, str]) -> dict[str, Any] | str:
        """What a distribution says under an aspect, and besides; the reason where it cannot be read."""
        _, file, aspect = job
        try:
            return self._opened.requires(file) if aspect == "requires" else self._opened.described(file)
        except (Unreadable, OutOfReach) as error:
            return str(error)
