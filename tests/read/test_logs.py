"""Logs as plain lines, whatever service wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.read import clean_log, read_log
from numlock.read.logs import MAX_LOG_BYTES

PLAIN = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1\n'


def wrapped(prefix: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in PLAIN.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="raw"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="windows"),
        pytest.param(PLAIN.replace("KeyError", "\x1b[1;31mKeyError\x1b[0m"), id="terminal colours"),
        pytest.param(wrapped("2024-05-01T10:00:00.1234567Z "), id="github timestamps"),
        pytest.param(wrapped("test (3.10)\tRun tests\t2024-05-01T10:00:00.1234567Z "), id="gh run view"),
        pytest.param(wrapped("##[error]"), id="github commands"),
        pytest.param(wrapped("web_1  | "), id="a composed service"),
        pytest.param("10%\r20%\r" + PLAIN, id="a progress bar"),
    ],
)
def test_what_services_add_is_taken_off(text: str) -> None:
    assert clean_log(text) == PLAIN


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text("first\n" + "x\n" * (MAX_LOG_BYTES // 2) + PLAIN, encoding="utf-8")
    text = read_log(str(path))
    assert "first" not in text
    assert text.endswith(PLAIN)


@pytest.mark.parametrize(("data", "reference"), [(b" \n", "log-empty"), (b"\x00\x01", "log-binary")])
def test_what_is_no_log(tmp_path: Path, data: bytes, reference: str) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        read_log(str(path))
    assert caught.value.reference == reference


def test_encodings(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    for data in ("é\n".encode("utf-16"), "é\n".encode("latin-1"), "\ufeffé\n".encode()):
        path.write_bytes(data)
        assert read_log(str(path)) == "é\n"
