"""What walks have shown is remembered, as long as nothing that it rests on is another."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.facts import Facts, Store, library, read_settings, walked
from numlock.facts.code import code_of
from numlock.facts.walked import Walk, Walked
from numlock.judge import Told, breaks
from numlock.model import Code, Passed, Target, Unknown, Unparsed
from support.distributions import build_wheel

USER, PROVIDER, BESIDE = map(canonicalize_name, ("user", "provider", "beside"))
TARGET = Target(python=(3, 10), platform="manylinux_2_39_x86_64")
USERS = {
    "user/__init__.py": "import beside\nfrom user import a, b\n",
    "user/a.py": "from provider import here\n",
}
USERS["user/b.py"] = "import beside\nbeside.x\n"


class Walks:
    """Walks through releases of a folder, each as of another day: all that they share is the store."""

    def __init__(self, folder: Path, store: Store) -> None:
        settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": "/dev/null"}
        self._settings = read_settings(settings, default_index=lambda: "https://index.test/simple")
        self._store = store

    def __call__(
        self, provider: str, *, told: Told | None = None, concerned: NormalizedName | None = None
    ) -> list[str]:
        """What is missing with a version of the provider."""
        facts = Facts(self._settings, self._store, TARGET)
        versions = {USER: Version("1.0"), PROVIDER: Version(provider), BESIDE: Version("1.0")}
        everything = frozenset(versions)
        some = frozenset({concerned}) if concerned else everything
        found = breaks(["user"], facts.environment(versions), some, everything, told=told or Told())
        facts.keep_walks()
        return [f"{each.member}:{each.line} {each.symbol}" for each in found]


@pytest.fixture
def walks(tmp_path: Path) -> Iterator[Walks]:
    build_wheel(tmp_path, "user", "1.0", files=USERS)
    build_wheel(tmp_path, "provider", "1.0", files={"provider/__init__.py": "here = __version__ = 1\n"})
    build_wheel(
        tmp_path, "provider", "1.1", files={"provider/__init__.py": "here = there = __version__ = 1\n"}
    )
    build_wheel(tmp_path, "provider", "2.0", files={"provider/__init__.py": "there = __version__ = 1\n"})
    build_wheel(tmp_path, "beside", "1.0", files={"beside.py": "x = 1\n"})
    with Store(tmp_path / "facts.sqlite") as store:
        yield Walks(tmp_path, store)


LOST = ["user/a.py:1 provider.here"]


def test_a_module_is_asked_again_where_what_it_uses_is_another(walks: Walks) -> None:
    assert [walks(version) for version in ("1.0", "2.0", "1.0", "2.0")] == [[], LOST, [], LOST]


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the modules use whose code is unpacked."""
    found: list[list[str]] = []

    def noting(row: object) -> Code | Unparsed:
        code = code_of(row)
        found.append([use.name for use in code.uses] if isinstance(code, Code) else [])
        return code

    monkeypatch.setattr("numlock.facts.modules.code_of", noting)
    return found


def test_what_stays_is_not_looked_at_again(walks: Walks, unpacked: list[list[str]]) -> None:
    walks("1.0")
    assert walks("1.0") == []
    assert unpacked == []
    assert walks("2.0") == LOST
    assert unpacked == [["provider.here"]]  # the one that uses what moved; that itself is new


def test_what_finds_all_that_it_asks_for_is_told_without_its_code(
    walks: Walks, unpacked: list[list[str]]
) -> None:
    walks("1.0")
    assert walks("1.1") == [] == walks("1.0")
    assert unpacked == []


def test_where_part_of_what_was_kept_is_gone_the_code_is_asked(walks: Walks, tmp_path: Path) -> None:
    walks("1.0")
    with closing(sqlite3.connect(tmp_path / "facts.sqlite", isolation_level=None)) as db:
        gone = db.execute("DELETE FROM distribution WHERE aspect LIKE 'demands %' AND file LIKE '% provider'")
        assert gone.rowcount == 1
    assert walks("2.0") == LOST


