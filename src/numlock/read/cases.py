"""Case documents: pins, Python, lock and crash in one file, as YAML (or JSON) or as labelled text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Where
from numlock.read.files import STDIN, read_text
from numlock.read.locks import Lock, parse_lock
from numlock.read.logs import read_log
from numlock.read.requirements import Document, parse_pins, read_requirements
from numlock.read.target import parse_python

# The labels of the labelled form, in any order, behind any bullet. A label's text runs to the next label or heading.
_LABEL = re.compile(
    r"^[ \t]*(?:[-*\u2022][ \t]*)?(?:\*\*)?[ \t]*(?:\w+[ \t]+)?"
    r"(?P<label>environment|python version|crash traceback|traceback|primary constraint|lock)"
    r"[ \t]*(?:\*\*)?[ \t]*:[ \t]*(?:\*\*)?",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING = re.compile(r"^[ \t]*(?:\*\*[^*\n]{1,80}\*\*|#{1,6} [^\n]{1,80})[ \t]*$", re.MULTILINE)
_LOCKED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*==[^\s,;]+)")
_NULLS = ("", "~", "null")
_KEYS = ("pins", "requirements", "python", "platform", "lock", "locks", "traceback", "log", "log_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: pins and whatever else the document, or the command line in its place, says of the crash."""

    where: Where
    entries: tuple[Pin | Opaque, ...]
    constraints: tuple[Pin, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    header_python: tuple[int, int] | None = None
    python: tuple[int, int] | None = None
    platform: str | None = None
    locks: tuple[Lock, ...] = ()
    log: str | None = None


def case_of(document: Document) -> Case:
    """A case that consists of a requirements file alone."""
    return Case(
        where=document.where,
        entries=document.entries,
        constraints=document.constraints,
        options=document.options,
        header_python=document.python,
    )


def read_case(path: str) -> Case:
    """Read a case (``-``: standard input); which form it has is decided by its content. Raises BadInput."""
    text = read_text(path, "case")
    labels = {found["label"].lower() for found in _LABEL.finditer(text)}
    if "environment" in labels and {"crash traceback", "traceback"} & labels:
        return _labelled(text, path)
    return _mapping(text, path)


def _labelled(text: str, path: str) -> Case:
    found = list(_LABEL.finditer(text))
    parts: dict[str, str] = {}
    for label, following in zip(found, [*found[1:], None], strict=True):
        body = text[label.end() : following.start() if following else len(text)]
        heading = _HEADING.search(body)
        parts.setdefault(label["label"].lower(), body[: heading.start()] if heading else body)
    lines = [line.strip() for line in parts["environment"].splitlines()]
    python = parts.get("python version", "").strip()
    locks = _LOCKED.findall(parts.get("primary constraint", parts.get("lock", "")))
    return Case(
        where=Where(path=path),
        entries=parse_pins([line for line in lines if line], path),
        python=parse_python(python.split()[0], path) if python else None,
        locks=tuple(parse_lock(lock, path) for lock in locks),
        log=parts.get("crash traceback", parts.get("traceback")),
    )


def _mapping(text: str, path: str) -> Case:
    document = _load(text, path)
    field = _Fields(document, path)
    pins = _pins(field, path)
    python, platform = field.text("python"), field.text("platform")
    return Case(
        where=Where(path=path),
        entries=pins.entries,
        constraints=pins.constraints,
        options=pins.options,
        header_python=pins.python,
        python=parse_python(python, path) if python else None,
        platform=platform,
        locks=_locks(document.get("lock", document.get("locks")), path),
        log=_log(field, path),
    )


def _load(text: str, path: str) -> Mapping[str, Any]:
    import yaml

    # The base loader leaves every scalar a string, so that 3.10 stays 3.10.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        for token in yaml.scan(text, Loader=loader):
            if isinstance(token, yaml.AliasToken):  # with aliases a small file can be a huge document
                raise BadInput(
                    "case-invalid", "uses a YAML alias", where=f"{path}:{token.start_mark.line + 1}"
                )
        document = yaml.load(text, Loader=loader)  # noqa: S506  (makes strings, lists and mappings only)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else path
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise BadInput(
            "case-invalid", f"is neither YAML nor a labelled case: {problem}", where=where
        ) from error
    except (RecursionError, ValueError) as error:
        raise BadInput("case-invalid", "cannot be parsed", where=path) from error
    if not isinstance(document, dict):
        raise BadInput(
            "case-invalid", "is not a mapping", where=path, hint=f"its keys are {', '.join(_KEYS)}"
        )
    return {key: value for key, value in document.items() if value not in _NULLS}


@dataclass(frozen=True, slots=True)
class _Fields:
    document: Mapping[str, Any]
    path: str

    def text(self, key: str) -> str | None:
        value = self.document.get(key)
        if value is not None and not isinstance(value, str):
            raise BadInput("case-invalid", f"{key} is not text", where=self.path)
        return value


def _pins(field: _Fields, path: str) -> Document:
    pins, file = field.document.get("pins"), field.text("requirements")
    if isinstance(pins, str):
        pins = [line.split(" #")[0].strip() for line in pins.splitlines()]
    if pins is None and file is not None:
        return read_requirements(_beside(path, file))
    if not isinstance(pins, list) or not all(isinstance(pin, str) for pin in pins):
        raise BadInput("case-invalid", "has no list of pins", where=path, hint="give pins or requirements")
    entries = parse_pins([pin for pin in pins if pin.strip() and not pin.lstrip().startswith("#")], path)
    if not any(isinstance(entry, Pin) for entry in entries):
        raise BadInput("pins-none", "holds no pin", where=path)
    return Document(where=Where(path=path), entries=entries)


def _locks(value: Any, path: str) -> tuple[Lock, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(lock for each in value for lock in _locks(each, path))
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        version = value.get("version")
        value = f"{value['name']}=={version}" if version is not None else value["name"]
    if not isinstance(value, str):
        raise BadInput("case-invalid", "lock is not a name, name==version, or a list of them", where=path)
    return (parse_lock(value, path),)


def _log(field: _Fields, path: str) -> str | None:
    text = field.text("traceback") or field.text("log")
    file = field.text("log_file")
    return read_log(_beside(path, file)) if text is None and file is not None else text


def _beside(path: str, file: str) -> str:
    """A file named in a case stands relative to the case."""
    return file if path == STDIN else str(Path(path).parent / file)
