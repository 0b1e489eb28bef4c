"""Crash logs: the last part of a file, as plain text.

A log can come raw, from a terminal, from GitHub Actions, from ``gh run view --log`` or with tracebacks inside strings;
what those put around each line is taken off. Whether it holds a crash is not decided here.
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
_QUOTED = "Traceback (most recent call last):\\n"  # inside a string, as a structured log has it
_JSON_LINE = re.compile(
    r'^\{"log": ?"(?P<text>(?:[^"\\\n]|\\.)*)"[,}].*$', re.MULTILINE
)  # a container's log file
_ESCAPED = re.compile(r"""\\(u00[01][0-9a-fA-F]|x[01][0-9a-fA-F]|[nt"'\\])""")


def read_log(path: str) -> str:
    """The end of a log (``-``: standard input), cleaned. Raises BadInput where it is missing, empty or binary."""
    return text_of_log(read_tail(path, "log", MAX_LOG_BYTES)[0], path)


def text_of_log(data: bytes, where: str) -> str:
    """The end of a log, cleaned. Raises BadInput where it is empty or binary."""
    text = decode(data)
    if not text.strip():
        raise BadInput("log-empty", "is empty", where=where, hint="pass the output of the failing command")
    if looks_binary(text):
        raise BadInput("log-binary", "is not a text file", where=where)
    return clean_log(text)


def clean_log(text: str) -> str:
    """Plain lines: no escape sequences, control characters, timestamps or command markers of a CI service."""
    text = text[-MAX_LOG_BYTES:]
    text = _JSON_LINE.sub(lambda found: _plain(found["text"]).rstrip("\n"), text)
    text = _quoted(text) if _QUOTED in text else text
    text = _ESCAPE.sub("", text)
    text = text.replace("\r\n", "\n")
    text = _overwritten(text) if "\r" in text else text
    text = _CONTROL.sub("", text)
    text = _GITHUB_STAMP.sub("", text)
    return _GITHUB_COMMAND.sub("", text)


def _overwritten(text: str) -> str:
    """What a terminal would still show of lines that were written over (progress bars)."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _quoted(text: str) -> str:
    """Tracebacks inside strings, one line each, as the lines that they were."""
    return "\n".join(_unescaped(line) if _QUOTED in line else line for line in text.split("\n"))


def _unescaped(line: str) -> str:
    """What stands before the string, then its lines; what stands behind it is left out."""
    head, mark, rest = line.partition(_QUOTED.removesuffix("\\n"))
    quote = next((letter for letter in head if letter in "\"'"), '"')
    end = re.search(rf"(?<!\\)(?:\\\\)*{quote}", rest)
    return f"{head}\n{mark}{_plain(rest[: end.start()] if end else rest)}"


def _plain(text: str) -> str:
    names = {"n": "\n", "t": "\t"}
    return _ESCAPED.sub(
        lambda found: chr(int(found[1][1:], 16)) if found[1][1:] else names.get(found[1], found[1]), text
    )
