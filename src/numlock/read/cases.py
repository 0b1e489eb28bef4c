"""Case documents: pins, Python, lock and crash in one file, as YAML (or JSON) or as labelled text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Where
from numlock.read.document import Document
from numlock.read.files import STDIN, read_text
from numlock.read.forms import read_exact_pins
from numlock.read.locks import Lock, parse_lock
from numlock.read.logs import read_log
from numlock.read.requirements import parse_block
from numlock.read.target import parse_platform, parse_python

# Patterns are compiled when they are first used: checks read no cases. The labels of the labelled form, in any order,
# behind any bullet. A label's text runs to the next label or heading.
_LABEL = (
    r"(?im)^[ \t]*(?:[-*\u2022][ \t]*)?(?:\*\*)?[ \t]*(?:\w+[ \t]+)?"
    r"(?P<label>environment|python version|crash traceback|traceback|primary constraint|lock)"
    r"[ \t]*(?:\*\*)?[ \t]*:[ \t]*(?:\*\*)?"
)
_HEADING = r"(?m)^[ \t]*(?:\*\*[^*\n]{1,80}\*\*|#{2,6} [^\n]{1,80})[ \t]*$"
_LOCKED = r"([A-Za-z0-9][A-Za-z0-9._-]*==[^\s,;]*[A-Za-z0-9])"
_TRACEBACK = ("crash traceback", "traceback")
_MAPPING = r"(?m)^[ \t]*(?:\{|(?:pins|requirements)[ \t]*:)"
_NULLS = ("", "~", "null")
_KEYS = (
    "pins",
    "requirements",
    "python",
    "platform",
    "lock",
    "locks",
    "traceback",
    "log",
    "log_file",
    "probe",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: pins and whatever else the document, or the command line in its place, says of the crash.

    ``document``: the file of pins, where they stand in one of their own.
    """

    where: Where
    entries: tuple[Pin | Opaque, ...]
    constraints: tuple[Pin, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    header_python: tuple[int, int] | None = None
    python: tuple[int, int] | None = None
    platform: str | None = None
    locks: tuple[Lock, ...] = ()
    log: str | None = None
    document: Document | None = None
    probe: str | None = None  # the program that died


def case_of(document: Document) -> Case:
    """A case that consists of a file of pins alone."""
    return Case(
        where=document.where,
        entries=document.entries,
        constraints=document.constraints,
        options=document.options,
        header_python=document.python,
        document=document if document.files else None,
    )


def installed_case(pins: str, interpreter: str) -> Case:
    """A case that consists of what an interpreter says is installed for it."""
    document = _document(parse_block(pins, interpreter, 1), interpreter)
    return case_of(document)


def read_case(path: str) -> Case:
    """Read a case (``-``: standard input); which form it has is decided by its content. Raises BadInput."""
    text = read_text(path, "case")
    labels = [found["label"].lower() for found in re.finditer(_LABEL, text)]
    if "environment" in labels and set(_TRACEBACK) & set(labels) and not re.search(_MAPPING, text):
        return _labelled(text, path)
    return _mapping(text, path)


class _Part(NamedTuple):
    """What stands behind a label, and the number of its first line."""

    text: str
    line: int


def _labelled(text: str, path: str) -> Case:
    parts = _parts(text)
    environment = parts["environment"]
    entries = parse_block(environment.text, path, environment.line)
    if not any(isinstance(entry, Pin) for entry in entries):
        raise BadInput("pins-none", "holds no pin", where=f"{path}:{environment.line}")
    python = re.search(r"\d\.\d+[\w.]*", parts["python version"].text) if "python version" in parts else None
    if "python version" in parts and python is None and parts["python version"].text.strip():
        parse_python(parts["python version"].text.strip(), f"{path}:{parts['python version'].line}")
    return Case(
        where=Where(path=path),
        entries=entries,
        python=parse_python(python[0], path) if python else None,
        locks=tuple(_labelled_locks(parts, path)),
        log=next((parts[label].text for label in _TRACEBACK if label in parts), None),
    )


def _parts(text: str) -> dict[str, _Part]:
    """The text behind each label up to the next one; a traceback may hold lines that look like labels."""
    found = list(re.finditer(_LABEL, text))
    parts: dict[str, _Part] = {}
    end = 0
    for index, label in enumerate(found):
        name = label["label"].lower()
        if label.start() < end or name in parts:
            continue
        following = found[index + 1 :]
        if name in _TRACEBACK and not _bulleted(label):
            following = [each for each in following if _ends_a_log(each, parts)]
        elif name in _TRACEBACK:
            following = [each for each in following if _bulleted(each)]
        body = text[label.end() : following[0].start() if following else len(text)]
        heading = re.search(_HEADING, body)
        body = body[: heading.start()] if heading else body
        end = label.end() + len(body)
        parts[name] = _Part(body, text.count("\n", 0, label.end()) + 1)
    return parts


def _ends_a_log(label: re.Match[str], parts: Mapping[str, _Part]) -> bool:
    """Logs hold lines such as ``Python version: 3.9`` themselves, but hardly ever these."""
    name = label["label"].lower()
    alone = label[0].strip(" \t*").lower().startswith(name)
    return alone and (name != "python version" or "environment" not in parts)


def _bulleted(label: re.Match[str]) -> bool:
    return label[0].lstrip()[:1] in "-*\u2022"


def _labelled_locks(parts: Mapping[str, _Part], path: str) -> Iterator[Lock]:
    """``Lock: torch, numpy==1.0``, or a sentence that holds exact versions."""
    for name in ("primary constraint", "lock"):
        if name not in parts:
            continue
        where = f"{path}:{parts[name].line}"
        sentence = next((line for line in parts[name].text.splitlines() if line.strip()), "")
        exact = re.findall(_LOCKED, sentence)
        words = exact or (re.split(r"[\s,]+", sentence.strip(" .")) if name == "lock" else [])
        yield from (parse_lock(word, where) for word in words if word)
        return


def _mapping(text: str, path: str) -> Case:
    document = _load(text, path)
    field = _Fields(document, path, text)
    pins = _pins(field, path)
    python, platform = field.text("python"), field.text("platform")
    if platform:
        parse_platform(platform, path)
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
        document=pins if pins.files else None,
        probe=field.text("probe"),
    )


