"""Logs: what terminals and CI services put around lines is taken off; only the end is read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.read.logs import MAX_LOG_BYTES, clean_log, read_log

STAMP = "2024-01-02T03:04:05.1234567Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('  File "a.py", line 1\n\tx\n', '  File "a.py", line 1\n\tx\n', id="plain text stays"),
        pytest.param("\x1b[1;31mTypeError\x1b[0m: x", "TypeError: x", id="colours"),
        pytest.param("\x1b[38;5;9ma\x1b[Kb\x1b[2J", "ab", id="more colours, erasing"),
        pytest.param("\x1b]0;title\x07a", "a", id="title of a window"),
        pytest.param("\x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\", "link", id="hyperlink"),
        pytest.param("a\x00b\x08c\x7f\u200bd\ufeff", "abcd", id="control and invisible characters"),
        pytest.param("a\u202eb", "ab", id="text direction"),
        pytest.param("a\r\nb\r\n", "a\nb\n", id="CRLF"),
        pytest.param(" 10%\r 50%\r100%\nTypeError\n", "100%\nTypeError\n", id="progress bar"),
        pytest.param("50%\r100%\r\nnext\r\n", "100%\nnext\n", id="progress bar, CRLF"),
        pytest.param("a\r\r\nb", "a\nb", id="two carriage returns"),
        pytest.param(f"{STAMP} a\n{STAMP}   b\n", "a\n  b\n", id="GitHub's times; indentation stays"),
        pytest.param("2024-01-02T03:04:05Z a", "a", id="time without a fraction"),
        pytest.param(f"{STAMP} \n", "\n", id="time before an empty line"),
        pytest.param(f"\ufeff{STAMP} a", "a", id="byte order mark before a time"),
        pytest.param(f"at {STAMP} a", f"at {STAMP} a", id="a time in the middle of a line stays"),
        pytest.param("##[group]Run x\n##[endgroup]\n", "Run x\n\n", id="group"),
        pytest.param(f"{STAMP} ##[error]Process", "Process", id="error behind a time"),
        pytest.param("a ##[group]b", "a ##[group]b", id="a marker in the middle of a line stays"),
        pytest.param(
            f"build\tRun tests\t{STAMP} a\nbuild\tRun tests\t{STAMP}   b", "a\n  b", id="gh run view --log"
        ),
        pytest.param(
            f"b (3.7)\tSet up\t\ufeff{STAMP} ##[group]a", "a", id="gh run view --log, first line of a step"
        ),
        pytest.param("a\tb\tc", "a\tb\tc", id="tabs without a time stay"),
        pytest.param(
            f"{STAMP} \x1b[31mTypeError\x1b[0m: x\r\n", "TypeError: x\n", id="time, colours and CRLF together"
        ),
        pytest.param(
            '{"level": "error", "text": "Traceback (most recent call last):\\n  File \\"a\\"\\nX: \\u001b[1my"}',
            '{"level": "error", "text": "\nTraceback (most recent call last):\n  File "a"\nX: y',
            id="a traceback inside a string",
        ),
        pytest.param(
            '{"log":"Traceback (most\\n","stream":"stderr"}\n{"log":"  File \\"a\\"\\n","time":"1"}\n',
            'Traceback (most\n  File "a"\n',
            id="a container's log file",
        ),
        pytest.param("name | size\na | 1\n", "name | size\na | 1\n", id="a table"),
        pytest.param(
            "name | size\n  | Traceback (most recent call last):\n  | X: y",
            "name | size\n  | Traceback (most recent call last):\n  | X: y",
            id="a table before an exception group",
        ),
        pytest.param(
            "  | Traceback (most recent call last):\n  | X: y",
            "  | Traceback (most recent call last):\n  | X: y",
            id="an exception group is no service",
        ),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean_log(text) == expected


def test_cleaning_twice_is_cleaning_once() -> None:
    text = f"build\tRun\t{STAMP} \x1b[31m##[error]10%\r100%\r\n"
    assert clean_log(clean_log(text)) == clean_log(text)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a\r\nb\r\n", "a\nb\n", id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + f"{STAMP} é".encode(), "é", id="UTF-8 byte order mark before a time"),
        pytest.param(
            b"\xff\xfe" + "é\r\nb".encode("utf-16-le"), "é\nb", id="UTF-16, as PowerShell writes it"
        ),
        pytest.param(b"caf\xe9", "café", id="Latin-1"),
        pytest.param(b"\x1b[31mred\x1b[0m\x07", "red", id="colours are no binary file"),
    ],
)
def test_read(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "log").write_bytes(data)
    assert read_log(str(tmp_path / "log")) == expected


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        pytest.param(b"START\n" + b"x" * (MAX_LOG_BYTES - 10) + b"\nEND", True, id="just within the limit"),
        pytest.param(b"START\n" + b"x" * MAX_LOG_BYTES + b"\nEND", False, id="beyond the limit"),
    ],
)
@pytest.mark.parametrize("source", ["a file", "standard input", "a text"])
def test_only_the_last_5_mb_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, data: bytes, kept: bool
) -> None:
    (tmp_path / "log").write_bytes(data)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    if source == "a text":
        text = clean_log(data.decode())
    else:
        text = read_log("-" if source == "standard input" else str(tmp_path / "log"))
    assert text.endswith("x\nEND")
    assert text.startswith("START") is kept
    assert len(text) == min(len(data), 5_000_000)


@pytest.mark.parametrize(
    ("data", "reference"),
    [
        pytest.param(b"", "log-empty", id="empty"),
        pytest.param(b"\n \r\n", "log-empty", id="space alone"),
        pytest.param(b"PK\x03\x04\x00", "log-binary", id="the archive instead of the log in it"),
        pytest.param("Traceback".encode("utf-16-le"), "log-binary", id="UTF-16 without its mark"),
    ],
)
def test_file_that_is_no_log(tmp_path: Path, data: bytes, reference: str) -> None:
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(BadInput) as caught:
        read_log(str(tmp_path / "log"))
    assert caught.value.reference == reference
    assert str(tmp_path / "log") in str(caught.value)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        pytest.param("gone", "log-missing", id="missing file"),
        pytest.param(".", "log-unreadable", id="folder"),
    ],
)
def test_no_file(tmp_path: Path, name: str, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_log(str(tmp_path / name))
    assert caught.value.reference == reference
    assert str(tmp_path / name) in str(caught.value)
