"""Facts about releases, from a real index, from the store, and from neither."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.errors import Exit, OutOfReach
from numlock.facts import NEVER_RELEASED, Transports
from numlock.facts.library import Facts
from numlock.facts.settings import IndexSettings
from numlock.facts.store import Store
from numlock.model import Contents, Fit, Key, Progress, Release, Target, Unknown
from support.distributions import build_sdist, build_wheel, noise
from support.index import Answer, Index, digest, redirect

DEMO, OTHER, ABSENT = map(canonicalize_name, ("demo", "other", "absent"))
TARGET = Target(python=(3, 7), platform="manylinux_2_28_x86_64")


def key(text: str) -> Key:
    """``demo 1.0``."""
    name, _, version = text.partition(" ")
    return Key(canonicalize_name(name), Version(version))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "distributions"
    folder.mkdir()
    lines = ["numpy>=1.14", "typing-extensions ; python_version < '3.8'", "cupy ; extra == 'gpu'"]
    modules = {"demo/__init__.py": "X = 1\n", "demo/sub.py": "from demo import X\n"}
    build_wheel(folder, "demo", "1.0", files=modules, requires=lines)
    build_wheel(folder, "demo", "1.10", files=modules, requires=["numpy>=1.20"], requires_python=">=3.8")
    build_sdist(folder, "demo", "1.9", files=modules, requires=["numpy>=1.16"])
    build_wheel(folder, "other", "3.0", files={"other.py": "import demo\n"}, requires=["demo"])
    return folder


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    with Index(folder) as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "facts.sqlite") as found:
        yield found


def facts(
    store: Store,
    *indexes: str,
    find_links: Iterable[str] = (),
    offline: bool = False,
    target: Target = TARGET,
    progress: Progress | None = None,
    retries: int = 0,
    patience: float = 0.0,
) -> Facts:
    settings = IndexSettings(indexes=indexes, find_links=tuple(find_links), retries=retries, timeout=2.0)
    return Facts(settings, store, target, offline=offline, progress=progress, patience=patience)


@contextmanager
def aged(store: Store, seconds: float) -> Iterator[None]:
    """Let time pass for the pages of a store, and have it back."""
    now = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + seconds)
        yield


def released(found: Mapping[Key, Release | Unknown]) -> list[str]:
    """The releases among answers; the others are known to have never been released."""
    assert all(isinstance(each, Release) for each in found.values()), found
    return [
        str(each.key)
        for each in found.values()
        if isinstance(each, Release) and each.obstacle != NEVER_RELEASED
    ]


def listed(found: Mapping[NormalizedName, tuple[Release, ...] | Unknown], name: NormalizedName) -> list[str]:
    """The versions of a project's releases."""
    releases = found[name]
    assert not isinstance(releases, Unknown), releases
    return [str(release.key.version) for release in releases]


def needed(asked: Facts, text: str, *extras: str) -> list[str]:
    """The requirements of one release."""
    found = asked.needs([key(text)], {key(text).name: frozenset(extras)})[key(text)]
    assert not isinstance(found, Unknown), found
    return [f"{need.name}{need.requirement.specifier}" for need in found]


def why(found: object) -> str:
    assert isinstance(found, Unknown), found
    return found.why


# --- releases --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", ["json", "html"])
def test_releases_are_ascending_and_judged_for_the_target(index: Index, store: Store, pages: str) -> None:
    index.pages = "html" if pages == "html" else "json"
    found = facts(store, index.url).releases([DEMO])[DEMO]
    assert not isinstance(found, Unknown)
    assert [(str(each.key.version), each.fit) for each in found] == [
        ("1.0", Fit.WHEEL),
        ("1.9", Fit.SOURCE),
        ("1.10", Fit.NONE),
    ]
    assert found[2].obstacle == "it requires Python >=3.8, the target is 3.7"


def test_the_same_store_answers_for_another_target(index: Index, store: Store) -> None:
    facts(store, index.url).releases([DEMO])
    newer = facts(store, index.url, target=Target(python=(3, 12)))
    found = newer.release_of([key("demo 1.10")])[key("demo 1.10")]
    assert isinstance(found, Release)
    assert found.fit is Fit.WHEEL
    assert newer.traffic.requests == 0


