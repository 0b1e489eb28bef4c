"""Any file of pins: its form is told by its name, else by its content."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from numlock.errors import BadInput
from numlock.read.compiled import compiled_from, is_compiled, sources_of
from numlock.read.document import Document, Form, exact
from numlock.read.files import STDIN, Raw, read_raw
from numlock.read.lockfiles import read_pdm, read_pipfile_lock, read_poetry, read_pylock, read_uv
from numlock.read.requirements import read_requirements
from numlock.read.tables import read_environment, read_project_alone, read_pyproject

_READERS: dict[Form, Callable[[Raw], Iterator[Document]]] = {
    Form.PYPROJECT: read_pyproject,
    Form.ENVIRONMENT: read_environment,
    Form.PYLOCK: read_pylock,
    Form.UV: read_uv,
    Form.POETRY: read_poetry,
    Form.PDM: read_pdm,
    Form.PIPFILE: read_pipfile_lock,
}
_SOURCES = 50  # of one file, over all levels
_NAMES = {
    Form.PYLOCK: r"pylock(\.[^./\\]+)?\.toml",
    Form.PYPROJECT: r".*pyproject\.toml",
    Form.UV: r"uv\.lock",
    Form.POETRY: r"poetry\.lock",
    Form.PDM: r"pdm\.lock",
    Form.PIPFILE: r"pipfile\.lock",
    Form.ENVIRONMENT: r".*\.ya?ml",
    Form.REQUIREMENTS: r".*\.(txt|in)",
}
_CONTENT = {
    Form.PIPFILE: r"\A\s*\{\s*\"(_meta|default|develop)\"",
    Form.PYLOCK: r"^\[\[packages\]\]",
    Form.PDM: r"^(content_hash\s*=|strategy\s*=\s*\[)",
    Form.POETRY: r"^content-hash\s*=",
    Form.UV: r"^\[\[package\]\]",
    Form.PYPROJECT: r"^\[(project|dependency-groups|tool\.poetry)\]",
    Form.ENVIRONMENT: r"^dependencies:",
}


def read_pins_file(path: str) -> Document:
    """Read a file of pins (``-``: standard input), of any form, and all that it includes.

    Unpinned lines, and files without any pin, are no errors here (see :func:`exact`). Raises BadInput with its place.
    Where extras or groups of a ``pyproject.toml`` contradict each other, this is the environment of the first ones.
    """
    return next(iter(_documents(path)))


def read_documents(path: str) -> tuple[Document, ...]:
    """Every environment that one file describes. Raises BadInput with its place."""
    return tuple(_documents(path))


def read_exact_pins(path: str) -> Document:
    """The same. Raises BadInput where a line is not pinned too, or nothing is."""
    return exact(read_pins_file(path))


def read_environments(paths: Iterable[str]) -> tuple[Document, ...]:
    """The environments that files describe, see :func:`outermost`. Raises BadInput with its place."""
    return outermost([read_documents(path) for path in dict.fromkeys(paths)])


def outermost(files: Sequence[Sequence[Document]]) -> tuple[Document, ...]:
    """The environments of files, none for a file that another one includes.

    A ``.in`` file and what was compiled from it are one environment.
    """
    included: set[str] = set()
    for each in (each for group in files for each in group):
        included |= {_real(raw.path) for raw in each.files if raw.path != each.where.path}
        included |= {_real(str(source.where)) for source in each.sources}
    chosen: dict[str, Sequence[Document]] = {}
    for group in files:
        place = _real(str(group[0].where))
        if place not in included:
            chosen.setdefault(place, group)
    return tuple(each for group in chosen.values() for each in group)


def form_of(path: str, text: str) -> Form:
    """The form of a file, by its name, else by its content."""
    name = os.path.basename(path).lower()
    named = (form for form, pattern in _NAMES.items() if re.fullmatch(pattern, name))
    shown = (form for form, pattern in _CONTENT.items() if re.search(pattern, text, re.MULTILINE))
    return next(named, None) or next(shown, Form.REQUIREMENTS)


def _documents(path: str) -> Iterator[Document]:
    raw = read_raw(path, "pins")
    form = form_of(path, raw.text)
    if form in _READERS:
        yield from _READERS[form](raw)
        return
    compiled = compiled_from(raw)
    document = read_requirements(compiled or path, None if compiled else raw)
    compiled_files = [each for each in document.files if is_compiled(each.text)]
    yield replace(document, compiled=bool(compiled_files), sources=tuple(_sources(compiled_files)))


def _sources(raws: Iterable[Raw]) -> list[Document]:
    """What files were compiled from, and what that was compiled from, as far as it can be read."""
    found: dict[str, Document] = {}
    waiting = [path for raw in raws for path in sources_of(raw)]
    while waiting and len(found) < _SOURCES:
        path = waiting.pop(0)
        if _real(path) in found:
            continue
        with suppress(BadInput):
            raw = read_raw(path, "pins")
            form = form_of(path, raw.text)
            read = read_project_alone(raw) if form is Form.PYPROJECT else read_requirements(path, raw)
            if not read.invalid:  # pip-compile would refuse it
                found[_real(path)] = read
                waiting += sources_of(raw)
    return list(found.values())


def _real(path: str) -> str:
    return path if path == STDIN else str(Path(path).resolve())