def _load(text: str, path: str) -> Mapping[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
            return {key: value for key, value in document.items() if value not in (*_NULLS, None)}
        except (ValueError, RecursionError):
            pass  # YAML allows more than JSON does
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
    source: str

    def line(self, key: str, *, block: bool = False) -> int:
        """The line that a key's value starts on; a block's text starts behind its mark."""
        lines = self.lines(key)
        return lines[0] + block if lines else 1

    def lines(self, key: str) -> list[int]:
        """The lines of a list's items, or the one of a plain value."""
        import yaml

        try:
            node = yaml.compose(self.source, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        except (yaml.YAMLError, ValueError, RecursionError):
            return []
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        value = next((value for name, value in pairs if name.value == key), None)
        items = value.value if isinstance(value, yaml.SequenceNode) else [value] if value is not None else []
        return [item.start_mark.line + 1 for item in items]

    def text(self, key: str) -> str | None:
        value = self.document.get(key)
        if value is not None and not isinstance(value, str):
            raise BadInput("case-invalid", f"{key} is not text", where=self.path)
        return value


def _pins(field: _Fields, path: str) -> Document:
    pins, file = field.document.get("pins"), field.text("requirements")
    if isinstance(pins, str):
        entries = parse_block(pins, path, field.line("pins", block=True))
        return _document(entries, path)
    if pins is None and file is not None:
        return read_exact_pins(_beside(path, file))
    if not isinstance(pins, list) or not all(isinstance(pin, str) for pin in pins):
        raise BadInput("case-invalid", "has no list of pins", where=path, hint="give pins or requirements")
    numbers = field.lines("pins")
    entries = tuple(
        entry
        for index, pin in enumerate(pins)
        for entry in parse_block(pin, path, numbers[index] if index < len(numbers) else index + 1)
    )
    return _document(entries, path)


def _document(entries: tuple[Pin | Opaque, ...], path: str) -> Document:
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