@pytest.mark.parametrize(
    ("source", "lost"),
    [
        ("if provider.__version__ >= '2':\n    provider.here\n", True),
        ("if provider.__version__ >= '2':\n    provider.there\nelse:\n    provider.here\n", False),
        ("if version('provider') >= '2':\n    beside.lost\n", True),
        ("if version('provider') >= '2':\n    raise ImportError\n", True),
        ("import user.old\nif user.old.NEW:\n    beside.lost\n", True),
    ],
)
def test_what_hangs_on_a_version_holds_beside_that_version(
    walks: Walks, unpacked: list[list[str]], tmp_path: Path, source: str, lost: bool
) -> None:
    start = "import beside\nimport provider\nfrom importlib.metadata import version\n"
    old = "import provider\nNEW = provider.__version__ >= '2'\n"
    files = {"user/__init__.py": start + source, "user/old.py": old}
    build_wheel(tmp_path, "user", "1.0", files=files)
    assert [bool(walks(each)) for each in ("1.0", "2.0", "1.0", "2.0")] == [False, lost, False, lost]
    unpacked.clear()
    assert walks("1.0") == []
    assert unpacked == []


def test_a_version_that_another_package_compares_counts(walks: Walks, tmp_path: Path) -> None:
    build_wheel(
        tmp_path,
        "user",
        "1.0",
        files={"user/__init__.py": "import beside\nif beside.NEW:\n    import beside.lost"},
    )
    build_wheel(
        tmp_path, "beside", "1.0", files={"beside.py": "import provider\nNEW = provider.__version__ >= '2'\n"}
    )
    assert [bool(walks(each)) for each in ("1.0", "2.0", "1.0", "2.0")] == [False, True, False, True]


def test_a_version_that_only_its_metadata_names_counts_where_it_alone_is_concerned(
    walks: Walks, tmp_path: Path
) -> None:
    source = "from importlib.metadata import version\nif version('provider') >= '2':\n    raise ImportError\n"
    build_wheel(tmp_path, "user", "1.0", files={"user/__init__.py": source})
    assert [bool(walks(each, concerned=PROVIDER)) for each in ("1.0", "2.0", "1.0")] == [False, True, False]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (Told(gone=frozenset({"provider.here"})), LOST),
        (Told(gone=frozenset({"beside.x"})), ["user/b.py:2 beside.x"]),
    ],
    ids=str,
)
def test_what_a_log_saw_missing_counts_for_more(walks: Walks, told: Told, found: list[str]) -> None:
    assert walks("1.0") == []
    assert walks("1.0", told=told) == found
    assert walks("1.0") == []


def test_what_somebody_writes_is_written_by_nobody_else(walks: Walks) -> None:
    assert walks("2.0", told=Told(patched=frozenset({"provider.here"}))) == []
    assert walks("2.0") == LOST


def test_packages_that_did_not_matter_then_are_asked_about(walks: Walks) -> None:
    assert walks("2.0", concerned=BESIDE) == []
    assert walks("2.0", concerned=PROVIDER) == LOST
    assert walks("2.0") == LOST


def test_source_that_could_not_be_read_is_asked_for_again(
    walks: Walks, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = Unknown(release=None, question="what it contains", why="the line is down")
    with monkeypatch.context() as patched:
        patched.setattr(library.Facts, "sources", lambda _, wanted: dict.fromkeys(wanted, unread))
        assert walks("2.0") == []
    assert walks("2.0") == LOST


def test_another_numlock_looks_for_itself(walks: Walks, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(walked, "_logic", lambda: "one that sees nothing")
        patched.setattr("numlock.judge.api.Lookup.ask", lambda _, questions: [None for _ in questions])
        assert walks("2.0") == [] == walks("2.0")
    assert walks("2.0") == LOST


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("judge/lookup.py", True),
        ("facts/code/scan.py", True),
        ("facts/stdlib.json.gz", True),
        ("cli.py", False),
    ],
)
def test_what_makes_another_numlock(tmp_path: Path, path: str, counts: bool) -> None:
    package = Path(walked.__file__).parent.parent
    before = tmp_path / "before"
    after = tmp_path / "after"
    for copy in (before, after):
        shutil.copytree(package, copy)
    with (after / path).open("ab") as file:
        file.write(b"\n")
    assert (walked._logic(before) != walked._logic(after)) == counts


def test_what_is_kept_stays_small(tmp_path: Path) -> None:
    passed = Passed(follows=frozenset({(USER, "user.a")}), asks=frozenset({"user", "six"}))

    def walk(store: Store, day: int) -> tuple[Walked, Walk]:
        walked = Walked(store, TARGET)
        return walked, walked.of("a file", lambda top: f"{top} {day}")

    with Store(tmp_path / "facts.sqlite") as store:
        for day in range(20):
            walked, here = walk(store, day)
            here.keep("user", passed)
            walked.keep()
        known = [day for day in range(20) if walk(store, day)[1].passed("user") == passed]
        assert known == [*range(12, 20)]
        assert list(store.rows()) == []  # what would be exported
