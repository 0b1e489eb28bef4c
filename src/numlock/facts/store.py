"""The store of facts: one SQLite file, compact, safe for two processes at once.

Nothing in it is precious: a file from another schema is emptied, a damaged one is thrown away. Where the place cannot
be written to, facts live in memory for the length of a run.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from numlock.places import store_path

SCHEMA = 3
LOCAL = "own "  # what aspects begin with that stay on this machine
_TABLES = (
    "CREATE TABLE page (idx TEXT, name TEXT, etag TEXT, modified TEXT, fetched REAL, fresh REAL, "
    "PRIMARY KEY (idx, name))",
    "CREATE TABLE release (idx TEXT, name TEXT, version TEXT, files BLOB, "
    "PRIMARY KEY (idx, name, version)) WITHOUT ROWID",
    "CREATE TABLE distribution (file TEXT, aspect TEXT, body BLOB, PRIMARY KEY (file, aspect)) WITHOUT ROWID",
    "CREATE TABLE run (identity TEXT PRIMARY KEY, body BLOB)",
    "CREATE TABLE answer (question TEXT PRIMARY KEY, words TEXT)",
)
_LATER_PAGE = (
    "INSERT INTO page VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (idx, name) DO UPDATE SET etag = excluded.etag, "
    "modified = excluded.modified, fetched = excluded.fetched, fresh = excluded.fresh "
    "WHERE excluded.fetched > page.fetched"
)
Row = tuple[Any, ...]
_Asked = TypeVar("_Asked", bound=Hashable)
_DAMAGED = object()
_AT_ONCE = 400  # that one query asks for: two variables each, of the 999 that the oldest SQLite takes
_WAIT = 30.0  # seconds for another process's transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is known of a project's page on one index. ``fetched`` in seconds since the epoch, ``fresh`` in seconds."""

    etag: str | None
    modified: str | None
    fetched: float
    fresh: float