def test_yanking_and_times_are_kept(index: Index, store: Store) -> None:
    name = "demo-1.0-py3-none-any.whl"
    index.yanked, index.uploaded = {name: "broken"}, {name: "2020-01-02T03:04:05Z"}
    facts(store, index.url).releases([DEMO])
    found = facts(store, index.url, offline=True).release_of([key("demo 1.0")])[key("demo 1.0")]
    assert isinstance(found, Release)
    assert (found.yanked, found.uploaded) == ("broken", "2020-01-02T03:04:05Z")
    assert found.file is not None
    assert (found.file.sha256, found.file.url) == (digest(index.folder / name), f"{index.host}/files/{name}")


def test_the_newest_release_is_what_an_installer_would_take(index: Index, store: Store, folder: Path) -> None:
    """No pre-release, none that is yanked or that fits another Python only; of what there is not, nothing."""
    for version, python in (("2.0", None), ("2.1", None), ("3.0", ">=3.8"), ("4.0b1", None)):
        build_wheel(folder, "lib", version, files={"lib.py": ""}, requires_python=python)
    index.yanked = {"lib-2.1-py3-none-any.whl": "broken"}
    asked = facts(store, index.url)
    assert list(asked.newest([NormalizedName("lib"), NormalizedName("absent"), DEMO])) == [
        key("lib 2.0"),
        key("demo 1.9"),
    ]


ABSENT_WHY = "no index has a project of this name: it may come from elsewhere"


def test_a_version_that_was_never_released(index: Index, store: Store) -> None:
    found = facts(store, index.url).release_of([key("demo 7.0")])[key("demo 7.0")]
    assert found == Release(key=key("demo 7.0"), fit=Fit.NONE, obstacle=NEVER_RELEASED)


def test_a_project_that_no_index_has(index: Index, store: Store) -> None:
    asked = facts(store, index.url)
    assert asked.releases([ABSENT]) == {ABSENT: ()}
    assert why(asked.release_of([key("absent 1.0")])[key("absent 1.0")]) == ABSENT_WHY


@pytest.mark.parametrize(
    ("asked", "filename"),
    [
        ("demo 1.0.0", "demo-1.0-py3-none-any.whl"),
        ("demo 1.0+cu111", "demo-1.0-py3-none-any.whl"),
        ("demo 2.0+cu111", "demo-2.0+cu111-py3-none-any.whl"),
        ("demo 2.0", "demo-2.0-py3-none-any.whl"),
    ],
    ids=["spelled otherwise", "an unlisted local build", "a listed local build", "beside a local build"],
)
def test_the_release_that_a_version_stands_for(
    index: Index, store: Store, folder: Path, asked: str, filename: str
) -> None:
    for version in ("2.0", "2.0+cu111"):
        build_wheel(folder, "demo", version, files={})
    found = facts(store, index.url).release_of([key(asked)])[key(asked)]
    assert isinstance(found, Release)
    assert found.key == key(asked)
    assert found.file is not None
    assert found.file.filename == filename


def test_answers_come_in_the_order_of_the_questions(index: Index, store: Store) -> None:
    keys = [key("other 3.0"), key("demo 1.9"), key("absent 1"), key("demo 1.0"), key("other 3.0")]
    asked = facts(store, index.url)
    assert list(asked.release_of(keys)) == keys[:4]
    assert list(asked.needs(keys, {})) == keys[:4]
    assert list(asked.contents(keys)) == keys[:4]
    assert list(asked.releases([OTHER, DEMO, OTHER])) == [OTHER, DEMO]


def test_a_page_is_asked_for_once_a_run(index: Index, store: Store) -> None:
    index.cache_control = "max-age=0"
    asked = facts(store, index.url)
    for _ in range(3):
        asked.releases([DEMO])
        asked.release_of([key("demo 1.0"), key("demo 1.9")])
    assert index.paths == ["/simple/demo/"]


def test_traffic_is_what_the_index_saw(index: Index, store: Store) -> None:
    asked = facts(store, index.url)
    assert asked.traffic == (0, 0)
    asked.contents([key("demo 1.0"), key("demo 1.9"), key("other 3.0")])
    assert asked.traffic == (len(index.log), index.sent)
    assert asked.traffic.requests == 5


def test_what_is_asked_of_indexes_is_told(index: Index, store: Store) -> None:
    told: list[str] = []

    class Telling(Progress):
        def stage(self, text: str) -> None:
            told.append(text)

    facts(store, index.url, progress=Telling()).needs([key("demo 1.0"), key("other 3.0")], {})
    assert told == ["asking 1 indexes for 2 pages", "reading 2 distributions"]
    facts(store, index.url, progress=Telling()).needs([key("demo 1.0"), key("other 3.0")], {})
    assert len(told) == 2


