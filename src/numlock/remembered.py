"""Answers of earlier checks, kept as small files beside the store, so that nothing is asked twice.

An answer holds as long as nothing that it rests on has changed: numlock, the command line, the environment, the commit,
the files of pins, the project's files, and, where something is unknown, the store. Light enough for a warm start.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from numlock.places import project_files, store_path

_DAY = 86_400.0  # seconds that a complete answer holds: what is released stays
_SOON = 600.0  # seconds that one with open questions holds
_MOST = 500  # answers that are kept
_VARIABLES = ("PIP_", "NUMLOCK_", "PRE_COMMIT_FROM_REF", "XDG_CONFIG", "NO_COLOR", "HOME", "PATH")
_FILES = 2_000  # of a project


class Answer(NamedTuple):
    """What a check printed, and its exit code."""

    out: str
    remarks: str
    code: int


class Memory:
    """The place of one command line's answer."""

    def __init__(self, options: Mapping[str, object], store: str | None) -> None:
        place = store or store_path()
        self._store = place
        known = [sys.version, os.getcwd(), _own_files(), time.strftime("%Y-%m-%d"), _commit(os.getcwd())]
        known += [f"{name}={value}" for name, value in os.environ.items() if name.startswith(_VARIABLES)]
        known += [json.dumps(dict(options), sort_keys=True)]
        self._path = os.path.join(f"{place}.answers", f"{_digest(known)}.json")

    def recall(self) -> Answer | None:
        """The answer, where everything that it rests on is as it was."""
        try:
            with open(self._path, encoding="utf-8") as file:
                kept = json.load(file)
            if time.time() < kept["until"] and all(_state(each) == state for each, state in kept["rests"]):
                return Answer(*kept["answer"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # never given, or damaged
        return None

    def keep(self, answer: Answer, files: Iterable[str], folders: Iterable[str], *, complete: bool) -> None:
        """Remember an answer that rests on these files and on the Python files of these folders."""
        rests = [f"file {each}" for each in files] + [f"folder {each}" for each in folders]
        rests += [] if complete else [f"store {self._store}"]
        kept = {
            "until": time.time() + (_DAY if complete else _SOON),
            "rests": [[each, _state(each)] for each in dict.fromkeys(rests)],
            "answer": answer,
        }
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            _forget_oldest(os.path.dirname(self._path))
            with open(f"{self._path}.{os.getpid()}", "w", encoding="utf-8") as file:
                json.dump(kept, file)
            os.replace(f"{self._path}.{os.getpid()}", self._path)


def _state(what: str) -> str:
    """What something that an answer rests on is like now; empty where it is not there."""
    kind, _, path = what.partition(" ")
    try:
        if kind == "folder":
            return _digest(_stamp(each, os.stat(each)) for each in islice(project_files(path), _FILES))
        if kind == "store":
            return _stamp(path, os.stat(path))
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""


def _stamp(path: str, found: os.stat_result) -> str:
    return f"{path} {found.st_size} {found.st_mtime_ns}"


def _own_files() -> str:
    """Numlock's own code and data."""
    return _digest(_stamps(os.path.dirname(__file__)))


def _stamps(folder: str) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                found += _stamps(entry.path) if entry.name != "__pycache__" else []
            else:
                found.append(_stamp(entry.path, entry.stat()))
    return sorted(found)


def _commit(folder: str) -> str:
    """What the commit that a folder's repository is at, and a merge under way, read as: without asking git."""
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, inner = os.path.dirname(folder), folder
        if folder == inner:
            return ""
    place = os.path.join(folder, ".git")
    if os.path.isfile(place):
        place = os.path.join(folder, _read(place).removeprefix("gitdir: ").strip())
    shared = os.path.join(place, _read(os.path.join(place, "commondir")).strip())
    head = _read(os.path.join(place, "HEAD"))
    ref = os.path.join(shared, head.removeprefix("ref: ").strip())
    parts = (
        head,
        _read(ref),
        _read(os.path.join(shared, "packed-refs")),
        _read(os.path.join(place, "MERGE_HEAD")),
    )
    return "\n".join(parts)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()


def _forget_oldest(folder: str) -> None:
    with os.scandir(folder) as entries:
        kept = sorted((entry.stat().st_mtime, entry.path) for entry in entries)
    for _, path in kept[: max(0, len(kept) - _MOST)]:
        os.unlink(path)