class Store:
    """Pages by index and name, facts of distributions by file hash. One connection, one thread."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path if path is not None else store_path())
        self.note: str | None = None
        self._db = self._open()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return _connect(self.path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "lock" in str(error):
                    raise
                _replace(self.path)
                return _connect(self.path)
        except (OSError, sqlite3.Error) as error:
            self.note = f"the store {self.path} cannot be used ({error}); facts are not kept"
            return _connect(None)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; where the disk is full or the file turns bad, the run goes on without keeping."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self.note = f"the store {self.path} could not be written ({error})"
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def _rows(self, query: str, arguments: Iterable[object]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, tuple(arguments)).fetchall()
        except sqlite3.Error as error:
            self.note = f"the store {self.path} could not be read ({error})"
            return []

    def _unpacked(self, rows: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
        """Key to value; rows that are damaged are as good as absent."""
        values = {key: _unpack(body) for key, body in rows}
        if any(value is _DAMAGED for value in values.values()):
            self.note = f"the store {self.path} holds damaged rows"
        return {key: value for key, value in values.items() if value is not _DAMAGED}

    # --- pages ---------------------------------------------------------------------------------

    def pages(self, index: str, names: Iterable[str]) -> dict[str, Page]:
        """What is known of projects' pages on an index, by name; those that were never read are left out."""
        query = "SELECT name, etag, modified, fetched, fresh FROM page WHERE idx = ? AND name IN ({})"
        return {
            name: Page(etag=etag, modified=modified, fetched=fetched, fresh=fresh)
            for some in _in_turn(names)
            for name, etag, modified, fetched, fresh in self._rows(
                query.format(",".join("?" * len(some))), (index, *some)
            )
        }

    def put_page(self, index: str, name: str, page: Page, releases: Mapping[str, Any] | None) -> None:
        """Keep a page; ``releases`` (version to files as JSON values) None: they are as they were."""
        with self._transaction():
            values = (index, name, page.etag, page.modified, page.fetched, page.fresh)
            self._db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)", values)
            if releases is not None:
                self._db.execute("DELETE FROM release WHERE idx = ? AND name = ?", (index, name))
                rows = ((index, name, version, _pack(files)) for version, files in releases.items())
                self._db.executemany("INSERT INTO release VALUES (?, ?, ?, ?)", rows)

    def releases(self, index: str, name: str) -> dict[str, Any]:
        """Version to files of a project on an index."""
        query = "SELECT version, files FROM release WHERE idx = ? AND name = ?"
        return self._unpacked(self._rows(query, (index, name)))

    def versions(self, index: str, name: str) -> list[str]:
        """The versions of a project on an index."""
        query = "SELECT version FROM release WHERE idx = ? AND name = ?"
        return [version for (version,) in self._rows(query, (index, name))]

    def files(self, index: str, asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        """The files of releases, by name and version, as far as an index is known to have them."""
        query = (
            "WITH asked (name, version) AS (VALUES {}) SELECT release.name, release.version, files FROM asked "
            "CROSS JOIN release ON idx = ? AND release.name = asked.name AND release.version = asked.version"
        )
        rows: list[tuple[Any, ...]] = []
        for some in _in_turn(asked):
            values = [each for pair in some for each in pair]
            rows += self._rows(query.format(",".join(["(?, ?)"] * len(some))), (*values, index))
        return self._unpacked(((name, version), body) for name, version, body in rows)

    # --- distributions --------------------------------------------------------------------------

    def distributions(self, files: Iterable[str], aspect: str) -> dict[str, Any]:
        """What is known under one aspect of files, by their hash."""
        wanted = list(files)
        found: dict[str, Any] = {}
        for some in _in_turn(wanted):
            marks = ",".join("?" * len(some))
            query = f"SELECT file, body FROM distribution WHERE aspect = ? AND file IN ({marks})"  # noqa: S608
            found |= self._unpacked(self._rows(query, (aspect, *some)))
        return {file: found[file] for file in wanted if file in found}  # a damaged index gives others, too

    def put_distributions(self, facts: Mapping[str, Any], aspect: str) -> None:
        """Keep facts (JSON values) of files by their hash."""
        if facts:
            with self._transaction():
                rows = ((file, aspect, _pack(body)) for file, body in facts.items())
                self._db.executemany("INSERT OR REPLACE INTO distribution VALUES (?, ?, ?)", rows)

    # --- everything --------------------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        """Every page, release and distribution: the table's name, then its columns as JSON values.

        What was read of a project's own files, or follows from the rest, stays where it is.
        """
        yield from (("page", *row) for row in self._db.execute("SELECT * FROM page ORDER BY idx, name"))
        for table, rest in (("release", ""), ("distribution", f" WHERE aspect NOT LIKE '{LOCAL}%'")):
            for *key, body in self._db.execute(f"SELECT * FROM {table}{rest} ORDER BY 1, 2, 3"):  # noqa: S608
                if (value := _unpack(body)) is not _DAMAGED:
                    yield (table, *key, value)

    def put_rows(self, rows: Iterable[Row]) -> None:
        """Take in rows as :meth:`rows` gives them; of a page that is known already, the one that was fetched later."""
        with self._transaction():
            for table, *values in rows:
                if table == "page":
                    self._db.execute(_LATER_PAGE, values)
                else:
                    marks = ", ".join("?" * len(values))
                    packed = (*values[:-1], _pack(values[-1]))
                    self._db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", packed)  # noqa: S608

    # --- runs ------------------------------------------------------------------------------------

    def run(self, identity: str) -> Any:
        """How a run ended, as a JSON value, by what was run; None where it is not known."""
        rows = self._rows("SELECT identity, body FROM run WHERE identity = ?", (identity,))
        return self._unpacked(rows).get(identity)

    def put_run(self, identity: str, body: Any) -> None:
        """Keep how a run ended."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (identity, _pack(body)))

    # --- answers of tools ------------------------------------------------------------------------

    def remembered(self, question: str, ask: Callable[[], str]) -> str:
        """The answer to a question that stays the same; asked once."""
        for (words,) in self._rows("SELECT words FROM answer WHERE question = ?", (question,)):
            return str(words)
        words = ask()
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (question, words))
        return words


def _in_turn(asked: Iterable[_Asked]) -> Iterator[list[_Asked]]:
    """What is asked for, in as many parts as a query has room for, without doubles."""
    left = iter(dict.fromkeys(asked))
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _connect(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(path or ":memory:", timeout=_WAIT, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous = OFF")  # a store that a power cut damages is rebuilt
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA:
            _reset(db)
        for table in ("answer", "distribution", "page", "release", "run"):
            db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()  # noqa: S608
    except sqlite3.Error:
        db.close()
        raise
    return db


def _reset(db: sqlite3.Connection) -> None:
    """Empty a file of another schema, unless another process did so while this one waited."""
    db.execute("BEGIN EXCLUSIVE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA:
        tables = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (name,) in tables.fetchall():
            db.execute('DROP TABLE "{}"'.format(name.replace('"', '""')))
        for table in _TABLES:
            db.execute(table)
        db.execute(f"PRAGMA user_version = {SCHEMA}")
    db.execute("COMMIT")


def _replace(path: Path) -> None:
    """Put an empty store in the place of a damaged one; whoever has the old one open keeps that."""
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".facts-", suffix=".sqlite")
    os.close(handle)
    try:
        _connect(Path(fresh)).close()
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        os.replace(fresh, path)
    finally:
        Path(fresh).unlink(missing_ok=True)


def _pack(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)


def _unpack(body: bytes) -> Any:
    try:
        return json.loads(zlib.decompress(body))
    except (zlib.error, ValueError, TypeError):
        return _DAMAGED
