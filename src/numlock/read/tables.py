"""Pins that stand as requirement strings inside TOML and YAML: ``pyproject.toml`` and ``environment.yml``.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://packaging.python.org/en/latest/specifications/dependency-groups/
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Where
from numlock.read.document import Document, Form
from numlock.read.files import STDIN, Raw, decode
from numlock.read.placed import Placed, load_toml, load_yaml
from numlock.read.poetry import poetry_requirements
from numlock.read.requirements import Reader, parse_entry

_CONDA = re.compile(r"(?:\S+::)?(?P<name>[A-Za-z0-9_][\w.-]*)\s*(?:==?\s*(?P<version>\d\S*))?.*")
_PYTHON = re.compile(r"(\d)\.(\d{1,2})\b")
Group = list[Placed]  # the requirement strings of one table or list


def read_pyproject(raw: Raw) -> Iterator[Document]:
    """The dependencies with every extra and group; one that contradicts them is an environment of its own."""
    document = load_toml(decode(raw.data), raw.path)
    base, *groups = _groups(document)
    together, apart = [base], []
    for group in groups:
        if _contradicts(group, together, raw.path):
            apart.append(group)
        else:
            together.append(group)
    for chosen in (together, *([base, group] for group in apart)):
        yield _read_groups(raw, document, chosen)


def read_project_alone(raw: Raw) -> Document:
    """The dependencies without extras and groups: what is asked for where nobody names any."""
    document = load_toml(decode(raw.data), raw.path)
    return _read_groups(raw, document, _groups(document)[:1])


def _read_groups(raw: Raw, document: Mapping[str, Any], chosen: Iterable[Group]) -> Document:
    reader = Reader(files=[raw])
    for name in _files(document):
        reader.read(_beside(raw.path, name), chain=(raw.path,))
    _take(reader, (each for group in chosen for each in group), raw.path)
    return replace(reader.document(raw.path), form=Form.PYPROJECT)


def pyproject_strings(text: str, path: str) -> list[Placed]:
    """Every requirement string of a ``pyproject.toml``."""
    return [each for group in _groups(load_toml(text, path)) for each in group]


def read_environment(raw: Raw) -> Iterator[Document]:
    """The pip section of a conda environment; what conda installs is not looked into."""
    reader = Reader(files=[raw])
    for item in _dependencies(decode(raw.data), raw.path):
        if isinstance(item, Placed):
            where = Where(path=raw.path, line=item.line)
            found = _CONDA.fullmatch(item)
            name = canonicalize_name(found["name"]) if found else None
            if found and name == "python" and (python := _PYTHON.match(found["version"] or "")):
                reader.python = (int(python[1]), int(python[2]))
            elif name != "python":
                reader.entries.append(Opaque(text=str(item), where=where, name=name))
    _take(reader, environment_strings(decode(raw.data), raw.path), raw.path)
    yield replace(reader.document(raw.path), form=Form.ENVIRONMENT)


def environment_strings(text: str, path: str) -> list[Placed]:
    """Every line of the pip sections of a conda environment."""
    sections = [item.get("pip") for item in _dependencies(text, path) if isinstance(item, dict)]
    return [line for section in sections for line in _strings(section)]


def _take(reader: Reader, strings: Iterable[Placed], path: str) -> None:
    for each in strings:
        if each.strip():
            reader.take(each.strip(), Where(path=path, line=each.line), chain=(path,))


def _dependencies(text: str, path: str) -> list[Any]:
    document = load_yaml(text, path)
    found = document.get("dependencies") if isinstance(document, dict) else None
    if not isinstance(found, list):
        hint = "an environment.yml has a list of dependencies"
        raise BadInput("pins-invalid", "has no dependencies", where=path, hint=hint)
    return found


def _groups(document: Mapping[str, Any]) -> list[Group]:
    """The project's dependencies first, then each extra and each dependency group; Poetry's tables with them."""
    project, poetry = _table(document, "project"), _table(_table(document, "tool"), "poetry")
    optional = _table(project, "optional-dependencies").values()
    groups = _table(document, "dependency-groups").values()
    inner = [
        _table(group, "dependencies") for group in _table(poetry, "group").values() if isinstance(group, dict)
    ]
    return [
        [*_strings(project.get("dependencies")), *poetry_requirements(_table(poetry, "dependencies"))],
        *(_strings(each) for each in (*optional, *groups)),
        *(list(poetry_requirements(each)) for each in (_table(poetry, "dev-dependencies"), *inner)),
    ]


def _files(document: Mapping[str, Any]) -> Iterator[str]:
    """The requirements files that setuptools takes the dependencies from."""
    dynamic = _table(_table(_table(document, "tool"), "setuptools"), "dynamic")
    found = _table(dynamic, "dependencies").get("file")
    yield from _strings(found if isinstance(found, list) else [found])


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _strings(found: Any) -> Group:
    return [each for each in found if isinstance(each, Placed)] if isinstance(found, list) else []


def _contradicts(group: Group, others: Iterable[Group], path: str) -> bool:
    known = dict(_versions((each for other in others for each in other), path))
    return any(known.get(name, version) != version for name, version in _versions(group, path))


def _versions(strings: Iterable[Placed], path: str) -> Iterator[tuple[NormalizedName, Version]]:
    for each in strings:
        if each.strip() and isinstance(
            pin := parse_entry(each.strip(), Where(path=path, line=each.line)), Pin
        ):
            yield pin.name, pin.version


def _beside(path: str, name: str) -> str:
    return name if path == STDIN else str(Path(path).parent / name)
