"""What a change started from: the pins of files, and the project's files, as git remembers them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Conflict, Pin, Target
from numlock.prove import Repository
from numlock.read import Document, read_environments

_FILES = 100  # of an old state, one including the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """One state that the change started from: the file's environments, and the files that have changed since."""

    documents: tuple[Document, ...]
    changed: frozenset[Path]

    def has(self, name: NormalizedName, version: Version, target: Target) -> bool:
        """Whether a release was among the pins."""
        return any(_versions(each, target).get(name) == version for each in self.documents)

    def had(self, conflict: Conflict, target: Target, place: Path | None) -> bool:
        """Whether a conflict was there: all its members were pinned as they are, and its line of the project stood."""
        if place is not None and place.resolve() in self.changed:
            return False
        return any(conflict.hits(_versions(each, target)) for each in self.documents)


def befores(document: Document, repository: Repository | None) -> tuple[Before, ...]:
    """The states that the change of a file started from; none where it is new, or git knows nothing."""
    if repository is None:
        return ()
    return tuple(
        Before(documents=found, changed=repository.changed(base))
        for base in repository.bases()
        if (found := _documents(document, repository, base))
    )


def _versions(document: Document, target: Target) -> dict[NormalizedName, Version]:
    pins = (entry for entry in document.entries if isinstance(entry, Pin))
    return {pin.name: pin.version for pin in pins if pin.holds(target)}


def _documents(document: Document, repository: Repository, base: str) -> tuple[Document, ...]:
    """The same file in an old state, with all that it included then, from a copy in a temporary folder.

    One that was for another Python says nothing of this one.
    """
    with tempfile.TemporaryDirectory(prefix="numlock-") as name:
        folder = Path(name).resolve()
        wanted = [Path(raw.path) for raw in document.files]
        _copy(wanted, repository, base, folder)
        start = folder / _inside(Path(str(document.where)), repository)
        for _ in range(_FILES):
            found = _read(start)
            if not _copy(_missing(found, repository, folder), repository, base, folder):
                break
    documents = () if isinstance(found, BadInput) else found
    return tuple(each for each in documents if each.python in (None, document.python))


def _missing(found: tuple[Document, ...] | BadInput, repository: Repository, folder: Path) -> Iterator[Path]:
    """The repository's files that a copy in a folder includes, and that are not there."""
    errors = [found] if isinstance(found, BadInput) else [error for each in found for error in each.invalid]
    for error in errors:
        path = Path(error.where or "").resolve()
        if error.reference == "pins-missing" and folder in path.parents:
            yield repository.top / path.relative_to(folder)


def _read(path: Path) -> tuple[Document, ...] | BadInput:
    try:
        return read_environments([str(path)])
    except BadInput as error:
        return error


def _copy(paths: Iterable[Path], repository: Repository, base: str, folder: Path) -> int:
    """Copy files of an old state; how many of them there were."""
    count = 0
    for path in paths:
        text = repository.text(base, path)
        if text is not None:
            place = folder / _inside(path, repository)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            count += 1
    return count


def _inside(path: Path, repository: Repository) -> Path:
    try:
        return path.resolve().relative_to(repository.top.resolve())
    except ValueError:
        return Path(path.name)
