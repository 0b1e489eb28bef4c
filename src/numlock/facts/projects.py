"""Projects on the indexes: their pages, kept in the store, and their releases as a target sees them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.errors import OutOfReach
from numlock.facts.choose import NEVER_RELEASED, judge_release
from numlock.facts.index import ACCEPT, PAGE_BYTES, group, parse_page
from numlock.facts.settings import IndexSettings, redact
from numlock.facts.store import Page, Store
from numlock.facts.transport import TooLarge, Transport, local_path, parallel
from numlock.model import File, Fit, Key, Progress, Release, Target, Unknown

FRESH = 600.0  # seconds that a page is trusted where the index names no time of its own


class Projects:
    """Releases for one target. What is out of reach is an Unknown; where nothing at all can be had, OutOfReach.

    A release that no page lists was never released only where every index was asked, and lately: one that did not
    answer may have it, and so may one whose page was read before.

    ``patience``: seconds that a page which lists a release is trusted for it, whatever the index says.
    """

    def __init__(
        self,
        settings: IndexSettings,
        store: Store,
        target: Target,
        transport: Transport,
        *,
        offline: bool,
        progress: Progress,
        patience: float = 0.0,
    ) -> None:
        self._patience = patience
        self._settings = settings
        self._store = store
        self._target = target
        self._transport = transport
        self._offline = offline
        self._progress = progress
        self._checked: set[NormalizedName] = set()
        # Names of which some index told nothing, or nothing new, with the reason.
        self._unasked: dict[NormalizedName, str] = {}
        self._old: dict[NormalizedName, str] = {}
        self._by_key: dict[Key, Release | Unknown] = {}
        self._listed: dict[Key, tuple[File, ...]] = {}
        self._linked: tuple[File, ...] | None = None
        self._unlinked: str | None = None  # why a place of pip's find-links told nothing

    def releases(
        self, names: Iterable[NormalizedName]
    ) -> dict[NormalizedName, tuple[Release, ...] | Unknown]:
        """All releases of these projects, ascending, yanked and unfit ones included."""
        wanted = list(dict.fromkeys(names))
        self._refresh(wanted)
        return {name: self._all_releases(name) for name in wanted}

    def release_of(self, keys: Iterable[Key]) -> dict[Key, Release | Unknown]:
        """One release each; where none of its version exists, one that fits nothing and says so.

        A version with a local label that no index lists is read as its public version.
        """
        asked = list(dict.fromkeys(keys))
        wanted = [key for key in asked if key not in self._by_key]
        self._refresh(key.name for key in wanted)
        self._read_files(wanted)
        for key in wanted:
            self._by_key[key] = self._one_release(key)
        return {key: self._by_key[key] for key in asked}

    def newest(self, names: Iterable[NormalizedName]) -> Iterator[Key]:
        """What an installer would take of projects that are not pinned, where they have anything that fits."""
        wanted = list(dict.fromkeys(names))
        self._refresh(wanted)
        for name in wanted:
            taken = (
                each.key for each in self._stable(name) if each.fit is not Fit.NONE and each.yanked is None
            )
            yield from islice(taken, 1)

    def _stable(self, name: NormalizedName) -> Iterator[Release]:
        """The releases of a project that are no pre-releases, newest first; none where some may be missing."""
        if self._untold(name):
            return
        stored = (
            text for index in self._settings.indexes for text in self._store.versions(redact(index), name)
        )
        versions = {*map(_version, stored), *group(self._links(), name)}
        for version in sorted(versions, reverse=True):
            key = Key(name, version)
            found = None if version.is_prerelease else self.release_of([key])[key]
            if isinstance(found, Release):
                yield found

    def files_of(self, keys: Iterable[Key]) -> dict[Key, tuple[File, ...] | Unknown]:
        """All files of releases, for whatever target; none where an index knows the project but not the version."""
        asked = list(dict.fromkeys(keys))
        self._refresh(key.name for key in asked)
        self._read_files(asked)
        return {key: self._release_files(key) for key in asked}

    def _all_releases(self, name: NormalizedName) -> tuple[Release, ...] | Unknown:
        files = self._files(name)
        releases = tuple(
            judge_release(Key(name, version), files[version], self._target) for version in sorted(files)
        )
        why = self._untold(name)
        if why is None:
            return releases
        fitting = tuple(each for each in releases if each.fit is not Fit.NONE)
        return fitting or Unknown(release=None, question=f"which releases {name} has", why=why)

    def _one_release(self, key: Key) -> Release | Unknown:
        found = self._known_release(key)
        if not self._patience or not isinstance(found, Release) or found.obstacle != NEVER_RELEASED:
            return found
        self._checked.discard(key.name)
        self._refresh([key.name], patience=0.0)
        return self._known_release(key)

    def _known_release(self, key: Key) -> Release | Unknown:
        files = self._release_files(key)
        if isinstance(files, Unknown):
            return files
        release = judge_release(key, files, self._target)
        why = self._untold(key.name) if release.fit is Fit.NONE else None
        return release if why is None else _unknown(key, why)

    def _release_files(self, key: Key) -> tuple[File, ...] | Unknown:
        if key in self._listed:
            return self._listed[key]
        known = self._files(key.name)  # 1.0 is 1.0.0, and a local build stands for its public version
        files = known.get(key.version) or known.get(Version(key.version.public), ())
        why = self._untold(key.name) or self._old.get(key.name)
        if not files and why:
            return _unknown(key, why)
        if not known:
            return _unknown(key, "no index has a project of this name: it may come from elsewhere")
        return files

    def _untold(self, name: NormalizedName) -> str | None:
        """Why a project may have more files than are known; None where every index and place told."""
        self._links()
        return self._unasked.get(name) or self._unlinked

    def _read_files(self, keys: Iterable[Key]) -> None:
        """Have the stored files of releases that are spelled as they are pinned read in one go."""
        wanted = {(key.name, str(key.version)): key for key in keys if key not in self._listed}
        found = [self._store.files(redact(index), wanted) for index in self._settings.indexes]
        for spelled, key in wanted.items():
            rows = [known[spelled] for known in found if spelled in known]
            linked = group(self._links(), key.name).get(key.version, ())
            if rows or linked:
                self._listed[key] = _merged(rows, linked)

    def _files(self, name: NormalizedName) -> dict[Version, tuple[File, ...]]:
        """The stored files of a project."""
        stored: dict[Version, list[Any]] = {}
        for index in self._settings.indexes:
            for text, rows in self._store.releases(redact(index), name).items():
                stored.setdefault(_version(text), []).append(rows)
        linked = group(self._links(), name)
        versions = dict.fromkeys((*stored, *linked))
        return {found: _merged(stored.get(found, ()), linked.get(found, ())) for found in versions}

    # --- pages -----------------------------------------------------------------------------------

    def _refresh(self, names: Iterable[NormalizedName], *, patience: float | None = None) -> None:
        """See to it that the pages of these projects are known and fresh; remember where they are not.

        Raises OutOfReach where no index tells anything of any of them.
        """
        wanted = sorted(set(names) - self._checked)
        now, patience = time.time(), self._patience if patience is None else patience
        asked: list[tuple[str, NormalizedName, Page | None]] = []
        for index in self._settings.indexes:
            known = self._store.pages(redact(index), wanted)
            for name in wanted:
                page = known.get(name)
                if page is None or page.fetched + max(page.fresh, patience) < now:
                    asked.append((index, name, page))
        failures = self._fetch(asked)
        self._checked |= set(wanted)
        told = {(index, name) for index, name, page in asked if page is not None}
        for (index, name), reason in failures.items():
            (self._old if (index, name) in told else self._unasked).setdefault(name, str(reason))
        nothing = failures.keys() - told
        if nothing and len(nothing) == len(wanted) * len(self._settings.indexes):
            raise next(iter(failures.values()))

    def _fetch(
        self, asked: list[tuple[str, NormalizedName, Page | None]]
    ) -> dict[tuple[str, NormalizedName], OutOfReach]:
        if self._offline:
            hint = "run once without --offline"
            return {
                (index, name): OutOfReach(
                    "offline-no-facts",
                    f"the store knows nothing {'of' if page is None else 'new of'} {name}",
                    hint=hint,
                )
                for index, name, page in asked
            }
        if asked:
            self._progress.stage(f"asking {len(self._settings.indexes)} indexes for {len(asked)} pages")
        failures = {}
        for (index, name, _), found in parallel(self._fetch_page, asked):
            if isinstance(found, OutOfReach):
                failures[index, name] = found
            else:
                page, releases = found
                self._store.put_page(redact(index), name, page, releases)
        return failures

    def _fetch_page(
        self, asked: tuple[str, NormalizedName, Page | None]
    ) -> tuple[Page, dict[str, Any] | None] | OutOfReach:
        index, name, known = asked
        url = f"{index}/{name}/"
        headers = {"Accept": ACCEPT}
        if known is not None and known.etag:
            headers["If-None-Match"] = known.etag
        if known is not None and known.modified:
            headers["If-Modified-Since"] = known.modified
        try:
            response = self._transport.get(_index_file(url), headers, limit=PAGE_BYTES)
            fetched, fresh = time.time(), _max_age(response.headers.get("cache-control", ""))
            if response.status == 304 and known is not None:
                return Page(etag=known.etag, modified=known.modified, fetched=fetched, fresh=fresh), None
            page = Page(
                etag=response.headers.get("etag"),
                modified=response.headers.get("last-modified"),
                fetched=fetched,
                fresh=fresh,
            )
            if response.status in (404, 410):
                return page, {}
            if response.status != 200:
                return OutOfReach("index-refused", f"answered {response.status}", where=redact(url))
            files = parse_page(response.body, response.headers.get("content-type", ""), response.url)
            return page, _rows(group(files, name))
        except OutOfReach as error:
            return error
        except TooLarge as error:
            return OutOfReach("index-page", f"is too large: {error}", where=redact(url))

    def _links(self) -> tuple[File, ...]:
        """Files beside the indexes: folders and pages of pip's find-links, read once a run."""
        if self._linked is None:
            places = self._settings.find_links
            self._linked = tuple(file for place in places for file in self._linked_at(place))
        return self._linked

    def _linked_at(self, place: str) -> tuple[File, ...]:
        try:
            if self._offline and not _is_local(place):
                hint = "run once without --offline"
                raise OutOfReach("offline-no-facts", f"{redact(place)} is not asked", hint=hint)
            return find_links(self._transport, place)
        except OutOfReach as error:
            self._unlinked = self._unlinked or str(error)
            return ()