def test_a_page_that_moved_is_followed(index: Index, store: Store) -> None:
    index.answers["/old/demo/"] = redirect("/simple/demo/")
    asked = facts(store, f"{index.host}/old", retries=1)
    assert listed(asked.releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]
    assert needed(asked, "demo 1.9") == ["numpy>=1.16"]


# --- pages that grow old ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cache_control", [None, "max-age=3600", "public, Max-Age=3600", "no-transform"])
def test_a_fresh_page_is_not_asked_for(index: Index, store: Store, cache_control: str | None) -> None:
    index.cache_control = cache_control
    facts(store, index.url).releases([DEMO])
    again = facts(store, index.url)
    assert listed(again.releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]
    assert again.traffic.requests == 0
    assert len(index.log) == 1


def test_an_old_page_is_asked_for_with_its_etag(index: Index, store: Store) -> None:
    index.etags, index.cache_control = True, "max-age=0"
    facts(store, index.url).releases([DEMO])
    sent = index.sent
    for _ in range(2):
        assert listed(facts(store, index.url).releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]
    tags = [seen.headers.get("if-none-match") for seen in index.log]
    assert tags[0] is None
    assert tags[1] == tags[2] is not None
    assert index.sent == sent  # 304 has no body


def test_an_old_page_is_asked_for_with_its_date(index: Index, store: Store) -> None:
    date = "Thu, 01 Jan 2026 00:00:00 GMT"
    link = b'<a href="/files/demo-1.0-py3-none-any.whl">demo</a>'
    headers = {"Last-Modified": date, "Cache-Control": "max-age=0", "Content-Type": "text/html"}
    index.answers["/simple/demo/"] = Answer(headers=headers, body=link)
    facts(store, index.url).releases([DEMO])
    index.answers["/simple/demo/"] = Answer(status=304)
    assert listed(facts(store, index.url).releases([DEMO]), DEMO) == ["1.0"]
    assert [seen.headers.get("if-modified-since") for seen in index.log] == [None, date]


def test_a_page_that_did_not_change_is_fresh_again(index: Index, store: Store) -> None:
    index.etags, index.cache_control = True, "max-age=0"
    facts(store, index.url).releases([DEMO])
    index.cache_control = "max-age=3600"
    for _ in range(3):
        facts(store, index.url).releases([DEMO])
    assert len(index.log) == 2


def test_an_old_page_that_changed_is_read_anew(index: Index, store: Store, folder: Path) -> None:
    index.etags, index.cache_control = True, "max-age=0"
    facts(store, index.url).releases([DEMO])
    build_wheel(folder, "demo", "2.0", files={})
    (folder / "demo-1.9.tar.gz").unlink()
    assert listed(facts(store, index.url).releases([DEMO]), DEMO) == ["1.0", "1.10", "2.0"]


def test_a_project_that_went_away_is_gone(index: Index, store: Store) -> None:
    index.cache_control = "max-age=0"
    facts(store, index.url).releases([OTHER])
    (index.folder / "other-3.0-py3-none-any.whl").unlink()
    assert facts(store, index.url).releases([OTHER]) == {OTHER: ()}


