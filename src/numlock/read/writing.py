"""Bringing edits to the user's files: whole files, when all are ready, and never over somebody else's change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

from numlock.errors import BadInput
from numlock.read.moves import Edit


def apply(edits: Iterable[Edit]) -> None:
    """Write edits: each in a temporary file beside the one that it then replaces, which keeps its mode.

    Raises BadInput where a file is no longer what was read, or no file can be made beside one; then none is changed.
    """
    wanted = list(edits)
    with ExitStack() as stack:
        staged = [(edit, _stage(stack, edit)) for edit in wanted]
        for edit in wanted:
            _check_unchanged(edit)
        for edit, temporary in staged:
            _replace(edit, temporary)


def replace_file(path: str, data: bytes) -> None:
    """Write a file as :func:`apply` does, whatever it held; pipes and devices are written to. Raises OSError."""
    real = Path(path).resolve()
    if real.exists() and not real.is_file():
        real.write_bytes(data)
        return
    with ExitStack() as stack:
        os.replace(_temporary(stack, real, data), real)


def _stage(stack: ExitStack, edit: Edit) -> str:
    try:
        return _temporary(stack, _real(edit), edit.after)
    except OSError as error:
        raise _not_written(edit, error) from error


def _replace(edit: Edit, temporary: str) -> None:
    try:
        os.replace(temporary, _real(edit))
    except OSError as error:
        raise _not_written(edit, error) from error


def _not_written(edit: Edit, error: OSError) -> BadInput:
    return BadInput("file-not-written", error.strerror or str(error), where=edit.path)


def _temporary(stack: ExitStack, path: Path, data: bytes) -> str:
    """A file beside ``path`` with its mode; gone when the stack closes, where nothing was done with it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    stack.callback(_remove, name)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(name, _mode(path))
    return name


def _mode(path: Path) -> int:
    """A file's mode; where there is none yet, that of files which others may read."""
    return path.stat().st_mode & 0o7777 if path.exists() else 0o644


def _remove(name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name)


def _check_unchanged(edit: Edit) -> None:
    try:
        same = _real(edit).read_bytes() == edit.before
    except OSError:
        same = False
    if not same:
        hint = "run numlock again"
        raise BadInput("file-changed", "has changed since numlock read it", where=edit.path, hint=hint)


def _real(edit: Edit) -> Path:
    """The file itself where the path is a link to it."""
    return Path(edit.path).resolve()
