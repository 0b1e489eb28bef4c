"""Crash logs: the last part of a file, as plain text.

A log can come raw, from a terminal, from GitHub Actions, from ``gh run view --log`` or from a composed service; what
those put around each line is taken off. Whether it holds a crash is not decided here.
"""

from __future__ import annotations

import re

from numlock.errors import BadInput
from numlock.read.files import decode, looks_binary, read_tail

MAX_LOG_BYTES = 5_000_000  # the end of a log; what comes before is not read
_ESCAPE = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)?|[()*+./-][0-~]|[0-?]|[@-Z\\\\^_])"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?"
_GITHUB_STAMP = re.compile(rf"^(?:[^\t\n]{{1,200}}\t[^\t\n]{{1,200}}\t)?{_STAMP}", re.MULTILINE)
_GITHUB_COMMAND = re.compile(
    r"^##\[(?:group|endgroup|error|warning|notice|debug|section|command)\]", re.MULTILINE
)
_SERVICE = re.compile(r"^[\w.-]{1,60} +\| ?", re.MULTILINE)


def read_log(path: str) -> str:
    """The end of a log (``-``: standard input), cleaned. Raises BadInput where it is missing, empty or binary."""
    data, _ = read_tail(path, "log", MAX_LOG_BYTES)
    text = decode(data)
    if not text.strip():
        raise BadInput("log-empty", "is empty", where=path, hint="pass the output of the failing command")
    if looks_binary(text):
        raise BadInput("log-binary", "is not a text file", where=path)
    return clean_log(text)


def clean_log(text: str) -> str:
    """Plain lines: no escape sequences, control characters, timestamps or command markers of a CI service."""
    text = _ESCAPE.sub("", text[-MAX_LOG_BYTES:])
    text = text.replace("\r\n", "\n")
    text = _overwritten(text) if "\r" in text else text
    text = _CONTROL.sub("", text)
    text = _GITHUB_STAMP.sub("", text)
    text = _GITHUB_COMMAND.sub("", text)
    return _without_service(text)


def _overwritten(text: str) -> str:
    """What a terminal would still show of lines that were written over (progress bars)."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _without_service(text: str) -> str:
    """Take ``web_1  | `` off, where each line that belongs to the traceback has it."""
    start = text.find("| Traceback (most recent call last)")
    line_start = text.rfind("\n", 0, start) + 1
    if start < 0 or not _SERVICE.match(text[line_start:]):
        return text
    return _SERVICE.sub("", text)
