"""Pages of simple indexes."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import Exit, OutOfReach
from numlock.facts.index import ACCEPT, group, parse_page
from numlock.facts.settings import IndexSettings
from numlock.facts.transport import Transport
from numlock.model import File
from support.distributions import build_sdist, build_wheel
from support.index import Index, digest

URL = "https://index.test/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
DEMO = canonicalize_name("demo")
SHA = "0123456789abcdef" * 4


def json_page(*files: dict[str, Any], version: str = "1.0") -> bytes:
    return json.dumps({"meta": {"api-version": version}, "name": "demo", "files": files}).encode()


def from_json(**fields: Any) -> File:
    row = {"filename": "demo-1.0.tar.gz", "url": "https://files.test/demo-1.0.tar.gz", "hashes": {}, **fields}
    (file,) = parse_page(json_page(row), JSON, URL)
    return file


def from_html(attributes: str) -> File:
    (file,) = parse_page(f"<html><a {attributes}>demo</a></html>".encode(), "text/html", URL)
    return file


# --- pages as servers send them ------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_wheel(tmp_path, "demo", "1.0", files={"demo.py": ""}, requires_python=">=3.7, <4")
    build_sdist(tmp_path, "demo", "1.0", files={"demo.py": ""})
    build_wheel(tmp_path, "demo", "2.0", files={"demo.py": ""})
    return tmp_path


def fetch(index: Index) -> tuple[File, ...]:
    found = Transport(IndexSettings(indexes=())).get(f"{index.url}/demo/", {"Accept": ACCEPT}, limit=100_000)
    return parse_page(found.body, found.headers["content-type"], found.url)


@pytest.mark.parametrize("metadata", [True, False], ids=["with metadata apart", "without metadata apart"])
def test_a_page_says_the_same_as_json_and_as_html(folder: Path, metadata: bool) -> None:
    found = {}
    for pages in ("json", "html"):
        with Index(folder) as index:
            index.pages = "html" if pages == "html" else "json"
            index.metadata = metadata
            index.yanked = {"demo-2.0-py3-none-any.whl": "wrong & <broken>", "demo-1.0.tar.gz": ""}
            found[pages] = [
                (
                    f.filename,
                    f.sha256,
                    f.requires_python,
                    f.yanked,
                    f.metadata,
                    f.url.removeprefix(index.host),
                )
                for f in fetch(index)
            ]
    assert found["json"] == found["html"]
    old, new = (folder / f"demo-{version}-py3-none-any.whl" for version in ("1.0", "2.0"))
    archive = folder / "demo-1.0.tar.gz"
    assert found["json"] == [
        (old.name, digest(old), ">=3.7, <4", None, metadata, f"/files/{old.name}"),
        (archive.name, digest(archive), None, "", False, f"/files/{archive.name}"),
        (new.name, digest(new), None, "wrong & <broken>", metadata, f"/files/{new.name}"),
    ]


def test_a_json_page_states_sizes_and_times(folder: Path) -> None:
    with Index(folder) as index:
        index.uploaded = {"demo-1.0.tar.gz": "2021-03-04T05:06:07.000000Z"}
        archive, wheel, _ = sorted(fetch(index), key=lambda file: (file.is_wheel, file.filename))
    assert archive.size == (folder / "demo-1.0.tar.gz").stat().st_size
    assert archive.uploaded == "2021-03-04T05:06:07.000000Z"
    assert wheel.uploaded is None


# --- json ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"url": "../../files/demo-1.0.tar.gz"}, "url", "https://index.test/files/demo-1.0.tar.gz"),
        ({"url": "/f/demo-1.0.tar.gz"}, "url", "https://index.test/f/demo-1.0.tar.gz"),
        ({"hashes": {"sha256": SHA}}, "sha256", SHA),
        ({"hashes": {"md5": "abc"}}, "sha256", None),
        ({"hashes": None}, "sha256", None),
        ({"yanked": True}, "yanked", ""),
        ({"yanked": "broken"}, "yanked", "broken"),
        ({"yanked": ""}, "yanked", ""),
        ({"yanked": False}, "yanked", None),
        ({}, "yanked", None),
        ({"requires-python": ">=3.8"}, "requires_python", ">=3.8"),
        ({"requires-python": ""}, "requires_python", None),
        ({"requires-python": None}, "requires_python", None),
        ({"size": 12}, "size", 12),
        ({"size": "12"}, "size", None),
        ({"core-metadata": True}, "metadata", True),
        ({"core-metadata": {"sha256": SHA}}, "metadata", True),
        ({"core-metadata": False, "data-dist-info-metadata": {"sha256": SHA}}, "metadata", False),
        ({"data-dist-info-metadata": {"sha256": SHA}}, "metadata", True),
        ({"dist-info-metadata": True}, "metadata", True),
        ({"dist-info-metadata": False}, "metadata", False),
        ({}, "metadata", False),
    ],
    ids=[
        "relative address",
        "address from the root",
        "sha256",
        "another hash",
        "no hashes",
        "yanked without a reason",
        "yanked with a reason",
        "yanked with an empty reason",
        "not yanked",
        "nothing about yanking",
        "requires-python",
        "empty requires-python",
        "null requires-python",
        "size",
        "a size in words",
        "metadata",
        "metadata with hash",
        "the new name of metadata beats the old",
        "metadata by its old name",
        "metadata by its oldest name",
        "no metadata",
        "nothing about metadata",
    ],
)
def test_a_file_of_a_json_page(fields: dict[str, Any], name: str, expected: object) -> None:
    assert getattr(from_json(**fields), name) == expected


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.99"])
def test_json_versions_that_are_read(version: str) -> None:
    assert parse_page(json_page(version=version), JSON, URL) == ()


def test_json_without_a_version_is_read() -> None:
    assert parse_page(b'{"files": []}', JSON, URL) == ()


@pytest.mark.parametrize(
    "body",
    [
        json_page(version="2.0"),
        json_page(version="10.0"),
        b"<html></html>",
        b"",
        b'{"files": [',
        b'{"name": "demo"}',
        b'{"files": 7}',
        b'{"files": [{"url": "https://files.test/x"}]}',
        b'{"files": [{"filename": "demo-1.0.tar.gz"}]}',
        b'{"files": [{"filename": "demo-1.0.tar.gz", "url": "http://[x"}]}',
        b"\xff\xfe\xfd",
        b"[" * 100_000,
    ],
    ids=[
        "the next version",
        "a version that only begins with 1",
        "html",
        "nothing",
        "broken off",
        "no files",
        "files are a number",
        "a file without a name",
        "a file without an address",
        "a broken address",
        "no text",
        "too deep",
    ],
)
def test_what_is_no_json_page_is_out_of_reach(body: bytes) -> None:
    with pytest.raises(OutOfReach) as caught:
        parse_page(body, JSON, "https://user:secret@index.test/simple/demo/")
    assert (caught.value.reference, caught.value.exit) == ("index-page", Exit.OUT_OF_REACH)
    assert caught.value.where == URL


# --- html ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "name", "expected"),
    [
        (f'href="demo-1.0.tar.gz#sha256={SHA}"', "sha256", SHA),
        (f'href="demo-1.0.tar.gz#sha256={SHA}"', "url", f"{URL}demo-1.0.tar.gz"),
        ('href="demo-1.0.tar.gz#md5=abc"', "sha256", None),
        ('href="demo-1.0.tar.gz#egg=demo"', "url", f"{URL}demo-1.0.tar.gz"),
        ('href="../../f/demo-1.0.tar.gz"', "url", "https://index.test/f/demo-1.0.tar.gz"),
        ('href="https://cdn.test/demo-1.0.tar.gz"', "url", "https://cdn.test/demo-1.0.tar.gz"),
        (
            'href="torch-1.8.0%2Bcu111-cp37-cp37m-linux_x86_64.whl"',
            "filename",
            "torch-1.8.0+cu111-cp37-cp37m-linux_x86_64.whl",
        ),
        ('href="demo-1.0.tar.gz?x=1"', "filename", "demo-1.0.tar.gz"),
        ('href="x" data-requires-python="&gt;=3.6"', "requires_python", ">=3.6"),
        ('href="x"', "requires_python", None),
        ('href="x" data-yanked', "yanked", ""),
        ('href="x" data-yanked=""', "yanked", ""),
        ('href="x" data-yanked="bad"', "yanked", "bad"),
        ('href="x"', "yanked", None),
        ('href="x" data-dist-info-metadata="sha256=abc"', "metadata", True),
        ('href="x" data-core-metadata="true"', "metadata", True),
        ('href="x" data-core-metadata="false"', "metadata", False),
        ('href="x"', "metadata", False),
        ("HREF='x.whl'", "filename", "x.whl"),
    ],
    ids=[
        "sha256",
        "the hash is no part of the address",
        "another hash",
        "an egg",
        "relative address",
        "another host",
        "a quoted local version",
        "a query",
        "requires-python",
        "no requires-python",
        "yanked without a value",
        "yanked with an empty reason",
        "yanked with a reason",
        "not yanked",
        "metadata by its old name",
        "metadata",
        "no metadata",
        "nothing about metadata",
        "capitals and single quotes",
    ],
)
def test_a_link_of_an_html_page(attributes: str, name: str, expected: object) -> None:
    assert getattr(from_html(attributes), name) == expected


def test_an_html_page_may_name_its_base() -> None:
    body = b'<html><head><base href="/files/"></head><a href="demo-1.0.tar.gz">x</a></html>'
    (file,) = parse_page(body, "text/html", URL)
    assert file.url == "https://index.test/files/demo-1.0.tar.gz"


def test_an_anchor_without_address_is_no_file() -> None:
    assert parse_page(b'<a name="top">x</a><a href="">y</a>', "text/html", URL) == ()


def test_an_html_page_of_another_version_is_out_of_reach() -> None:
    body = b'<html><head><meta name="pypi:repository-version" content="2.0"></head></html>'
    with pytest.raises(OutOfReach, match="repository version"):
        parse_page(body, "text/html", URL)


def test_an_html_page_of_a_later_minor_version_is_read() -> None:
    body = b'<meta name="pypi:repository-version" content="1.9"><a href="x.whl">x</a>'
    assert len(parse_page(body, "text/html", URL)) == 1


TEXT = st.text(max_size=20) | st.sampled_from(["demo-1.0.tar.gz", "demo-1-py3-none-any.whl", "http://[", "#"])
ROW = st.fixed_dictionaries(
    {"filename": TEXT, "url": TEXT},
    optional={
        "hashes": st.none() | st.dictionaries(st.sampled_from(["sha256", "md5"]), TEXT),
        "size": st.none() | st.integers() | TEXT,
        "requires-python": st.none() | TEXT,
        "yanked": st.booleans() | TEXT,
        "core-metadata": st.booleans() | st.dictionaries(TEXT, TEXT, max_size=1),
    },
)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(ROW, max_size=3))
def test_whatever_a_json_page_says_of_files_it_is_read_or_out_of_reach(rows: list[dict[str, Any]]) -> None:
    try:
        found = parse_page(json_page(*rows), JSON, URL)
    except OutOfReach:
        assume(False)
    assert [file.filename for file in found] == [row["filename"] for row in rows]
    assert {file for files in group(found, DEMO).values() for file in files} <= set(found)


# --- files by version --------------------------------------------------------------------------------


def grouped(*filenames: str) -> dict[str, list[str]]:
    files = [File(filename=name, url=f"https://files.test/{name}") for name in filenames]
    return {str(version): [f.filename for f in found] for version, found in group(files, DEMO).items()}


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("demo-1.0-py3-none-any.whl", "1.0"),
        ("demo-1.0-1-py3-none-any.whl", "1.0"),
        ("Demo-1.0-cp37-cp37m-manylinux_2_12_x86_64.manylinux2010_x86_64.whl", "1.0"),
        ("demo-1.0+cu111-py3-none-any.whl", "1.0+cu111"),
        ("demo-1.0rc1.tar.gz", "1.0rc1"),
        ("demo-1.0.zip", "1.0"),
        ("demo-1.0.tar.bz2", "1.0"),
        ("demo-1.0.tgz", "1.0"),
        ("Demo-1!2.0.post1.dev3.tar.gz", "1!2.0.post1.dev3"),
        ("demo-3.2.3-2.tar.gz", "3.2.3.post2"),
    ],
    ids=[
        "wheel",
        "wheel with a build number",
        "wheel with capitals and two tags",
        "wheel of a local version",
        "source archive of a candidate",
        "zip",
        "bz2",
        "tgz",
        "epoch, post and dev",
        "post, as it was written once",
    ],
)
def test_files_of_the_project(filename: str, version: str) -> None:
    assert grouped(filename) == {version: [filename]}


@pytest.mark.parametrize(
    "filename",
    [
        "other-1.0-py3-none-any.whl",
        "demo_extra-1.0-py3-none-any.whl",
        "demo-extra-1.0.tar.gz",
        "demo-1.0-py3.7.egg",
        "demo-1.0.win32-py2.7.exe",
        "demo-1.0.win-amd64.msi",
        "demo-1.0-1.noarch.rpm",
        "demo-1.0.tar.gz.asc",
        "demo-latest.tar.gz",
        "demo-latest-py3-none-any.whl",
        "demo-1.0.whl",
        "demo.tar.gz",
        "demo",
        "",
    ],
    ids=[
        "another project's wheel",
        "a wheel whose project begins alike",
        "a source archive whose project begins alike",
        "egg",
        "installer",
        "another installer",
        "rpm",
        "signature",
        "a source archive without a version",
        "a wheel without a version",
        "a wheel without tags",
        "no version at all",
        "a folder",
        "nothing",
    ],
)
def test_foreign_files_are_left_out(filename: str) -> None:
    assert grouped(filename) == {}


def test_versions_are_ascending_and_spelled_alike() -> None:
    found = grouped(
        "demo-1.10.tar.gz", "demo-1.9.tar.gz", "demo-1.9.0-py3-none-any.whl", "demo-1.10rc1.tar.gz"
    )
    assert found == {
        "1.9": ["demo-1.9.tar.gz", "demo-1.9.0-py3-none-any.whl"],
        "1.10rc1": ["demo-1.10rc1.tar.gz"],
        "1.10": ["demo-1.10.tar.gz"],
    }


def test_a_file_that_two_indexes_have_is_taken_from_the_first() -> None:
    files = [
        File(filename="demo-1.0.tar.gz", url=f"https://{host}.test/demo-1.0.tar.gz") for host in ("a", "b")
    ]
    (kept,) = group(files, DEMO)[Version("1.0")]
    assert kept.url == "https://a.test/demo-1.0.tar.gz"


PIECES = [
    *(b"<a href=", b'"', b">", b"<", b"<!", b"<![", b"<!--", b"<?", b"http://[", b"<base href="),
    *(b"[", b"]", b"{", b"}", b'{"files":', b"null", b"1", b'{"meta":null,"files":[]}', b'{"files":["x"]}'),
]


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=30).map(b"".join),
    st.sampled_from(["application/json", "text/html"]),
)
def test_no_bytes_make_a_page_raise_anything_else(body: bytes, kind: str) -> None:
    with suppress(OutOfReach):
        parse_page(body, kind, "https://index.test/simple/demo/")


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"files":[{"filename":"a","url":"b","hashes":[1]}]}'])
def test_json_that_is_no_page(body: bytes) -> None:
    with pytest.raises(OutOfReach):
        parse_page(body, "application/json", "https://index.test/simple/demo/")
