"""The store of facts on a real disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from numlock.facts.store import Page, Store
from numlock.places import store_path

PAGE = Page(etag='"1"', modified="Thu, 01 Jan 2026 00:00:00 GMT", fetched=1000.0, fresh=600.0)
INDEX = "https://index.test/simple"
WRITER = """
import sys
from numlock.facts.store import Page, Store
path, mine = sys.argv[1:]
with Store(path) as store:
    for number in range(60):
        page = Page(etag=mine, modified=None, fetched=float(number), fresh=1.0)
        store.put_page("index", f"{mine}-{number}", page, {"1.0": [mine, number]})
        store.put_page("index", "shared", page, {f"{n}.0": [mine] for n in range(5)})
        store.put_distributions({f"{mine}-{number}": number, "shared": mine}, "paths")
    sys.exit(store.note)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a" / "b" / "facts.sqlite"


def fill(store: Store) -> None:
    store.put_page(INDEX, "demo", PAGE, {"1.0": [["demo-1.0.tar.gz", None]], "2.0": []})
    store.put_distributions({"abc": ["numpy>=1.14"], "def": None}, "requires")


def holds(store: Store) -> bool:
    return store.pages(INDEX, ["demo"]).get("demo") == PAGE and bool(store.distributions(["abc"], "requires"))


# --- keeping ---------------------------------------------------------------------------------------------


def test_facts_outlive_the_store_that_read_them(path: Path) -> None:
    with Store(path) as store:
        fill(store)
    with Store(path) as store:
        assert store.pages(INDEX, ["demo"]).get("demo") == PAGE
        assert store.releases(INDEX, "demo") == {"1.0": [["demo-1.0.tar.gz", None]], "2.0": []}
        assert store.distributions(["abc", "def", "ghi"], "requires") == {"abc": ["numpy>=1.14"], "def": None}
        assert store.note is None


def test_what_was_never_read_is_not_known(path: Path) -> None:
    with Store(path) as store:
        fill(store)
        assert store.pages(INDEX, ["other"]).get("other") is None
        assert store.pages("https://other.test", ["demo"]).get("demo") is None
        assert store.releases("https://other.test", "demo") == {}
        assert store.distributions(["abc"], "paths") == {}


def test_one_version_of_a_project(path: Path) -> None:
    with Store(path) as store:
        fill(store)
        assert store.files(INDEX, [("demo", "1.0")]) == {("demo", "1.0"): [["demo-1.0.tar.gz", None]]}
        assert store.files(INDEX, [("demo", "3.0")]) == {}


def test_a_new_page_replaces_the_old_one_and_its_releases(path: Path) -> None:
    with Store(path) as store:
        fill(store)
        new = Page(etag=None, modified=None, fetched=2000.0, fresh=0.0)
        store.put_page(INDEX, "demo", new, {"3.0": []})
        assert store.pages(INDEX, ["demo"]).get("demo") == new
        assert store.releases(INDEX, "demo") == {"3.0": []}


def test_a_page_that_did_not_change_keeps_its_releases(path: Path) -> None:
    with Store(path) as store:
        fill(store)
        store.put_page(INDEX, "demo", Page(etag="2", modified=None, fetched=2.0, fresh=0.0), None)
        assert set(store.releases(INDEX, "demo")) == {"1.0", "2.0"}


def test_more_distributions_than_one_query_holds(path: Path) -> None:
    facts = {f"file {number}": number for number in range(1200)}
    with Store(path) as store:
        store.put_distributions(facts, "paths")
        assert store.distributions(facts, "paths") == facts


def test_an_answer_is_asked_for_once(path: Path) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("asked")
        return f"answer {len(asked)}"

    for _ in range(2):
        with Store(path) as store:
            assert store.remembered("which index?", ask) == "answer 1"
            assert store.remembered("which index?", ask) == "answer 1"
    assert asked == ["asked"]


# --- two at once -----------------------------------------------------------------------------------------


def test_two_processes_write_at_once(path: Path) -> None:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), mine], env=environ, stderr=subprocess.PIPE)
        for mine in ("a", "b")
    ]
    assert [(writer.communicate(timeout=30)[1], writer.returncode) for writer in writers] == [(b"", 0)] * 2
    with Store(path) as store:
        for mine in ("a", "b"):
            assert store.releases("index", f"{mine}-59") == {"1.0": [mine, 59]}
            numbers = {f"{mine}-{number}": number for number in range(60)}
            assert store.distributions(numbers, "paths") == numbers
        last = store.pages("index", ["shared"]).get("shared")
        assert last is not None
        assert store.releases("index", "shared") == {f"{n}.0": [last.etag] for n in range(5)}


def test_two_stores_of_one_file_see_each_other(path: Path) -> None:
    with Store(path) as one, Store(path) as other:
        fill(one)
        assert holds(other)


# --- files that cannot be used as they are ---------------------------------------------------------------


