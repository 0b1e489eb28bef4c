"""Distributions read over a real server, in few and small reads."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from numlock.errors import OutOfReach
from numlock.facts.archive import MEMBER, TAIL, WHOLE, Archive, Unreadable, open_archive
from numlock.facts.distribution import describe
from numlock.facts.settings import IndexSettings
from numlock.facts.transport import Transport
from numlock.model import File
from support.distributions import build_sdist, build_wheel, noise
from support.index import Answer, Index

LARGE = 3_000_000
Opener = Callable[[Path], Archive]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "distributions"
    folder.mkdir()
    return folder


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    with Index(folder) as found:
        yield found


@pytest.fixture
def transport() -> Transport:
    return Transport(IndexSettings(indexes=(), retries=0, timeout=2.0))


@pytest.fixture
def opened(index: Index, transport: Transport) -> Opener:
    return lambda path: open_archive(transport, File(filename=path.name, url=index.file_url(path)))


def large_wheel(folder: Path, **files: str) -> Path:
    """A wheel with modules before and behind 3 MB that cannot be packed."""
    first = {"demo/__init__.py": "FIRST = 1\n", "demo/near.py": "NEAR = 1\n"}
    members: dict[str, str | bytes] = {
        **first,
        "demo/weights.bin": noise(LARGE),
        "demo/last.py": "LAST = 1\n",
        **files,
    }
    return build_wheel(folder, "demo", "1.0", files=members, requires=["numpy>=1.14"])


# --- wheels ----------------------------------------------------------------------------------------------


def test_a_large_wheel_is_described_with_few_bytes(
    index: Index, transport: Transport, opened: Opener, folder: Path
) -> None:
    path = large_wheel(folder)
    found = describe(opened(path), File(filename=path.name, url=""))
    assert found.requires == ("numpy>=1.14",)
    assert found.paths == ("demo/__init__.py", "demo/last.py", "demo/near.py")
    assert path.stat().st_size > LARGE
    assert transport.bytes == index.sent <= TAIL
    assert len(index.log) == 1


def test_a_module_far_from_the_end_costs_one_small_read(index: Index, opened: Opener, folder: Path) -> None:
    archive = opened(large_wheel(folder))
    before = index.sent
    assert dict(archive.read(["demo/__init__.py"])) == {"demo/__init__.py": b"FIRST = 1\n"}
    assert len(index.log) == 2
    assert index.sent - before < 1000


def test_modules_near_each_other_are_read_in_one_go(index: Index, opened: Opener, folder: Path) -> None:
    archive = opened(large_wheel(folder))
    found = dict(archive.read(["demo/near.py", "demo/last.py", "demo/__init__.py"]))
    assert {name: data[:3] for name, data in found.items()} == {
        "demo/near.py": b"NEA",
        "demo/last.py": b"LAS",
        "demo/__init__.py": b"FIR",
    }
    assert len(index.log) == 2  # the end, with the last module in it, and the two at the front


def test_modules_far_from_each_other_are_read_apart(index: Index, opened: Opener, folder: Path) -> None:
    between = noise(LARGE // 10)
    files: dict[str, str | bytes] = {"a.py": "A = 1", "x": between, "b.py": "B = 1", "y": between}
    archive = opened(build_wheel(folder, "demo", "1.0", files=files))
    assert dict(archive.read(["a.py", "b.py"])) == {"a.py": b"A = 1", "b.py": b"B = 1"}
    assert len(index.log) == 3
    assert index.sent < TAIL + 2000


def test_what_was_read_is_not_asked_for_again(index: Index, opened: Opener, folder: Path) -> None:
    archive = opened(large_wheel(folder))
    first = dict(archive.read(["demo/__init__.py"]))
    asked = len(index.log)
    assert dict(archive.read(["demo/__init__.py"])) == first
    assert len(index.log) == asked


def test_names_that_are_not_there_are_left_out(opened: Opener, folder: Path) -> None:
    archive = opened(large_wheel(folder))
    assert [name for name, _ in archive.read(["nope.py", "demo/last.py", "demo/last.py"])] == ["demo/last.py"]


def test_a_file_list_longer_than_the_tail(index: Index, opened: Opener, folder: Path) -> None:
    names = [f"demo/{'long' * 20}_{number}.py" for number in range(800)]
    archive = opened(build_wheel(folder, "demo", "1.0", files=dict.fromkeys(names, "X = 1\n")))
    assert set(names) <= set(archive.names)
    assert dict(archive.read(names[:1])) == {names[0]: b"X = 1\n"}
    assert all(seen.headers["range"] for seen in index.log)


def test_a_server_that_ignores_ranges_sends_the_file_once(index: Index, opened: Opener, folder: Path) -> None:
    index.ranges = False
    path = large_wheel(folder)
    archive = opened(path)
    assert dict(archive.read(["demo/__init__.py", "demo/last.py"])) == {
        "demo/__init__.py": b"FIRST = 1\n",
        "demo/last.py": b"LAST = 1\n",
    }
    assert (len(index.log), index.sent) == (1, path.stat().st_size)


def test_a_wheel_in_a_folder(transport: Transport, folder: Path) -> None:
    path = large_wheel(folder)
    archive = open_archive(transport, File(filename=path.name, url=path.as_uri()))
    assert dict(archive.read(["demo/near.py"])) == {"demo/near.py": b"NEAR = 1\n"}


@pytest.mark.parametrize("end", [0, 1, 1000, -1, -22, -2000])
def test_a_wheel_that_broke_off_is_unreadable(opened: Opener, folder: Path, end: int) -> None:
    path = large_wheel(folder)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(Unreadable):
        opened(path)


@pytest.mark.parametrize(
    "data",
    [b"<html>not found</html>", b"PK\x05\x06" + b"\xff" * 18, noise(200_000)],
    ids=["page", "end", "noise"],
)
def test_what_is_no_wheel_is_unreadable(opened: Opener, folder: Path, data: bytes) -> None:
    path = folder / "demo-1.0-py3-none-any.whl"
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="damaged"):
        opened(path)


def test_a_wheel_that_is_gone_is_unreadable(opened: Opener, folder: Path) -> None:
    with pytest.raises(Unreadable, match="answered 404"):
        opened(folder / "demo-1.0-py3-none-any.whl")


def test_a_server_that_answers_another_range_is_not_believed(
    index: Index, opened: Opener, folder: Path
) -> None:
    archive = opened(large_wheel(folder))
    index.first = [Answer(status=206, body=b"too little")]
    with pytest.raises(Unreadable, match="ranged reads"):
        list(archive.read(["demo/__init__.py"]))


def test_an_index_that_goes_down_is_out_of_reach(index: Index, opened: Opener, folder: Path) -> None:
    archive = opened(large_wheel(folder))
    index.stop()
    with pytest.raises(OutOfReach):
        list(archive.read(["demo/__init__.py"]))
    with pytest.raises(OutOfReach):
        opened(folder / "demo-1.0-py3-none-any.whl")


def test_a_huge_member_is_not_unpacked(index: Index, opened: Opener, folder: Path) -> None:
    files = {"demo/bomb.py": b"#" * (MEMBER + 1), "demo/large.py": b"#" * MEMBER}
    archive = opened(build_wheel(folder, "demo", "1.0", files=files))
    assert list(archive.read(["demo/bomb.py"])) == []
    assert len(dict(archive.read(["demo/large.py"]))["demo/large.py"]) == MEMBER
    assert index.sent < 100_000


def test_a_member_in_an_unusual_packing_is_left_out(opened: Opener, folder: Path) -> None:
    path = folder / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as wheel:
        wheel.writestr("demo.py", "X = 1\n")
    archive = opened(path)
    assert archive.names == ("demo.py",)
    assert list(archive.read(["demo.py"])) == []


@pytest.mark.parametrize("name", ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"])
def test_what_is_too_large_is_not_fetched_whole(
    index: Index, opened: Opener, folder: Path, name: str
) -> None:
    announced = {"Content-Length": str(WHOLE + 1), "Connection": "close"}
    index.answers[f"/files/{name}"] = Answer(headers=announced, body=b"x" * 1000)
    with pytest.raises(Unreadable, match="too large to be fetched whole"):
        opened(folder / name)


# --- source archives -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tgz", "zip"])
def test_a_source_archive_is_read_whole(
    index: Index, opened: Opener, folder: Path, kind: Literal["tar.gz", "tar.bz2", "tgz", "zip"]
) -> None:
    files: dict[str, str | bytes] = {
        "demo/__init__.py": "X = 1\n",
        "demo/picture.png": noise(50_000),
        "setup.py": "raise SystemExit\n",
    }
    path = build_sdist(folder, "demo", "1.0", files=files, requires=["six"], kind=kind)
    archive = opened(path)
    assert set(archive.names) == {
        "demo-1.0/PKG-INFO",
        "demo-1.0/demo/__init__.py",
        "demo-1.0/demo/picture.png",
        "demo-1.0/setup.py",
        "demo-1.0/demo.egg-info/PKG-INFO",
        "demo-1.0/demo.egg-info/SOURCES.txt",
        "demo-1.0/demo.egg-info/requires.txt",
    }
    wanted = ["demo-1.0/demo/__init__.py", "demo-1.0/demo.egg-info/requires.txt", "demo-1.0/nope.py"]
    assert dict(archive.read(wanted)) == {wanted[0]: b"X = 1\n", wanted[1]: b"six"}
    assert (len(index.log), index.sent) == (1, path.stat().st_size)


def test_a_huge_member_of_a_tar_is_listed_and_not_kept(opened: Opener, folder: Path) -> None:
    files = {"demo/bomb.py": b"#" * (MEMBER + 1), "demo/small.py": b"X = 1\n"}
    archive = opened(build_sdist(folder, "demo", "1.0", files=files))
    wanted = ["demo-1.0/demo/bomb.py", "demo-1.0/demo/small.py"]
    assert dict(archive.read(wanted)) == {wanted[0]: b"", wanted[1]: b"X = 1\n"}


def test_a_huge_module_of_a_zip_is_refused(opened: Opener, folder: Path) -> None:
    files = {"demo/bomb.py": b"#" * (MEMBER + 1)}
    with pytest.raises(Unreadable, match="larger than"):
        opened(build_sdist(folder, "demo", "1.0", files=files, kind="zip"))


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "zip"])
@pytest.mark.parametrize("end", [0, 10, -200])
def test_a_source_archive_that_broke_off_is_unreadable(
    opened: Opener, folder: Path, kind: Literal["tar.gz", "tar.bz2", "zip"], end: int
) -> None:
    path = build_sdist(folder, "demo", "1.0", files={"demo.py": noise(5000)}, kind=kind)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(Unreadable, match="damaged"):
        opened(path)


def test_a_source_archive_that_is_gone_is_unreadable(opened: Opener, folder: Path) -> None:
    with pytest.raises(Unreadable, match="answered 404"):
        opened(folder / "demo-1.0.tar.gz")
