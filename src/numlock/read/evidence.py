"""Runs as documents: what is to be run (an entry of a matrix), and how it ended (evidence). JSON from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numlock.errors import BadInput
from numlock.model import Proof, Target
from numlock.read.files import read_text
from numlock.read.target import parse_platform, parse_python

MAX_FILES = 1_000
MAX_BYTES = 2_000_000  # of one document
_MAX_PINS = 20_000
_MAX_WORDS = 1_000
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be run, or was: ``document`` holds exactly the keys that identify a run."""

    target: Target
    pins: tuple[str, ...]
    argv: tuple[str, ...]
    program: str | None
    project: str | None
    document: Mapping[str, Any]


def read_evidence(folder: str) -> list[tuple[Wanted, Proof]]:
    """Every run that ended, from the ``.json`` files in a folder and one level below. Raises BadInput.

    Files of runs that could not be made (they say why, and hold no exit code) are left out.
    """
    if not Path(folder).is_dir():
        raise BadInput("evidence-missing", "is no folder", where=folder)
    paths = sorted([*Path(folder).glob("*.json"), *Path(folder).glob("*/*.json")])
    if len(paths) > MAX_FILES:
        raise BadInput("evidence-too-large", f"holds more than {MAX_FILES} files", where=folder)
    found = []
    for path in paths:
        document = _document(str(path))
        wanted = wanted_of(document, str(path))
        if document.get("returncode") is not None:
            found.append((wanted, _proof(document, wanted, str(path))))
    return found


def read_wanted(path: str) -> Wanted | None:
    """An entry of a matrix; None where the file is something else. Raises BadInput where it is a wrong one."""
    text = read_text(path, "pins", limit=MAX_BYTES)
    if not text.lstrip().startswith("{"):
        return None
    return wanted_of(_parsed(text, path), path)


def wanted_of(document: Mapping[str, Any], where: str) -> Wanted:
    """What a document wants run. Raises BadInput where any part of it is not what it should be."""
    if document.get("format") != _FORMAT:
        raise BadInput("run-invalid", f"is no run of format {_FORMAT}", where=where)
    pins = _texts(document, "pins", _MAX_PINS, where)
    argv = _texts(document, "command", _MAX_WORDS, where)
    program, project = _optional(document, "program", where), _optional(document, "project", where)
    python, platform = (_optional(document, key, where) for key in ("python", "platform"))
    if not argv or not pins or python is None or platform is None:
        raise BadInput("run-invalid", "lacks python, platform, pins or command", where=where)
    target = Target(
        python=parse_python(python, where), platform=parse_platform(platform, where), source="the entry"
    )
    keys = ("format", "python", "platform", "pins", "command", "program", "project")
    return Wanted(
        target=target,
        pins=pins,
        argv=argv,
        program=program,
        project=project,
        document={key: document.get(key) for key in keys},
    )


def _document(path: str) -> Mapping[str, Any]:
    return _parsed(read_text(path, "evidence", limit=MAX_BYTES), path)


def _parsed(text: str, where: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("run-invalid", "is not JSON", where=where) from error
    if not isinstance(document, dict):
        raise BadInput("run-invalid", "is not a mapping", where=where)
    return document


def _proof(document: Mapping[str, Any], wanted: Wanted, where: str) -> Proof:
    returncode, seconds = document.get("returncode"), document.get("seconds")
    tail = _optional(document, "tail", where)
    if type(returncode) is not int or not -256 <= returncode <= 1 << 32 or type(seconds) not in (int, float):
        raise BadInput("run-invalid", "returncode or seconds is no number", where=where)
    return Proof(argv=wanted.argv, returncode=returncode, tail=tail or "", seconds=float(str(seconds)))


def _texts(document: Mapping[str, Any], key: str, most: int, where: str) -> tuple[str, ...]:
    found = document.get(key)
    if not isinstance(found, list) or len(found) > most or not all(isinstance(each, str) for each in found):
        raise BadInput("run-invalid", f"{key} is no list of texts", where=where)
    if any("\0" in each or "\n" in each for each in found):
        raise BadInput("run-invalid", f"{key} holds a control character", where=where)
    return tuple(found)


def _optional(document: Mapping[str, Any], key: str, where: str) -> str | None:
    found = document.get(key)
    if found is not None and not isinstance(found, str):
        raise BadInput("run-invalid", f"{key} is not text", where=where)
    return found
