"""Requirements files: lines, pins, options, includes, and the error of each line that is none of those."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Opaque, Pin
from numlock.read.document import Document, exact
from numlock.read.requirements import parse_pins, read_requirements


def read(folder: Path, content: str | bytes) -> Document:
    path = folder / "requirements.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return exact(read_requirements(str(path)))


def pins(document: Document) -> list[Pin]:
    return [entry for entry in document.entries if isinstance(entry, Pin)]


def opaque(document: Document) -> list[Opaque]:
    return [entry for entry in document.entries if isinstance(entry, Opaque)]


def lines(document: Document) -> list[tuple[str, int | None]]:
    """Each pin as written, with the number of its line."""
    return [(pin.at(pin.version), pin.where.line) for pin in pins(document)]


def the_pin(line: str) -> Pin:
    (pin,) = parse_pins([line], "requirements.txt")
    assert isinstance(pin, Pin)
    return pin


def versions() -> st.SearchStrategy[str]:
    """Versions as people write them, with epoch, pre, post, dev and local parts."""
    number = st.integers(0, 2030).map(str)
    release = st.lists(number, min_size=1, max_size=4).map(".".join)
    local = st.lists(st.text("abc019", min_size=1, max_size=4), min_size=1, max_size=2).map(
        lambda parts: "+" + ".".join(parts)
    )
    return st.tuples(
        st.sampled_from(["", "", "", "1!"]),
        release,
        st.sampled_from(["", "", "a1", "b2", "rc3", "-RC1", ".alpha.4"]),
        st.sampled_from(["", "", ".post0", "-1", "post2"]),
        st.sampled_from(["", "", ".dev0", "dev7"]),
        st.just("") | local,
    ).map("".join)


def names() -> st.SearchStrategy[str]:
    return st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,12}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a==1\nb==2\n", [("a==1", 1), ("b==2", 2)], id="one pin a line, in file order"),
        pytest.param("b==2\na==1", [("b==2", 1), ("a==1", 2)], id="no newline at the end"),
        pytest.param("\n\n  \na==1\n\n", [("a==1", 4)], id="blank lines count but say nothing"),
        pytest.param("  a==1  \n", [("a==1", 1)], id="space around a line"),
        pytest.param("# b==2\n  # c==3\na==1\n", [("a==1", 3)], id="comment lines"),
        pytest.param("a==1 # via b\nb==2\t#c\n", [("a==1", 1), ("b==2", 2)], id="comments behind pins"),
        pytest.param("a==1\r\n\r\nb==2\r\n", [("a==1", 1), ("b==2", 3)], id="CRLF"),
        pytest.param("a==1\rb==2\r", [("a==1", 1), ("b==2", 2)], id="carriage returns alone"),
        pytest.param("a\\\n==1\nb==2\n", [("a ==1", 1), ("b==2", 3)], id="continued line: its first number"),
        pytest.param("a==1 \\\r\n  \r\nb==2\r\n", [("a==1", 1), ("b==2", 3)], id="continued line, CRLF"),
        pytest.param("a==1 \\", [("a==1", 1)], id="continued at the end of the file"),
        pytest.param("a==1 # why \\", [("a==1", 1)], id="continued comment at the end of the file"),
        pytest.param("a==1 \\\n# why\nb==2\n", [("a==1", 1), ("b==2", 3)], id="comment ends continuation"),
        pytest.param("# see \\\na==1\n", [("a==1", 2)], id="a comment does not continue"),
        pytest.param(b"\xef\xbb\xbfa==1\n", [("a==1", 1)], id="UTF-8 byte order mark"),
        pytest.param(
            b"\xff\xfe" + "a==1\r\nb==2".encode("utf-16-le"), [("a==1", 1), ("b==2", 2)], id="UTF-16"
        ),
        pytest.param(
            b"\xfe\xff" + "a==1\nb==2".encode("utf-16-be"), [("a==1", 1), ("b==2", 2)], id="UTF-16 BE"
        ),
        pytest.param(b"# caf\xe9\na==1\n", [("a==1", 2)], id="Latin-1 comment"),
        pytest.param("# café 日本\na==1\n", [("a==1", 2)], id="UTF-8 comment"),
        pytest.param("a==1\na==1\n", [("a==1", 1), ("a==1", 2)], id="duplicates are kept"),
    ],
)
def test_lines(tmp_path: Path, content: str | bytes, expected: list[tuple[str, int]]) -> None:
    assert lines(read(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("line", "name", "written", "text"),
    [
        pytest.param("torch==1.8.0", "torch", "1.8.0", ("torch==", ""), id="plain"),
        pytest.param(
            "SoundFile==0.10.3.post1", "soundfile", "0.10.3.post1", ("SoundFile==", ""), id="capitals"
        ),
        pytest.param("a_b.c--d==1", "a-b-c-d", "1", ("a_b.c--d==", ""), id="separators are one"),
        pytest.param("torch==1.8.0+cu111", "torch", "1.8.0+cu111", ("torch==", ""), id="local version"),
        pytest.param("a==1!2.0rc1", "a", "1!2.0rc1", ("a==", ""), id="epoch and release candidate"),
        pytest.param("a==v1.0-RC1", "a", "v1.0-RC1", ("a==", ""), id="odd spelling is kept"),
        pytest.param("a == 1.0", "a", "1.0", ("a == ", ""), id="space around =="),
        pytest.param("a==1.0 --no-binary a", "a", "1.0", ("a==", ""), id="an option that pip overlooks here"),
        pytest.param(
            "a==1 ; os_name == 'nt' --global-option='x y'",
            "a",
            "1",
            ("a==", " ; os_name == 'nt'"),
            id="and behind a marker",
        ),
        pytest.param("a===1.0", "a", "1.0", ("a===", ""), id="arbitrary equality"),
        pytest.param("a==1;os_name=='nt'", "a", "1", ("a==", ";os_name=='nt'"), id="marker, no space"),
        pytest.param(
            "a[x]==1 ; os_name=='nt'", "a", "1", ("a[x]==", " ; os_name=='nt'"), id="extra and marker"
        ),
        pytest.param("a [x, y] == 1", "a", "1", ("a [x, y] == ", ""), id="spaced extras"),
    ],
)
def test_pin(line: str, name: str, written: str, text: tuple[str, str]) -> None:
    pin = the_pin(line)
    assert (pin.name, pin.written, pin.text) == (name, written, text)
    assert pin.version == Version(written)
    assert pin.spelled == text[0].split("[")[0].split("=")[0].strip()


def test_extras_are_normalised() -> None:
    assert the_pin("celery[Redis,a_b]==5.0").extras == {"redis", "a-b"}
    assert the_pin("celery==5.0").extras == frozenset()


def test_marker_is_kept_as_a_condition() -> None:
    marker = the_pin('zipp==3.15.0 ; python_version < "3.8" and os_name == "posix"').marker
    assert marker is not None
    assert marker.evaluate({"python_version": "3.7", "os_name": "posix"})
    assert not marker.evaluate({"python_version": "3.8", "os_name": "posix"})
    assert the_pin("zipp==3.15.0").marker is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a==1 --hash=sha256:aa\n", ("sha256:aa",), id="on the line"),
        pytest.param("a==1 --hash sha256:aa\n", ("sha256:aa",), id="without an equals sign"),
        pytest.param(
            "a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha512:bb\n    # via b\n",
            ("sha256:aa", "sha512:bb"),
            id="on continued lines, as pip-compile writes them",
        ),
        pytest.param("a==1\n", (), id="none"),
    ],
)
def test_hashes(tmp_path: Path, content: str, expected: tuple[str, ...]) -> None:
    (pin,) = pins(read(tmp_path, content))
    assert pin.hashes == expected
    assert pin.at(pin.version) == "a==1"


def test_hashes_and_a_marker(tmp_path: Path) -> None:
    (pin,) = pins(read(tmp_path, "a==1 ; os_name == 'nt' \\\n  --hash=sha256:aa\n"))
    assert (pin.at(pin.version), pin.hashes) == ("a==1 ; os_name == 'nt'", ("sha256:aa",))


@pytest.mark.parametrize(
    ("line", "version", "expected"),
    [
        pytest.param("a==1.0", "2.0", "a==2.0", id="another version"),
        pytest.param("a==1.0", "1.0.0", "a==1.0", id="the same version spelled otherwise changes nothing"),
        pytest.param(
            "A_b[x] == 1.0 ; os_name=='nt'", "2", "A_b[x] == 2 ; os_name=='nt'", id="all else stays"
        ),
        pytest.param("torch==1.8.0+cu111", "1.8.0", "torch==1.8.0", id="a local version is another version"),
        pytest.param("a===1.0", "2.0", "a===2.0", id="arbitrary equality stays"),
        pytest.param("a==1.0-RC1", "1.0rc1", "a==1.0-RC1", id="own version in normal form"),
    ],
)
def test_line_at_a_version(line: str, version: str, expected: str) -> None:
    assert the_pin(line).at(Version(version)) == expected


@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param("-e .", None, id="editable, here"),
        pytest.param("-e ./pkg[dev]", None, id="editable folder with an extra"),
        pytest.param("--editable=../pkg", None, id="editable, long option"),
        pytest.param("-e git+https://x.test/y.git@abc#egg=Foo_Bar", "foo-bar", id="editable with an egg"),
        pytest.param("-e git+https://x.test/y#subdirectory=z&egg=foo", "foo", id="egg behind another field"),
        pytest.param("Foo_Bar @ file:///tmp/foo", "foo-bar", id="name @ file"),
        pytest.param("foo@https://x.test/foo.zip", "foo", id="name@address without spaces"),
        pytest.param("foo[x,y] @ git+https://x.test/foo", "foo", id="name[extras] @ address"),
        pytest.param("foo @ file:///f ; os_name == 'nt'", "foo", id="name @ file with a marker"),
        pytest.param("https://x.test/foo-1.0.tar.gz", None, id="address"),
        pytest.param("git+ssh://git@x.test/foo.git", None, id="repository"),
        pytest.param("./foo", None, id="folder below"),
        pytest.param("../foo", None, id="folder beside"),
        pytest.param("/opt/foo", None, id="absolute folder"),
        pytest.param(".", None, id="this folder"),
        pytest.param(r"C:\src\foo", None, id="Windows path"),
        pytest.param(r".\foo", None, id="Windows path below"),
        pytest.param("wheels/foo-1.0-py3-none-any.whl", None, id="wheel"),
        pytest.param("foo-1.0.tar.gz ; os_name == 'nt'", None, id="source archive with a marker"),
    ],
)
def test_lines_that_install_from_a_place(tmp_path: Path, line: str, name: str | None) -> None:
    document = read(tmp_path, f"a==1\n{line}\nb==2\n")
    (entry,) = opaque(document)
    assert (entry.text, entry.name, entry.where.line) == (line, name, 2)
    assert [type(each) for each in document.entries] == [Pin, Opaque, Pin]


def test_hash_of_an_archive_is_no_part_of_its_line(tmp_path: Path) -> None:
    (entry,) = opaque(read(tmp_path, "a==1\n./foo-1.0.zip --hash=sha256:aa\n"))
    assert entry.text == "./foo-1.0.zip"


@pytest.mark.parametrize(
    ("line", "option"),
    [
        pytest.param("-i https://x.test/simple", ("-i", "https://x.test/simple"), id="short"),
        pytest.param("-ihttps://x.test", ("-i", "https://x.test"), id="short, value attached"),
        pytest.param("--index-url https://x.test", ("--index-url", "https://x.test"), id="long"),
        pytest.param("--index-url=https://x.test?a=b", ("--index-url", "https://x.test?a=b"), id="equals"),
        pytest.param(
            "--extra-index-url https://x.test", ("--extra-index-url", "https://x.test"), id="extra index"
        ),
        pytest.param("--find-links 'my wheels'", ("--find-links", "my wheels"), id="quoted"),
        pytest.param("-f ./wheels # local", ("-f", "./wheels"), id="with a comment"),
        pytest.param("--no-index", ("--no-index", ""), id="no value"),
        pytest.param("--pre", ("--pre", ""), id="pre-releases"),
        pytest.param("--only-binary :all:", ("--only-binary", ":all:"), id="only binary"),
        pytest.param("-i https://${USER_1}@x.test", ("-i", "https://me@x.test"), id="variable that is set"),
        pytest.param(
            "-i https://${NOT_SET}@x.test", ("-i", "https://${NOT_SET}@x.test"), id="variable not set"
        ),
        pytest.param(
            "-i https://${lower}@x.test", ("-i", "https://${lower}@x.test"), id="lower case: no variable"
        ),
        pytest.param(
            "-i https://$USER_1@x.test", ("-i", "https://$USER_1@x.test"), id="no braces: no variable"
        ),
    ],
)
def test_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, option: tuple[str, str]) -> None:
    monkeypatch.setenv("USER_1", "me")
    monkeypatch.setenv("lower", "me")
    monkeypatch.delenv("NOT_SET", raising=False)
    document = read(tmp_path, f"{line}\na==1\n")
    assert document.options == (option,)
    assert lines(document) == [("a==1", 2)]


def test_options_keep_their_order_over_includes(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("--extra-index-url https://two.test\nb==2\n")
    document = read(tmp_path, "-i https://one.test\n-r base.txt\n--pre\na==1\n")
    assert [value or name for name, value in document.options] == [
        "https://one.test",
        "https://two.test",
        "--pre",
    ]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-r base.txt", id="short"),
        pytest.param("-rbase.txt", id="short, attached"),
        pytest.param("--requirement base.txt", id="long"),
        pytest.param("--requirement=base.txt", id="long, equals"),
        pytest.param("-r 'base.txt'  # shared", id="quoted, with a comment"),
        pytest.param("-r ./base.txt", id="dot"),
        pytest.param("-r ${BASE}.txt", id="variable"),
    ],
)
def test_included_pins_stand_where_they_are_included(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("BASE", "base")
    (tmp_path / "base.txt").write_text("# base\nb==2\n")
    document = read(tmp_path, f"a==1\n{line}\nc==3\n")
    assert [pin.name for pin in pins(document)] == ["a", "b", "c"]
    assert str(pins(document)[1].where) == f"{tmp_path / 'base.txt'}:2"
    assert document.options == ()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-c limits.txt", id="short"),
        pytest.param("-climits.txt", id="short, attached"),
        pytest.param("--constraint limits.txt", id="long"),
        pytest.param("--constraint=limits.txt", id="long, equals"),
    ],
)
def test_constraints_install_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "limits.txt").write_text("b==2\n-e git+https://x.test/c#egg=c\n")
    document = read(tmp_path, f"{line}\na==1\n")
    assert lines(document) == [("a==1", 2)]
    assert opaque(document) == []
    assert [str(each.where) for each in document.constraints] == [f"{tmp_path / 'limits.txt'}:1"]


def test_includes_are_relative_to_the_file_that_includes(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "one.txt").write_text("-r er/two.txt\n-r ../three.txt\nb==1\n")
    (tmp_path / "deep" / "er" / "two.txt").write_text("-c limits.txt\nc==1\n")
    (tmp_path / "deep" / "er" / "limits.txt").write_text("a==1\n")
    (tmp_path / "three.txt").write_text("d==1\n")
    document = read(tmp_path, "-r deep/one.txt\na==1\n")
    assert [pin.name for pin in pins(document)] == ["c", "d", "b", "a"]
    assert [each.name for each in document.constraints] == ["a"]


def test_absolute_include(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "base.txt").write_text("b==2\n")
    assert lines(read(tmp_path, f"-r {(elsewhere / 'base.txt').as_posix()}\n")) == [("b==2", 1)]


def test_a_file_may_be_included_twice(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("b==2\n")
    (tmp_path / "left.txt").write_text("-r base.txt\n")
    document = read(tmp_path, "-r base.txt\n-r left.txt\n")
    assert [pin.name for pin in pins(document)] == ["b", "b"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"requirements.txt": "a==1\n-r requirements.txt\n"}, id="itself"),
        pytest.param(
            {"requirements.txt": "a==1\n-r b.txt\n", "b.txt": "-r requirements.txt\n"}, id="in two steps"
        ),
        pytest.param(
            {"requirements.txt": "a==1\n-c b.txt\n", "b.txt": "-r requirements.txt\n"}, id="by -c and -r"
        ),
        pytest.param({"requirements.txt": "a==1\n-r b.txt\n", "b.txt": "-c b.txt\n"}, id="an included file"),
    ],
)
def test_include_cycle(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as caught:
        read_requirements(str(tmp_path / "requirements.txt"))
    assert caught.value.reference == "pins-include-themselves"
    assert str(tmp_path) in str(caught.value)


def test_include_cycle_over_another_spelling_of_the_path(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, f"a==1\n-r ../{tmp_path.name}/requirements.txt\n")
    assert caught.value.reference == "pins-include-themselves"


def test_twenty_levels_of_includes(tmp_path: Path) -> None:
    for level in range(20):
        (tmp_path / f"{level}.txt").write_text(f"-r {level + 1}.txt\na{level}==1\n")
    (tmp_path / "20.txt").write_text("b==2\n")
    found = pins(read_requirements(str(tmp_path / "0.txt")))
    assert [pin.name for pin in found] == ["b", *(f"a{level}" for level in reversed(range(20)))]


def test_included_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, "a==1\n-r gone.txt\n")
    assert caught.value.reference == "pins-missing"
    assert str(tmp_path / "gone.txt") in str(caught.value)


def test_error_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("# base\nb>=2\n")
    with pytest.raises(BadInput) as caught:
        read(tmp_path, "a==1\n-r base.txt\n")
    assert caught.value.reference == "pins-not-exact"
    assert f"{tmp_path / 'base.txt'}:2 " in str(caught.value)


@pytest.mark.parametrize(
    ("header", "python"),
    [
        pytest.param(
            "# This file is autogenerated by pip-compile with Python 3.10\n# by", (3, 10), id="pip-compile"
        ),
        pytest.param(
            "#\n# This file is autogenerated by pip-compile with python 3.8\n", (3, 8), id="older pip-compile"
        ),
        pytest.param("#    uv pip compile --python-version 3.12 in.txt -o r.txt", (3, 12), id="uv"),
        pytest.param(
            "#    uv pip compile --python-version=3.9.4 in.txt", (3, 9), id="uv with an equals sign"
        ),
        pytest.param("#    pip-compile --output-file=requirements.txt", None, id="no version is named"),
        pytest.param("# needs Python 3.7", None, id="a comment by a person"),
    ],
)
def test_header_python(tmp_path: Path, header: str, python: tuple[int, int] | None) -> None:
    assert read(tmp_path, f"{header}\na==1\n").python == python


def test_header_of_an_included_file_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("# This file is autogenerated by pip-compile with Python 3.7\nb==2\n")
    assert read(tmp_path, "-r base.txt\na==1\n").python is None


@pytest.mark.parametrize(
    ("line", "reference"),
    [
        pytest.param("b", "pins-not-exact", id="a name alone"),
        pytest.param("b>=2", "pins-not-exact", id="a lower bound"),
        pytest.param("b~=2.0", "pins-not-exact", id="a compatible release"),
        pytest.param("b==2.*", "pins-not-exact", id="a wildcard"),
        pytest.param("b==2,!=3", "pins-not-exact", id="two specifiers"),
        pytest.param("b!=2", "pins-not-exact", id="anything but"),
        pytest.param("b[x]", "pins-not-exact", id="a name with an extra"),
        pytest.param("b ; os_name == 'nt'", "pins-not-exact", id="a name with a marker"),
        pytest.param("b==latest", "version-invalid", id="a word for a version"),
        pytest.param("b==2.x", "version-invalid", id="a placeholder for a version"),
        pytest.param("b===2.0-x_y", "version-invalid", id="arbitrary equality with what is no version"),
        pytest.param("b==2#c", "version-invalid", id="a comment without space before it"),
        pytest.param("b=2", "pins-invalid", id="one equals sign, as conda writes"),
        pytest.param("b==", "pins-invalid", id="no version"),
        pytest.param("==2", "pins-invalid", id="no name"),
        pytest.param("b==2; nonsense", "pins-invalid", id="a bad marker"),
        pytest.param("b==2 c==3", "pins-invalid", id="two pins on a line"),
        pytest.param("b[x==2", "pins-invalid", id="an open bracket"),
        pytest.param("Package Version", "pins-invalid", id="the table that pip list prints"),
        pytest.param("--index-url=", "option-invalid", id="an option with an empty value"),
        pytest.param("-r", "option-invalid", id="an include without a file"),
        pytest.param("--find-links 'x", "option-invalid", id="an open quote"),
    ],
)
def test_bad_line(tmp_path: Path, line: str, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, f"a==1\n\n{line}\nc==3\n")
    assert caught.value.reference == reference
    assert f"{tmp_path / 'requirements.txt'}:3 " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "option",
    [
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--trusted-host",
        "--no-binary",
        "--only-binary",
        "--use-feature",
        "-r",
        "--requirement",
        "-c",
        "--constraint",
    ],
)
def test_option_without_its_value(tmp_path: Path, option: str) -> None:
    with pytest.raises(BadInput, match=f"{option} has no value") as caught:
        read(tmp_path, f"a==1\n{option}\n")
    assert caught.value.reference == "option-invalid"
    assert f"{tmp_path / 'requirements.txt'}:2 " in str(caught.value)


def test_place_of_a_bad_continued_line_is_its_first(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, "a==1\nb>=2 \\\n  --hash=sha256:aa\n")
    assert caught.value.reference == "pins-not-exact"
    assert f"{tmp_path / 'requirements.txt'}:2 " in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reference"),
    [
        pytest.param(b"", "pins-none", id="nothing"),
        pytest.param(b" \r\n\t\n", "pins-none", id="space alone"),
        pytest.param(b"\xff\xfe", "pins-none", id="a byte order mark alone"),
        pytest.param(b"a==1\n\x00\x01\x02", "pins-binary", id="binary"),
        pytest.param("a==1\n".encode("utf-16-le"), "pins-binary", id="UTF-16 without its mark"),
        pytest.param(b"# only a comment\n", "pins-none", id="comments alone"),
        pytest.param(b"-e .\n./foo\n", "pins-none", id="no line from an index"),
        pytest.param(b"--pre\n", "pins-none", id="options alone"),
    ],
)
def test_file_without_pins(tmp_path: Path, content: bytes, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content)
    assert caught.value.reference == reference
    assert str(tmp_path / "requirements.txt") in str(caught.value)


def test_constraints_alone_are_no_pins(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("a==1\n")
    with pytest.raises(BadInput) as caught:
        read(tmp_path, "-c limits.txt\n")
    assert caught.value.reference == "pins-none"


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        pytest.param("gone.txt", "pins-missing", id="missing file"),
        pytest.param("gone/requirements.txt", "pins-missing", id="missing folder"),
        pytest.param(".", "pins-unreadable", id="folder"),
    ],
)
def test_no_file(tmp_path: Path, name: str, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_requirements(str(tmp_path / name))
    assert caught.value.reference == reference
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "refused"),
    [pytest.param("./x\n" * 19_999, False, id="20 000"), pytest.param("./x\n" * 20_000, True, id="one more")],
)
def test_number_of_lines_is_bounded(tmp_path: Path, content: str, refused: bool) -> None:
    if not refused:
        assert len(read(tmp_path, f"a==1\n{content}").entries) == 20_000
        return
    with pytest.raises(BadInput) as caught:
        read(tmp_path, f"a==1\n{content}")
    assert caught.value.reference == "pins-too-many"


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "base.txt").write_text("b==2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"# frozen\na==1\n-r base.txt\n")))
    assert [str(pin.where) for pin in pins(read_requirements("-"))] == ["-:2", "base.txt:1"]


def test_pins_of_another_document_are_numbered_from_one() -> None:
    entries = parse_pins([" a==1 ", "-e ./b"], "case.yaml")
    assert [type(entry) for entry in entries] == [Pin, Opaque]
    assert [str(entry.where) for entry in entries] == ["case.yaml:1", "case.yaml:2"]


@settings(deadline=None)
@given(
    written=st.lists(st.tuples(names(), versions()), min_size=1, max_size=20),
    decorate=st.sampled_from(
        [str, "{}  # via x".format, "\n{}".format, "# a\n{}".format, "{} \\\n  --hash=sha256:aa".format]
    ),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_any_pins_are_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[tuple[str, str]],
    decorate: Callable[[str], str],
    newline: str,
) -> None:
    text = "\n".join(decorate(f"{name}=={version}") for name, version in written) + "\n"
    found = pins(read(tmp_path_factory.getbasetemp(), text.replace("\n", newline)))
    assert [(pin.spelled, pin.written) for pin in found] == written
    assert [(pin.name, pin.version) for pin in found] == [
        (canonicalize_name(name), Version(version)) for name, version in written
    ]


@settings(deadline=None)
@given(
    name=names(),
    extras=st.sampled_from(["", "[x]", " [x, Y_z]"]),
    operator=st.sampled_from(["==", " == ", "== ", "===", " === "]),
    version=versions(),
    marker=st.sampled_from(["", ";os_name=='nt'", ' ; python_version < "3.8" and extra == "x"']),
    other=versions(),
)
def test_own_version_gives_the_line_back_and_another_changes_nothing_else(
    name: str, extras: str, operator: str, version: str, marker: str, other: str
) -> None:
    line = f"{name}{extras}{operator}{version}{marker}"
    pin = the_pin(line)
    assert pin.at(pin.version) == line
    before, after = Requirement(line), Requirement(pin.at(Version(other)))
    assert (after.name, after.extras, str(after.marker)) == (before.name, before.extras, str(before.marker))
    assert [Version(each.version) for each in after.specifier] == [Version(other)]
