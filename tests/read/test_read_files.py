"""Files as bytes: decoding, limits, and an error for each way in which a file cannot be read."""

from __future__ import annotations

import io
import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.read.document import exact
from numlock.read.files import MAX_BYTES, confined, decode, looks_binary, read_tail, read_text
from numlock.read.forms import read_pins_file


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"plain", "plain", id="ASCII"),
        pytest.param("é日".encode(), "é日", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf\xc3\xa9", "é", id="UTF-8 with its mark"),
        pytest.param(b"\xff\xfe" + "é日".encode("utf-16-le"), "é日", id="UTF-16 little endian"),
        pytest.param(b"\xfe\xff" + "é日".encode("utf-16-be"), "é日", id="UTF-16 big endian"),
        pytest.param(b"caf\xe9", "café", id="Latin-1"),
        pytest.param(b"\xff\xfea\x00b", "a\N{REPLACEMENT CHARACTER}", id="UTF-16 cut in a character"),
        pytest.param(b"\xef\xbb\xbfa\xe9", "a\N{REPLACEMENT CHARACTER}", id="bad byte behind a UTF-8 mark"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_decode(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("text", "binary"),
    [
        pytest.param("a\tb\r\nc\x0c", False, id="space of every kind"),
        pytest.param("\x1b[31mred\x1b[0m", False, id="colours of a terminal"),
        pytest.param("\x07\x08", False, id="bell and backspace"),
        pytest.param("é日\N{PARTY POPPER}", False, id="beyond ASCII"),
        pytest.param("a\x00b", True, id="NUL"),
        pytest.param("\x7fELF\x02\x01", True, id="an executable"),
        pytest.param("PK\x03\x04", True, id="an archive"),
    ],
)
def test_looks_binary(text: str, binary: bool) -> None:
    assert looks_binary(text) is binary


WORDS = {
    "empty": "is empty",
    "binary": "is not a text file",
    "too-large": "is larger than 10 MB",
    "missing": "does not exist",
    "folder": "is a folder",
    "unreadable": "cannot be read: ",
}


@pytest.mark.parametrize("kind", ["pins", "case"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b" \n\t\r\n", "empty", id="space alone"),
        pytest.param(b"\xef\xbb\xbf\n", "empty", id="a byte order mark alone"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "binary", id="an image"),
        pytest.param(b"x" * (MAX_BYTES + 1), "too-large", id="one byte too large"),
    ],
)
def test_text_that_cannot_be_used(tmp_path: Path, kind: str, content: bytes, reason: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_text(str(path), kind)
    assert caught.value.reference == f"{kind}-{reason}"
    assert str(caught.value) == f"{kind}-{reason}: {path} {WORDS[reason]}"


def test_largest_text(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * MAX_BYTES)
    assert len(read_text(str(path), "pins")) == MAX_BYTES


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("gone", "missing", id="missing file"),
        pytest.param("", "folder", id="folder"),
        pytest.param("a\0b", "unreadable", id="a name that no file can have"),
        pytest.param("x" * 5000, "unreadable", id="a name that is too long"),
    ],
)
def test_file_that_cannot_be_opened(tmp_path: Path, name: str, reason: str) -> None:
    path = f"{tmp_path}/{name}"
    with pytest.raises(BadInput) as caught:
        read_text(path, "case")
    assert caught.value.reference == ("case-missing" if reason == "missing" else "case-unreadable")
    assert f"{path} {WORDS[reason]}" in str(caught.value)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param(3, (b"012", False), id="shorter than the limit"),
        pytest.param(5, (b"01234", False), id="as long as the limit"),
        pytest.param(6, (b"12345", True), id="one byte longer"),
        pytest.param(10, (b"56789", True), id="much longer"),
    ],
)
@pytest.mark.parametrize("source", ["a file", "standard input"])
def test_tail(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    size: int,
    expected: tuple[bytes, bool],
) -> None:
    data = b"0123456789"[:size]
    stdin(monkeypatch, data)
    (tmp_path / "file").write_bytes(data)
    path = "-" if source == "standard input" else str(tmp_path / "file")
    assert read_tail(path, "log", 5) == expected


def test_tail_of_standard_input_that_comes_in_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"start" + b"x" * 5_000_000 + b"end"
    stdin(monkeypatch, data)
    assert read_tail("-", "log", 1_000_000) == (data[-1_000_000:], True)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"\xef\xbb\xbfa==1\n")
    assert read_text("-", "pins") == "a==1\n"


@pytest.mark.parametrize(
    ("data", "reference"),
    [
        pytest.param(b"", "pins-empty", id="empty"),
        pytest.param(b"12345678901", "pins-too-large", id="too large"),
    ],
)
def test_standard_input_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, data: bytes, reference: str
) -> None:
    stdin(monkeypatch, data)
    with pytest.raises(BadInput) as caught:
        read_text("-", "pins", limit=10)
    assert caught.value.reference == reference
    assert ": - " in str(caught.value)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="pipes have no names here")
@pytest.mark.parametrize(
    ("data", "refused"),
    [
        pytest.param(b"a==1\n", False, id="as long as the limit"),
        pytest.param(b"a==10\n", True, id="one byte longer"),
    ],
)
def test_pipe_with_a_name(data: bytes, refused: bool) -> None:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    try:
        if not refused:
            assert read_text(f"/dev/fd/{reader}", "pins", limit=5) == data.decode()
            return
        with pytest.raises(BadInput) as caught:
            read_text(f"/dev/fd/{reader}", "pins", limit=5)
        assert caught.value.reference == "pins-too-large"
    finally:
        os.close(reader)


def test_files_of_somebody_else_stay_in_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside.txt"
    inside.mkdir()
    outside.write_text("b==1\n", encoding="utf-8")
    (inside / "link.txt").symlink_to(outside)
    (inside / "base.txt").write_text("a==1\n", encoding="utf-8")
    monkeypatch.setenv("BASE", "base")
    for line, works in {
        "-r base.txt": True,
        "-r ../inside/base.txt": True,
        "-r ../outside.txt": False,
        f"-r {outside}": False,
        "-r link.txt": False,
        "-r ${BASE}.txt": False,
    }.items():
        (inside / "r.txt").write_text(f"x==1\n{line}\n", encoding="utf-8")
        with confined(str(inside)), nullcontext() if works else pytest.raises(BadInput):
            exact(read_pins_file(str(inside / "r.txt")))
