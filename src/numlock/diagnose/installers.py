"""What installers (pip, uv, poetry, conda) say when they cannot install what was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_LONGEST = 3_000  # characters of a line
_LINES = 20  # that are kept
_PIP = re.compile(
    r"(?P<prefix>.{0,200}?)\bERROR: (?P<what>(?:Could not find a version that satisfies the requirement|"
    r"No matching distribution found for|ResolutionImpossible|Cannot install |"
    r"Package '.{1,200}' requires a different Python|Could not install packages|Could not build wheels for |"
    r"Failed building wheel for |Failed to build |Ignored the following versions that require a different ).{0,2000})$"
)
_OTHERS = re.compile(
    r"^[ \u2502]*(?:error: )?(?P<what>(?:\u00d7 No solution found when resolving dependencies|"
    r"[\u2570\u251c]\u2500\u25b6 Because |\u00d7 Failed to (?:build|download)[ \w]* `?[A-Za-z0-9]|"
    r"Unable to find installation candidates for |PackagesNotFoundError: |ResolvePackageNotFound|"
    r"(?:LibMamba)?UnsatisfiableError: ).{0,2000}|Because .{1,1000} version solving failed.{0,500})$"
)
# pip names the package that it could not build in front of what went wrong.
_BUILDING = re.compile(
    r"^ *(?:[\u2570\u2514]\u2500> |Collecting |Building wheel for )(?P<what>[A-Za-z0-9][\w.-]*(?:==\S+)?)"
)
_BUILD_FAILED = re.compile(
    r"^ *(?:error: |ERROR: )?(?:subprocess-exited-with-error|metadata-generation-failed|"
    r"Command errored out with exit status)"
)
_WHY = re.compile(
    r"^\s*(?P<what>(?:WARNING: Retrying \(.{0,500}|The conflict is caused by:|\S+ \S+ depends on ).{0,1000})$"
)


class Refusal(NamedTuple):
    """The line that an installer's last word stands on, and what it said."""

    line: int
    message: str


def refusal(lines: Sequence[str]) -> Refusal | None:
    """What an installer said, the first thing first; None where none failed."""
    said: dict[str, None] = {}
    aside: dict[str, None] = {}
    last, building = -1, ""
    for index, whole in enumerate(lines):
        line = whole[:_LONGEST]
        if found := _PIP.match(line) or _OTHERS.match(line):
            if len(said) < _LINES:
                said[found["what"].strip()] = None
            last = index
        elif _BUILD_FAILED.match(line):
            if len(said) < _LINES and building:
                said[f"Failed to build {building}"] = None
            last = index
        elif found := _BUILDING.match(line):
            building = found["what"]
        elif (found := _WHY.match(line)) and len(aside) < _LINES:
            aside[found["what"]] = None
    return Refusal(last, "\n".join((*said, *aside))) if said else None