# --- requirements ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metadata", [True, False], ids=["metadata apart", "metadata in the wheel"])
def test_requirements_that_hold_for_the_target(index: Index, store: Store, metadata: bool) -> None:
    index.metadata = metadata
    asked = facts(store, index.url)
    assert needed(asked, "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    assert needed(asked, "demo 1.0", "gpu") == ["numpy>=1.14", "typing-extensions", "cupy"]
    newer = facts(store, index.url, target=Target(python=(3, 12)))
    assert needed(newer, "demo 1.0") == ["numpy>=1.14"]


@pytest.mark.parametrize("pages", ["json", "html"])
def test_metadata_that_is_offered_apart_spares_the_wheel(index: Index, store: Store, pages: str) -> None:
    index.metadata, index.pages = True, "html" if pages == "html" else "json"
    facts(store, index.url).needs([key("demo 1.0")], {})
    assert index.paths == ["/simple/demo/", "/files/demo-1.0-py3-none-any.whl.metadata"]


def test_metadata_that_is_promised_and_not_there(index: Index, store: Store) -> None:
    index.metadata = True
    index.answers["/files/demo-1.0-py3-none-any.whl.metadata"] = Answer(status=404)
    assert needed(facts(store, index.url), "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    assert index.paths[-1] == "/files/demo-1.0-py3-none-any.whl"


def test_requirements_say_where_they_were_read(index: Index, store: Store, folder: Path) -> None:
    found = facts(store, index.url).needs([key("demo 1.0")], {})[key("demo 1.0")]
    assert not isinstance(found, Unknown)
    name = "demo-1.0-py3-none-any.whl"
    source = found[0].source
    assert (source.url, source.member) == (f"{index.host}/files/{name}", "METADATA")
    assert source.sha256 == digest(folder / name)
    assert found[0].release == key("demo 1.0")


def test_requirements_of_a_source_archive(index: Index, store: Store) -> None:
    assert needed(facts(store, index.url), "demo 1.9") == ["numpy>=1.16"]


def test_a_source_archive_that_does_not_state_its_requirements(
    index: Index, store: Store, folder: Path
) -> None:
    build_sdist(folder, "shy", "1.0", files={"shy.py": "", "setup.py": "raise SystemExit"}, egg_info=False)
    for asked in (facts(store, index.url), facts(store, index.url, offline=True)):
        found = asked.needs([key("shy 1.0")], {})[key("shy 1.0")]
        assert "not run" in why(found)
        assert isinstance(found, Unknown)
        assert found.release == key("shy 1.0")


def test_a_release_without_a_file_for_the_target_is_unknown(index: Index, store: Store) -> None:
    asked = facts(store, index.url)
    obstacle = "it requires Python >=3.8, the target is 3.7"
    assert why(asked.needs([key("demo 1.10")], {})[key("demo 1.10")]) == obstacle
    assert why(asked.contents([key("demo 1.10")])[key("demo 1.10")]) == obstacle
    assert why(asked.contents([key("absent 1")])[key("absent 1")]) == ABSENT_WHY


def test_a_distribution_is_read_once(index: Index, store: Store) -> None:
    first = facts(store, index.url)
    needed(first, "demo 1.0")
    first.contents([key("demo 1.0")])
    again = facts(store, index.url)
    assert needed(again, "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    again.contents([key("demo 1.0")])
    assert index.paths.count("/files/demo-1.0-py3-none-any.whl") == 1
    assert again.traffic.requests == 0


def test_facts_belong_to_the_file_and_not_to_its_name(index: Index, store: Store, folder: Path) -> None:
    index.cache_control = "max-age=0"
    needed(facts(store, index.url), "other 3.0")
    build_wheel(folder, "other", "3.0", files={}, requires=["six"])
    assert needed(facts(store, index.url), "other 3.0") == ["six"]


def test_files_without_hashes_are_told_apart(index: Index, store: Store) -> None:
    index.hashes = False
    asked = facts(store, index.url)
    assert needed(asked, "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    assert needed(asked, "other 3.0") == ["demo"]


# --- contents --------------------------------------------------------------------------------------------


def test_contents_of_wheels_and_source_archives(index: Index, store: Store) -> None:
    keys = [key("demo 1.0"), key("demo 1.9"), key("other 3.0")]
    found = facts(store, index.url).contents(keys)
    assert [each.paths for each in found.values() if isinstance(each, Contents)] == [
        frozenset({"demo/__init__.py", "demo/sub.py"}),
        frozenset({"demo/__init__.py", "demo/sub.py"}),
        frozenset({"other.py"}),
    ]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("bad-1.0-py3-none-any.whl", b"nonsense" * 100, "damaged"),
        ("bad-1.0.tar.gz", b"nonsense" * 100, "damaged"),
        ("bad-1.0.zip", b"PK\x03\x04", "damaged"),
        ("bad-1.0-py3-none-any.whl", b"", "damaged"),
    ],
    ids=["wheel", "tar", "zip", "an empty wheel"],
)
def test_a_damaged_distribution_is_unknown_and_spoils_nothing_else(
    index: Index, store: Store, folder: Path, name: str, data: bytes, words: str
) -> None:
    (folder / name).write_bytes(data)
    asked = facts(store, index.url)
    found = asked.contents([key("bad 1.0"), key("other 3.0")])
    assert words in why(found[key("bad 1.0")])
    assert isinstance(found[key("other 3.0")], Contents)
    assert words in why(asked.needs([key("bad 1.0")], {})[key("bad 1.0")])


def test_a_damaged_distribution_is_read_again_next_time(index: Index, store: Store, folder: Path) -> None:
    name = "/files/other-3.0-py3-none-any.whl"
    index.answers[name] = Answer(status=403)
    assert "403" in why(facts(store, index.url).contents([key("other 3.0")])[key("other 3.0")])
    del index.answers[name]
    assert isinstance(facts(store, index.url).contents([key("other 3.0")])[key("other 3.0")], Contents)


def test_the_environment_knows_who_installs_what(index: Index, store: Store, folder: Path) -> None:
    build_wheel(folder, "Pillow", "8.0", files={"PIL/__init__.py": "", "PIL/Image.py": ""})
    build_wheel(folder, "opencv-python", "4.5", files={"cv2/__init__.py": "", "cv2/cv2.abi3.so": b"ELF"})
    build_wheel(folder, "ns-one", "1.0", files={"ns/one.py": ""})
    build_wheel(folder, "ns-two", "1.0", files={"ns/two.py": ""})
    (folder / "broken-1.0.tar.gz").write_bytes(b"nonsense")
    pins = {"pillow": "8.0", "opencv-python": "4.5", "ns-one": "1.0", "ns-two": "1.0", "broken": "1.0"}
    found = facts(store, index.url).installed(
        {canonicalize_name(name): Version(version) for name, version in pins.items()}
    )
    assert found.providers("PIL.Image") == found.providers("PIL.Nothing") == ("pillow",)
    assert found.owner_of("PIL/Image.py") == found.owner_of("PIL/Plugin.py") == "pillow"
    assert found.owner_of("cv2/cv2.abi3.so") == "opencv-python"
    assert found.providers("ns") == ("ns-one", "ns-two")
    assert (found.owner_of("ns/two.py"), found.owner_of("ns/three.py")) == ("ns-two", None)
    assert found.providers("broken") == ("broken",)
    assert found.providers("numpy") == ()
    assert found.has_module(canonicalize_name("pillow"), "PIL.Image") is True
    assert found.has_module(canonicalize_name("pillow"), "PIL.Nothing") is False
    assert found.has_module(canonicalize_name("broken"), "broken") is None


# --- sources ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["demo 1.0", "demo 1.9"], ids=["wheel", "source archive"])
def test_the_text_of_modules(index: Index, store: Store, release: str) -> None:
    wanted = [(key(release), path) for path in ("demo/sub.py", "demo/nope.py", "demo/__init__.py")]
    found = facts(store, index.url).sources(wanted)
    assert found == dict(zip(wanted, ("from demo import X\n", None, "X = 1\n"), strict=True))


def test_the_text_of_modules_that_are_moved_on_installation(index: Index, store: Store, folder: Path) -> None:
    build_wheel(folder, "moved", "1.0", files={"moved-1.0.data/purelib/moved.py": "A = 1\n"})
    build_sdist(folder, "moved", "2.0", files={"src/moved/__init__.py": "A = 2\n"})
    wanted = [(key("moved 1.0"), "moved.py"), (key("moved 2.0"), "moved/__init__.py")]
    assert list(facts(store, index.url).sources(wanted).values()) == ["A = 1\n", "A = 2\n"]


def test_sources_that_cannot_be_read_are_unknown(index: Index, store: Store, folder: Path) -> None:
    (folder / "bad-1.0-py3-none-any.whl").write_bytes(b"nonsense")
    wanted = [(key("bad 1.0"), "bad.py"), (key("demo 1.10"), "demo/sub.py"), (key("other 3.0"), "other.py")]
    found = facts(store, index.url).sources(wanted)
    assert "damaged" in why(found[wanted[0]])
    assert why(found[wanted[1]]) == "no file of it can be read"
    assert found[wanted[2]] == "import demo\n"


def test_one_module_of_a_large_wheel_is_read_with_few_bytes(index: Index, store: Store, folder: Path) -> None:
    files: dict[str, str | bytes] = {"big/__init__.py": "X = 1\n", "big/weights.bin": noise(3_000_000)}
    build_wheel(folder, "big", "1.0", files=files)
    asked = facts(store, index.url)
    wanted = (key("big 1.0"), "big/__init__.py")
    assert asked.sources([wanted]) == {wanted: "X = 1\n"}
    assert asked.traffic.bytes < 100_000


# --- offline ---------------------------------------------------------------------------------------------


def test_offline_the_store_alone_answers(index: Index, store: Store) -> None:
    keys = [key("demo 1.0"), key("demo 1.9"), key("other 3.0")]
    questions: list[Callable[[Facts], object]] = [
        lambda asked: asked.releases([DEMO, OTHER]),
        lambda asked: asked.release_of(keys),
        lambda asked: asked.contents(keys),
        lambda asked: [needed(asked, str(each)) for each in keys],
    ]
    index.cache_control = "max-age=0"
    online = [question(facts(store, index.url)) for question in questions]
    index.stop()
    asked = facts(store, index.url, offline=True)
    assert [question(asked) for question in questions] == online
    assert asked.traffic == (0, 0)


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("patience", [0.0, 1000.0])
def test_what_an_old_page_does_not_list_may_have_been_released_since(
    index: Index, store: Store, patience: float, *, offline: bool
) -> None:
    wanted = [key("demo 1.0"), key("demo 7.0")]
    index.cache_control = "max-age=60"
    assert released(facts(store, index.url).release_of(wanted)) == ["demo 1.0"]
    index.stop()
    assert released(facts(store, index.url, offline=offline).release_of(wanted)) == ["demo 1.0"]
    for old in (61, 2000):
        with aged(store, old):
            asked = facts(store, index.url, offline=offline, patience=patience)
            found = asked.release_of(wanted)
            assert isinstance(found[wanted[0]], Release)
            reason = "the store knows nothing new of demo" if offline else "index-unreachable"
            assert reason in why(found[wanted[1]])
            assert listed(asked.releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]
            assert reason in why(asked.files_of(wanted)[wanted[1]])


def test_what_an_index_does_not_have_another_that_is_down_may_have(
    index: Index, second: Index, store: Store, folder: Path
) -> None:
    """What is known holds; a file that would fit may be there, too, and what is newest is not known."""
    build_wheel(folder, "elsewhere", "1.0", files={}, tag="cp27-cp27m-win32")
    second.stop()
    asked = facts(store, index.url, second.url)
    wanted = [key("demo 1.0"), key("demo 7.0"), key("elsewhere 1.0"), key("absent 1.0")]
    found = asked.release_of(wanted)
    assert isinstance(found[wanted[0]], Release)
    assert all("index-unreachable" in why(found[each]) for each in wanted[1:])
    releases = asked.releases([DEMO, NormalizedName("elsewhere"), ABSENT])
    assert listed(releases, DEMO) == ["1.0", "1.9"]  # 1.10 has no file for the target
    assert all("index-unreachable" in why(releases[NormalizedName(each)]) for each in ("elsewhere", "absent"))
    assert list(asked.newest([DEMO])) == []


def test_what_indexes_do_not_have_find_links_that_are_down_may_have(
    index: Index, second: Index, store: Store
) -> None:
    second.stop()
    asked = facts(store, index.url, find_links=[f"{second.host}/links.html"])
    found = asked.release_of([key("demo 1.0"), key("demo 7.0")])
    assert isinstance(found[key("demo 1.0")], Release)
    assert "index-unreachable" in why(found[key("demo 7.0")])


def test_facts_for_several_targets_wait_for_a_silent_host_once(index: Index, store: Store) -> None:
    index.stop()
    transports = Transports()
    assert not transports.failed
    for target in (TARGET, replace(TARGET, python=(3, 9))):
        settings = IndexSettings(indexes=(index.url,), retries=0, timeout=2.0)
        with pytest.raises(OutOfReach) as caught:
            Facts(settings, store, target, transport=transports.of(settings)).releases([DEMO])
        assert transports.failed
    assert caught.value.__cause__ is None  # no connection was tried


def test_offline_without_facts_says_so(index: Index, store: Store) -> None:
    with pytest.raises(OutOfReach) as caught:
        facts(store, index.url, offline=True).releases([DEMO])
    assert (caught.value.reference, caught.value.exit) == ("offline-no-facts", Exit.OUT_OF_REACH)
    assert "demo" in str(caught.value)
    assert "without --offline" in str(caught.value)
    assert index.log == []


def test_offline_what_is_not_kept_is_unknown(index: Index, store: Store) -> None:
    facts(store, index.url).releases([DEMO])
    asked = facts(store, index.url, offline=True)
    demo = key("demo 1.0")
    assert "knows nothing of other" in why(asked.releases([DEMO, OTHER])[OTHER])
    assert "knows nothing of other" in why(asked.release_of([key("other 3.0")])[key("other 3.0")])
    assert "not in the store" in why(asked.contents([demo])[demo])
    assert "not in the store" in why(asked.needs([demo], {})[demo])
    assert "sources are not kept" in why(asked.sources([(demo, "demo/sub.py")])[demo, "demo/sub.py"])
    assert len(index.log) == 1


def test_facts_of_one_index_do_not_answer_for_another(index: Index, store: Store) -> None:
    facts(store, index.url).releases([DEMO])
    with pytest.raises(OutOfReach, match="knows nothing"):
        facts(store, "https://elsewhere.test/simple", offline=True).releases([DEMO])


# --- indexes that fail -----------------------------------------------------------------------------------


def test_an_index_that_is_down_is_out_of_reach(index: Index, store: Store) -> None:
    index.stop()
    with pytest.raises(OutOfReach) as caught:
        facts(store, index.url).releases([DEMO, OTHER])
    assert (caught.value.reference, caught.value.exit) == ("index-unreachable", Exit.OUT_OF_REACH)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=403),
        Answer(status=503),
        Answer(status=418),
        Answer(body=b"<html>", headers={"Content-Type": "application/json"}),
        Answer(body=b'{"meta": {"api-version": "2.0"}}', headers={"Content-Type": "application/json"}),
        Answer(headers={"Content-Length": "999999999", "Connection": "close"}),
    ],
    ids=["forbidden", "busy", "strange status", "no page", "another version", "too large"],
)
def test_a_page_that_cannot_be_had_spoils_nothing_else(index: Index, store: Store, answer: Answer) -> None:
    index.answers["/simple/demo/"] = answer
    asked = facts(store, index.url)
    found = asked.releases([DEMO, OTHER])
    assert why(found[DEMO])
    assert listed(found, OTHER) == ["3.0"]
    assert why(asked.release_of([key("demo 1.0")])[key("demo 1.0")])
    assert isinstance(asked.needs([key("demo 1.0")], {})[key("demo 1.0")], Unknown)
    del index.answers["/simple/demo/"]
    assert listed(facts(store, index.url).releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]