def find_links(transport: Transport, place: str) -> tuple[File, ...]:
    """The files that a find-links place lists: a local folder, a local page or an address; none where it is not there.

    Raises OutOfReach where that cannot be told.
    """
    if _is_local(place):
        path = local_path(place) if place.startswith("file:") else Path(place)
        if path.is_dir():
            return tuple(
                File(filename=each.name, url=each.resolve().as_uri(), size=each.stat().st_size)
                for each in sorted(path.iterdir())
                if each.is_file()
            )
        place = path.resolve().as_uri()
    try:
        response = transport.get(place, {"Accept": "text/html"}, limit=PAGE_BYTES)
    except TooLarge as error:
        raise OutOfReach("index-page", f"is too large: {error}", where=redact(place)) from error
    return parse_page(response.body, "text/html", response.url) if response.status == 200 else ()


def _unknown(key: Key, why: str) -> Unknown:
    return Unknown(release=key, question=f"whether {key} exists", why=why)


def _merged(stored: Iterable[list[Any]], linked: Iterable[File]) -> tuple[File, ...]:
    """The files of one release, those of the first index first; what lies beside the indexes is nearer."""
    merged: dict[str, File] = {}
    for rows in stored:
        for row in rows:
            if row[0] not in merged:
                merged[row[0]] = _file(row)
    return tuple((merged | {file.filename: file for file in linked}).values())


@lru_cache(maxsize=100_000)
def _version(text: str) -> Version:
    """One object for each version, so that two are compared in no time."""
    return Version(text)


def _is_local(place: str) -> bool:
    return "://" not in place or place.startswith("file:")


def _index_file(url: str) -> str:
    """A local index is a folder of folders, each with its page."""
    return f"{url}index.html" if url.startswith("file:") else url


def _max_age(cache_control: str) -> float:
    for part in cache_control.lower().split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.isdigit():
            return float(value)
    return FRESH


def _rows(releases: Mapping[Version, tuple[File, ...]]) -> dict[str, Any]:
    """Files as JSON values, for the store."""
    return {
        str(version): [
            [f.filename, f.url, f.sha256, f.size, f.requires_python, f.yanked, f.uploaded, int(f.metadata)]
            for f in files
        ]
        for version, files in releases.items()
    }


def _file(row: list[Any]) -> File:
    filename, url, sha256, size, requires_python, yanked, uploaded, metadata = row
    return File(
        filename=filename,
        url=url,
        sha256=sha256,
        size=size,
        requires_python=requires_python,
        yanked=yanked,
        uploaded=uploaded,
        metadata=bool(metadata),
    )
