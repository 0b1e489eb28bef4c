"""A store on its way to another machine; what comes in may be anything."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.facts import Facts, Seen, Store, read_settings, scan
from numlock.facts.code import FORMAT, row_of
from numlock.facts.distribution import PATHS
from numlock.facts.portable import export_store, import_store
from numlock.facts.store import SCHEMA, Page
from numlock.judge import Break, breaks
from numlock.model import Key, Target
from support.binaries import for_numpy
from support.distributions import build_wheel

USER, NUMPY = map(canonicalize_name, ("user", "numpy"))
VERSIONS = {USER: Version("1.0"), NUMPY: Version("2.0.2")}
USES = "from user import fast\nfrom numpy import gone\n"
TAG = "cp311-cp311-manylinux_2_17_x86_64"
TARGET = Target(python=(3, 11), platform="manylinux_2_39_x86_64")
HEAD = ["numlock facts", SCHEMA]
FILE = ["a-1.0.whl", "https://example.org/a-1.0.whl", "ab" * 32, 10, ">=3.8", None, None, 1]
CODE = f"code {FORMAT} 3.10 linux"
SCANNED = row_of(
    scan("import os\ndef f(a, *, b=1): ...\n", "m", is_package=False, target=Target(python=(3, 10)))
)
BROKEN_USES = (
    3,
    ["os", 1],
    [3, 1, 5],
    ["os", "1", 5],
    ["os", 1, 16],
    ["os", 1, "5"],
    ["os", 1, 5, 0],
    ["os", 1, 5, [1, 2], [1]],
    ["os", 1, 5, 0, 0, [["os", "other", 0, "<", "1"]]],
)
DEMANDED = f"demands {FORMAT} 3.10 linux"
ROW = {"names": ["os.path", "os"], "modules": {"a": [[0], [1], ["b.*"]]}}
BROKEN_DEMANDS = (
    {"names": [1, "os"]},
    {"names": ["os"]},
    {"modules": {"a": [[-1], [1], []]}},
    {"modules": {"a": [[0], ["1"], []]}},
    {"modules": {"a": [[0], [1], [2]]}},
    {"modules": {"a": [[0], [1]]}},
    {"modules": [["a", [[0], [1], []]]]},
)
ASKED = {"questions": [["os.path", 0, 5]], "modules": {"a": [0]}}
BROKEN_ASKED = (
    {"questions": [["os.path", 3, 5]]},
    {"questions": [[1, 0, 5]]},
    {"questions": [["os.path", 0]]},
    {"modules": {"a": [1]}},
    {"modules": {"a": [-1]}},
    {"modules": {"a": ["0"]}},
    {"modules": ["a"]},
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "here.sqlite") as store:
        yield store


def fill(store: Store) -> None:
    page = Page(etag='"e"', modified=None, fetched=5.0, fresh=600.0)
    store.put_page("https://example.org", "a", page, {"1.0": [FILE]})
    store.put_distributions({"f1": ["b>1"], "f2": None}, "requires")
    store.put_distributions({"f1": ["a.py"]}, PATHS)
    store.put_distributions({"f1 a.py": SCANNED}, CODE)
    store.put_distributions({"f1 a.py": ["a.*"]}, f"{CODE} hooks")
    store.put_distributions({"f1": ROW, "f1 os": ASKED}, DEMANDED)
    store.put_distributions({"f1": {"a/fast.so": 12}}, "compiled sizes")
    store.put_distributions({"f1 a.py:3 0123456789abcdef": -1}, "line 2")
    store.put_run("a run", {"ok": True})


def carried(tmp_path: Path, rows: list[object], head: object = HEAD) -> str:
    path = tmp_path / "facts.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in (head, *rows))
    return str(path)


def test_there_and_back(tmp_path: Path, store: Store) -> None:
    fill(store)
    path = str(tmp_path / "facts.gz")
    count = export_store(store, path)
    with Store(tmp_path / "there.sqlite") as other:
        assert import_store(other, path) == (count, 0)
        assert list(other.rows()) == list(store.rows())
        assert other.run("a run") is None
        assert import_store(other, path) == (count, 0)
        assert list(other.rows()) == list(store.rows())


def test_another_machine_knows_without_a_network_what_this_one_knew(tmp_path: Path, store: Store) -> None:
    build_wheel(
        tmp_path, "user", "1.0", files={"user/__init__.py": USES, "user/fast.so": for_numpy(1, 0xD)}, tag=TAG
    )
    build_wheel(
        tmp_path, "numpy", "2.0.2", files={"numpy/__init__.py": "from numpy.a import *\n", "numpy/a.py": ""}
    )
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}

    def told(store: Store, *, offline: bool) -> tuple[tuple[Break, ...], object]:
        """What is known of two releases beside each other, and of a line of one."""
        read = read_settings(settings, default_index=lambda: "https://index.test/simple")
        facts = Facts(read, store, TARGET, offline=offline)
        names = frozenset(VERSIONS)
        found = breaks(["user"], facts.environment(VERSIONS), names, names)
        seen = Seen("user/__init__.py", 3, "from numpy import gone")
        return found, facts.places([(Key(USER, VERSIONS[USER]), seen)])

    here = told(store, offline=False)
    assert [str(each.symbol) for each in here[0]] == ["numpy.gone", "numpy.C ABI"]
    path = str(tmp_path / "facts.gz")
    count = export_store(store, path)
    with Store(tmp_path / "there.sqlite") as other:
        assert import_store(other, path) == (count, 0)
        assert told(other, offline=True) == here


def test_a_page_that_is_known_better_stays(tmp_path: Path, store: Store) -> None:
    fill(store)
    path = carried(tmp_path, [["page", "https://example.org", "a", '"old"', None, 4.0, 1.0]])
    import_store(store, path)
    page = store.pages("https://example.org", ["a"]).get("a")
    assert page is not None
    assert page.etag == '"e"'


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        ["answer", "question", "words"],
        ["run", "identity", {}],
        ["page", "i", "n", None, None, "soon", 1.0],
        ["page", "i", "n", None, None, 1.0],
        ["release", "i", "n", "not a version", [FILE]],
        ["release", "i", "n", "1.0", [FILE[:-1]]],
        ["release", "i", "n", "1.0", [["a.whl", "ssh://host/a.whl", *FILE[2:]]]],
        ["release", "i", "n", "1.0", 3],
        ["distribution", "f", "requires", "six"],
        ["distribution", "f", "requires", [1]],
        ["distribution", "f", PATHS, None],
        ["distribution", "f", CODE, {}],
        ["distribution", "f", CODE, {"n": [[]]}],
        *(["distribution", "f", CODE, SCANNED | {"u": json.dumps([use])}] for use in BROKEN_USES),
        *(["distribution", "f", DEMANDED, ROW | broken] for broken in BROKEN_DEMANDS),
        *(["distribution", "f os", DEMANDED, ASKED | broken] for broken in BROKEN_ASKED),
        ["distribution", "f", f"{CODE} hooks", "0"],
        ["distribution", "f", f"{CODE} hooks", [0]],
        ["distribution", "f", "compiled sizes", {"a.so": "1"}],
        ["distribution", "f", "compiled sizes", ["a.so"]],
        ["distribution", "f", "line 2", None],
        ["distribution", "f", "something else", []],
        ["distribution", 3, PATHS, []],
    ],
)
def test_rows_that_are_none_are_refused(tmp_path: Path, store: Store, row: object) -> None:
    assert import_store(store, carried(tmp_path, [row])) == (0, 1)
    assert list(store.rows()) == []


@pytest.mark.parametrize("head", [["numlock facts", SCHEMA + 1], ["other", SCHEMA], None, 3])
def test_files_of_another_kind(tmp_path: Path, store: Store, head: object) -> None:
    with pytest.raises(BadInput, match="no export"):
        import_store(store, carried(tmp_path, [], head))


@pytest.mark.parametrize("data", [b"", b"no gzip", gzip.compress(b"x" * 100)[:-9]])
def test_files_that_are_damaged(tmp_path: Path, store: Store, data: bytes) -> None:
    (tmp_path / "facts.gz").write_bytes(data)
    with pytest.raises(BadInput):
        import_store(store, str(tmp_path / "facts.gz"))


def test_a_file_that_unpacks_to_more_than_any_store(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numlock.facts.portable._WHOLE", 1000)
    with pytest.raises(BadInput, match="more than any store"):
        import_store(store, carried(tmp_path, [["page"]] * 1000))