def test_where_nothing_can_be_had_the_run_ends(index: Index, store: Store) -> None:
    index.answers["/simple/demo/"] = Answer(status=403)
    with pytest.raises(OutOfReach, match="answered 403"):
        facts(store, index.url).releases([DEMO])


def test_a_page_is_asked_for_again_once_its_index_is_back(index: Index, store: Store) -> None:
    index.first = [Answer(status=503)]
    with pytest.raises(OutOfReach):
        facts(store, index.url).releases([DEMO])
    assert listed(facts(store, index.url).releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]


# --- several places --------------------------------------------------------------------------------------


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Index]:
    folder = tmp_path / "second"
    folder.mkdir()
    build_wheel(folder, "demo", "1.0", files={}, requires=["from-the-second"])
    build_wheel(folder, "demo", "5.0", files={})
    with Index(folder) as found:
        yield found


@pytest.mark.parametrize(
    ("turned", "expected"), [(False, "numpy>=1.14"), (True, "from-the-second")], ids=["one way", "the other"]
)
def test_two_indexes_are_merged_and_the_first_is_believed(
    index: Index, second: Index, store: Store, turned: bool, expected: str
) -> None:
    urls = [second.url, index.url] if turned else [index.url, second.url]
    asked = facts(store, *urls)
    assert listed(asked.releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10", "5.0"]
    assert needed(asked, "demo 1.0")[0] == expected


def test_one_index_answers_while_the_other_is_down(index: Index, second: Index, store: Store) -> None:
    index.stop()
    assert listed(facts(store, index.url, second.url).releases([DEMO]), DEMO) == ["1.0", "5.0"]


def test_a_login_is_sent_and_never_kept(index: Index, store: Store) -> None:
    index.login = ("user", "secret")
    url = index.url.replace("://", "://user:secret@")
    asked = facts(store, url)
    assert needed(asked, "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    assert all(seen.headers["authorization"].startswith("Basic ") for seen in index.log)
    (need, _) = asked.needs([key("demo 1.0")], {})[key("demo 1.0")]  # type: ignore[misc]
    assert "secret" not in need.source.url
    kept = store.releases(index.url, "demo")
    assert set(kept) == {"1.0", "1.9", "1.10"}
    assert "secret" not in json.dumps(kept)
    assert b"secret" not in store.path.read_bytes()


def test_a_login_in_a_page_is_not_shown(index: Index, store: Store) -> None:
    link = index.file_url(index.folder / "demo-1.9.tar.gz").replace("://", "://user:secret@")
    page = f'<a href="{link}">demo</a>'.encode()
    index.answers["/simple/demo/"] = Answer(headers={"Content-Type": "text/html"}, body=page)
    (need,) = facts(store, index.url).needs([key("demo 1.9")], {})[key("demo 1.9")]  # type: ignore[misc]
    assert need.source.url == f"{index.host}/files/demo-1.9.tar.gz"


def test_without_its_login_an_index_is_out_of_reach(index: Index, store: Store) -> None:
    index.login = ("user", "secret")
    with pytest.raises(OutOfReach, match="check credentials"):
        facts(store, index.url).releases([DEMO])


@pytest.mark.parametrize("spelled", ["path", "address"])
def test_a_folder_of_find_links_without_any_index(store: Store, folder: Path, spelled: str) -> None:
    (folder / "readme.txt").touch()
    place = str(folder) if spelled == "path" else folder.as_uri()
    asked = facts(store, find_links=[place])
    assert listed(asked.releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10"]
    assert needed(asked, "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    assert listed(facts(store, find_links=[place], offline=True).releases([OTHER]), OTHER) == ["3.0"]


def test_a_page_of_find_links(index: Index, store: Store) -> None:
    links = b'<a href="files/demo-1.9.tar.gz">x</a><a href="files/other-3.0-py3-none-any.whl">y</a>'
    index.answers["/links.html"] = Answer(headers={"Content-Type": "text/html"}, body=links)
    asked = facts(store, find_links=[f"{index.host}/links.html"])
    assert listed(asked.releases([DEMO]), DEMO) == ["1.9"]
    assert needed(asked, "other 3.0") == ["demo"]
    assert index.paths.count("/links.html") == 1


def test_a_local_page_of_find_links(store: Store, folder: Path) -> None:
    page = folder / "links.html"
    page.write_text('<a href="demo-1.9.tar.gz">x</a>', encoding="utf-8")
    asked = facts(store, find_links=[str(page)])
    assert listed(asked.releases([DEMO]), DEMO) == ["1.9"]
    assert needed(asked, "demo 1.9") == ["numpy>=1.16"]


def test_find_links_stand_beside_indexes(index: Index, second: Index, store: Store) -> None:
    asked = facts(store, index.url, find_links=[str(second.folder)])
    assert listed(asked.releases([DEMO]), DEMO) == ["1.0", "1.9", "1.10", "5.0"]


def test_find_links_that_are_not_there_cost_nothing(index: Index, store: Store, tmp_path: Path) -> None:
    places = [str(tmp_path / "nowhere"), f"{index.host}/nowhere", "http://127.0.0.1:9/"]
    assert listed(facts(store, index.url, find_links=places).releases([OTHER]), OTHER) == ["3.0"]


def test_offline_find_links_elsewhere_are_not_asked(index: Index, store: Store, folder: Path) -> None:
    links = b'<a href="files/demo-1.9.tar.gz">x</a>'
    index.answers["/links.html"] = Answer(headers={"Content-Type": "text/html"}, body=links)
    asked = facts(store, find_links=[f"{index.host}/links.html"], offline=True)
    assert f"{index.host}/links.html is not asked" in why(asked.releases([DEMO])[DEMO])
    assert index.log == []


def test_an_index_in_a_folder(store: Store, folder: Path) -> None:
    page = folder / "simple" / "demo" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<a href="../../demo-1.0-py3-none-any.whl">x</a>', encoding="utf-8")
    asked = facts(store, (folder / "simple").as_uri())
    assert listed(asked.releases([DEMO]), DEMO) == ["1.0"]
    assert needed(asked, "demo 1.0") == ["numpy>=1.14", "typing-extensions"]
    assert asked.releases([OTHER]) == {OTHER: ()}


def test_a_damaged_module_is_unknown(index: Index, store: Store, folder: Path) -> None:
    path = build_wheel(folder, "dented", "1.0", files={"dented.py": noise(2000).hex()})
    data = bytearray(path.read_bytes())
    data[200:204] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(data))
    (found,) = facts(store, index.url).sources([(key("dented 1.0"), "dented.py")]).values()
    assert isinstance(found, Unknown)
    assert "damaged" in found.why


def test_a_huge_module_is_unknown_and_spoils_no_other(index: Index, store: Store, folder: Path) -> None:
    build_wheel(folder, "huge", "1.0", files={"a.py": "X = 1\n", "b.py": "#" * 9_000_000})
    found = facts(store, index.url).sources([(key("huge 1.0"), "a.py"), (key("huge 1.0"), "b.py")])
    assert found[key("huge 1.0"), "a.py"] == "X = 1\n"
    assert isinstance(found[key("huge 1.0"), "b.py"], Unknown)
