"""The extension modules of releases: a few small ones of each, read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from numlock.errors import OutOfReach
from numlock.facts.archive import Archive, Unreadable
from numlock.facts.binary.image import NotABinary
from numlock.facts.binary.links import FORMAT, interfaces, read_links
from numlock.facts.binary.rows import links_of, row_of
from numlock.facts.store import Store
from numlock.facts.transport import parallel
from numlock.model import File, Key, Links, Unknown

SUFFIXES = (".so", ".pyd")
_AT_ONCE = 4  # modules of a release that are read in one go
_MOST = 32  # modules of a release that are looked at
_ALTOGETHER = 12_000_000  # bytes of them in its wheel
_PACKED = 6_000_000  # bytes of a module in its wheel, beyond which it is not read
_UNPACKED = 24_000_000
SIZES = "compiled sizes"

Members = Callable[[File, Archive], Mapping[str, str]]


class Wanted(NamedTuple):
    """A release whose extension modules at ``paths`` (below site-packages) are asked for."""

    key: Key
    file: File
    identity: str
    paths: frozenset[str]


@dataclass(slots=True)
class _Job:
    wanted: Wanted
    tops: frozenset[str]  # of the packages whose interfaces are described
    left: list[str] = field(default_factory=list)
    found: list[Links] = field(default_factory=list)
    failed: Unknown | None = None

    @property
    def done(self) -> bool:
        """Nothing is left, or what was read tells of an interface whose releases are known."""
        told = any(each.tables or any(one.module in self.tops for one in each.types) for each in self.found)
        return self.failed is not None or not self.left or told


class LinkReader:
    """Reads extension modules by ranged reads, keeps what they say by the hash of their wheel."""

    def __init__(
        self, store: Store, archive: Callable[[File], Archive], members: Members, *, offline: bool
    ) -> None:
        self._store = store
        self._archive = archive
        self._members = members
        self._offline = offline

    def read(self, wanted: Iterable[Wanted]) -> dict[Key, tuple[Links, ...] | Unknown]:
        """The modules of each release, the smallest first, up to those that tell of a C interface."""
        tops = frozenset(each.top for each in interfaces(self._store.remembered))
        jobs = [_Job(each, tops) for each in wanted]
        self._set_sizes(jobs)
        while pending := [job for job in jobs if not job.done]:
            self._advance(pending)
        return {job.wanted.key: job.failed or tuple(job.found) for job in jobs}

    def _set_sizes(self, jobs: list[_Job]) -> None:
        """Which modules each release has to offer, by what reading them costs."""
        known = self._store.distributions((job.wanted.identity for job in jobs), SIZES)
        fresh = {}
        for job, found in parallel(self._sizes, [job for job in jobs if job.wanted.identity not in known]):
            if isinstance(found, str):
                job.failed = _unknown(job, found)
            else:
                fresh[job.wanted.identity] = found
        self._store.put_distributions(fresh, SIZES)
        for job in jobs:
            sizes = (known | fresh).get(job.wanted.identity, {})
            fitting = [path for path in job.wanted.paths if sizes.get(path, _PACKED) < _PACKED]
            ordered = sorted(fitting, key=lambda path: (sizes[path], path))
            sums = accumulate(sizes[path] for path in ordered)
            job.left = [path for path, read in zip(ordered, sums, strict=True) if read < _ALTOGETHER][:_MOST]

    def _sizes(self, job: _Job) -> dict[str, int] | str:
        if self._offline:
            return "offline, not in the store"
        try:
            archive = self._archive(job.wanted.file)
        except (Unreadable, OutOfReach) as error:
            return str(error)
        sizes = archive.sizes()
        members = self._members(job.wanted.file, archive)
        return {path: sizes[member] for path, member in members.items() if path.endswith(SUFFIXES)}

    def _advance(self, jobs: list[_Job]) -> None:
        """The next few modules of each release."""
        aspect = f"links {FORMAT}"
        chosen = [(job, job.left[:_AT_ONCE]) for job in jobs]
        rows = self._store.distributions((_row(job, path) for job, paths in chosen for path in paths), aspect)
        missing = [
            (job, lacking)
            for job, paths in chosen
            if (lacking := [path for path in paths if _row(job, path) not in rows])
        ]
        for (job, _), found in parallel(self._read, missing):
            if isinstance(found, str):
                job.failed = _unknown(job, found)
            else:
                rows |= {_row(job, path): row for path, row in found.items()}
                self._store.put_distributions({_row(job, path): row for path, row in found.items()}, aspect)
        for job, paths in chosen:
            job.left = job.left[_AT_ONCE:]
            known = ((path, rows[_row(job, path)]) for path in paths if _row(job, path) in rows)
            job.found += [links for path, row in known if (links := links_of(path, row))]

    def _read(self, work: tuple[_Job, list[str]]) -> dict[str, Any] | str:
        job, paths = work
        if self._offline:
            return "offline, not in the store"
        try:
            archive = self._archive(job.wanted.file)
            members = self._members(job.wanted.file, archive)
            names = {members[path]: path for path in paths}
            read = archive.read(names, _UNPACKED)
            return {names[name]: _links(names[name], data) for name, data in read}
        except (Unreadable, OutOfReach) as error:
            return str(error)


def _links(path: str, data: bytes) -> Any:
    try:
        return row_of(read_links(path, data))
    except NotABinary as error:
        return row_of(str(error))


def _row(job: _Job, path: str) -> str:
    return f"{job.wanted.identity} {path}"


def _unknown(job: _Job, why: str) -> Unknown:
    key = job.wanted.key
    return Unknown(release=key, question=f"which binaries {key} was built for", why=why)