def garble(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 500)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def overwrite(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * (len(data) - 100))


def lose_a_table(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("DROP TABLE release")
    db.commit()
    db.close()


@pytest.mark.parametrize("damage", [garble, cut, overwrite, lose_a_table])
def test_a_damaged_file_is_built_anew(path: Path, damage: Callable[[Path], None]) -> None:
    with Store(path) as store:
        fill(store)
        store.put_distributions({str(number): "x" * number for number in range(500)}, "paths")
    damage(path)
    with Store(path) as store:
        assert not holds(store)
        fill(store)
        assert store.note is None
    with Store(path) as store:
        assert holds(store)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_empty_file_is_filled(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    with Store(path) as store:
        fill(store)
    with Store(path) as store:
        assert holds(store)


def test_a_file_of_another_schema_is_emptied(path: Path) -> None:
    with Store(path) as store:
        fill(store)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.execute('CREATE TABLE "of the ""future""" (x)')
    db.commit()
    db.close()
    with Store(path) as store:
        assert not holds(store)
        assert store.note is None
        fill(store)
    with Store(path) as store:
        assert holds(store)
    db = sqlite3.connect(path)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert tables == {"page", "release", "distribution", "answer", "run"}


def folder_in_its_place(path: Path) -> None:
    path.mkdir(parents=True)


def below_a_file(path: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    path.parent.touch()


def folder_without_rights(path: Path) -> None:
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("this user may write anywhere")
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o500)


@pytest.mark.parametrize("block", [folder_in_its_place, below_a_file, folder_without_rights])
def test_where_nothing_can_be_written_facts_live_in_memory(path: Path, block: Callable[[Path], None]) -> None:
    block(path)
    with Store(path) as store:
        assert str(path) in str(store.note)
        assert "not kept" in str(store.note)
        fill(store)
        assert holds(store)
    with Store(path) as store:
        assert not holds(store)


def test_a_locked_file_is_not_thrown_away(path: Path) -> None:
    with Store(path) as store:
        fill(store)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert holds(store)
        other.execute("ROLLBACK")
        other.close()
    with Store(path) as store:
        assert holds(store)


def test_a_table_lost_while_it_is_open_costs_facts_and_not_the_run(path: Path) -> None:
    with Store(path) as store:
        fill(store)
        lose_a_table(path)
        assert store.releases(INDEX, "demo") == {}
        assert "could not be read" in str(store.note)
        store.put_page(INDEX, "new", PAGE, {"1.0": []})
        assert "could not be written" in str(store.note)
        assert store.pages(INDEX, ["new"]).get("new") is None  # all or nothing
        assert holds(store)


# --- places ------------------------------------------------------------------------------------------------


def test_the_environment_names_the_place(tmp_path: Path) -> None:
    environ = {"NUMLOCK_STORE": str(tmp_path / "x.db"), "HOME": "/nowhere"}
    assert store_path(environ) == str(tmp_path / "x.db")


@pytest.mark.skipif(sys.platform != "linux", reason="the places of another system")
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HOME": "/home/me"}, "/home/me/.cache/numlock/facts.sqlite"),
        ({"HOME": "/home/me", "XDG_CACHE_HOME": "/cache"}, "/cache/numlock/facts.sqlite"),
        ({"HOME": "/home/me", "NUMLOCK_STORE": ""}, "/home/me/.cache/numlock/facts.sqlite"),
    ],
    ids=["home", "cache folder", "an empty name"],
)
def test_without_a_name_it_lies_in_the_cache_folder(environ: dict[str, str], expected: str) -> None:
    assert Path(store_path(environ)) == Path(expected)


def test_a_store_without_a_path_lies_at_the_default() -> None:
    with Store() as store:
        assert store.path == Path(os.environ["NUMLOCK_STORE"])
        assert store.path.exists()


def test_a_large_store_without_runs_opens_at_once(tmp_path: Path) -> None:
    path = tmp_path / "facts.sqlite"
    with Store(path) as store:
        store.put_distributions({str(number): [] for number in range(20_000)}, "paths")
        page = Page(etag=None, modified=None, fetched=0.0, fresh=0.0)
        store.put_page("index", "a", page, {f"{number}.0": [] for number in range(20_000)})
        store.remembered("question", lambda: "words")
    start = time.perf_counter()
    with Store(path):
        assert time.perf_counter() - start < 5  # joined with each other, these tables take minutes


def test_rows_that_nobody_asked_for_are_left_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a damaged index gives them: the file was copied while somebody wrote to it."""
    with Store(path) as store:
        store.put_distributions({"a": 1, "b": 2}, "paths")
        rows = store._rows("SELECT file, body FROM distribution", ())
        monkeypatch.setattr(store, "_rows", lambda query, arguments: rows)
        assert store.distributions(["b", "c"], "paths") == {"b": 2}
