"""How the runner of GitHub Actions reads commands off a step's output, and outputs out of its files.

After https://github.com/actions/runner: a line that starts (after spaces) with ``::name properties::message``, and
``##[name properties]message`` anywhere in a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_SECOND = re.compile(r"\s*::(?P<head>.*?)::(?P<message>.*)", re.DOTALL)
_FIRST = re.compile(r".*?##\[(?P<head>[^\]]+)\](?P<message>.*)", re.DOTALL)
_KNOWN = {
    *("set-output", "save-state", "add-mask", "add-matcher", "remove-matcher", "stop-commands", "set-env"),
    *(
        "add-path",
        "error",
        "warning",
        "notice",
        "debug",
        "group",
        "endgroup",
        "echo",
        "internal-set-repo-path",
    ),
    *("section", "command"),
}


class Command(NamedTuple):
    """A command with its escapes undone."""

    name: str
    properties: Mapping[str, str]
    message: str


def commands(output: str) -> list[Command]:
    """The commands that a runner would carry out."""
    return [found for line in re.split(r"\r\n|\r|\n", output) if (found := _command(line))]


def outputs(text: str) -> dict[str, str]:
    """``GITHUB_OUTPUT`` as the runner reads it: ``name=value`` lines and here-documents."""
    found: dict[str, str] = {}
    rows = iter(text.split("\n"))
    for row in rows:
        equals, here = row.find("="), row.find("<<")
        if here >= 0 and (equals < 0 or here < equals):
            name, delimiter = row.split("<<", 1)
            lines: list[str] = []
            while (line := next(rows)) != delimiter:
                lines.append(line)
            found[name] = "\n".join(lines)
        elif equals >= 0:
            found[row[:equals]] = row[equals + 1 :]
        else:
            assert row == "", f"the runner refuses {row!r}"
    return found


def _command(line: str) -> Command | None:
    if second := _SECOND.fullmatch(line):
        return _parsed(
            second["head"],
            second["message"],
            ",",
            {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","},
        )
    if first := _FIRST.fullmatch(line):
        return _parsed(
            first["head"], first["message"], ";", {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]"}
        )
    return None


def _parsed(head: str, message: str, separator: str, escapes: Mapping[str, str]) -> Command | None:
    name, _, rest = head.partition(" ")
    if name.lower() not in _KNOWN:
        return None
    pairs = (pair.split("=", 1) for pair in rest.split(separator) if "=" in pair)
    properties = {key.strip(): _undone(value, escapes) for key, value in pairs}
    return Command(name.lower(), properties, _undone(message, escapes))


def _undone(text: str, escapes: Mapping[str, str]) -> str:
    return re.sub("|".join(escapes), lambda found: escapes[found[0]], text)
