"""``[tool.numlock]`` of the project's ``pyproject.toml``."""

from __future__ import annotations

import datetime
import difflib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from numlock.errors import BadInput
from numlock.read.locks import Lock, parse_lock
from numlock.read.target import parse_platform, parse_python

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_T = TypeVar("_T")
FILE = "pyproject.toml"
_TABLE = "[tool.numlock]"
_KEYS = ("locks", "python", "platforms", "ignore", "files", "projects")
_IGNORE_KEYS = ("package", "reason", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Conflicts that a package has a part in (at these versions) do not fail a check until a day has passed."""

    package: NormalizedName
    versions: SpecifierSet
    reason: str
    until: datetime.date | None = None

    def expired(self, today: datetime.date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and today > self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the project says of itself. ``folder`` is that of the file; paths in it start there."""

    folder: Path
    locks: tuple[Lock, ...] = ()
    pythons: tuple[tuple[int, int], ...] = ()
    platforms: tuple[str, ...] = ()
    ignore: tuple[Ignored, ...] = ()
    files: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


def configuration_file(start: Path) -> Path | None:
    """The nearest ``pyproject.toml`` in a folder or above it."""
    folder = start.absolute()
    return next((each / FILE for each in (folder, *folder.parents) if (each / FILE).is_file()), None)


def read_configuration(start: Path) -> Configuration:
    """The configuration that holds in a folder. Raises BadInput with the nearest key for one that does not exist."""
    path = configuration_file(start)
    if path is None:
        return Configuration(folder=start)
    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, not TOML
        raise BadInput("configuration-invalid", f"cannot be read: {error}", where=str(path)) from error
    table = tools.get("numlock", {}) if isinstance(tools, Mapping) else {}
    return parse_configuration(table, path)


def parse_configuration(table: Any, path: Path) -> Configuration:
    """The values of a ``[tool.numlock]`` table that stands in ``path``."""
    where = f"{path} {_TABLE}"
    _check_keys(table, _KEYS, where)

    def listed(key: str, read: Callable[[str, str], _T]) -> tuple[_T, ...]:
        return tuple(read(text, f"{where} {key}") for text in _texts(table.get(key, []), f"{where} {key}"))

    return Configuration(
        folder=path.parent,
        locks=listed("locks", parse_lock),
        pythons=listed("python", parse_python),
        platforms=listed("platforms", parse_platform),
        ignore=_ignore(table.get("ignore", []), f"{where} ignore"),
        files=listed("files", _path),
        projects=listed("projects", _path),
    )


def _check_keys(table: Any, known: Iterable[str], where: str) -> None:
    if not isinstance(table, Mapping):
        raise BadInput("configuration-invalid", "is not a table", where=where)
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(known)}"
            raise BadInput("configuration-unknown", f"{key!r} is no key", where=where, hint=hint)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    """A text, or a list of texts."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise BadInput("configuration-invalid", f"{value!r} is not a text or a list of texts", where=where)
    return tuple(values)


def _path(text: str, where: str) -> str:
    if Path(text).is_absolute() or ".." in Path(text).parts:
        raise BadInput("configuration-invalid", f"{text[:100]!r} leads out of the project", where=where)
    return text


def _ignore(value: Any, where: str) -> tuple[Ignored, ...]:
    if not isinstance(value, list):
        raise BadInput("configuration-invalid", "is not a list of tables", where=where)
    return tuple(_ignored(each, where) for each in value)


def _ignored(table: Any, where: str) -> Ignored:
    _check_keys(table, _IGNORE_KEYS, where)
    package, reason, until = (table.get(key) for key in _IGNORE_KEYS)
    if not isinstance(package, str) or not isinstance(reason, str) or not reason.strip():
        hint = 'write { package = "NAME==VERSION", reason = "WHY", until = 2030-01-31 }'
        raise BadInput("ignore-invalid", "needs a package and a reason", where=where, hint=hint)
    if not isinstance(until, (datetime.date, type(None))) or isinstance(until, datetime.datetime):
        raise BadInput(
            "ignore-invalid", f"{until!r} is no date", where=where, hint="write until = 2030-01-31"
        )
    try:
        wanted = Requirement(package)
    except InvalidRequirement as error:
        raise BadInput("ignore-invalid", f"{package[:100]!r} is no package", where=where) from error
    return Ignored(
        package=canonicalize_name(wanted.name), versions=wanted.specifier, reason=reason.strip(), until=until
    )
