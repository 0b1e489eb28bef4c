"""What this machine says where the user does not: the settings of its pip, the Python on PATH."""

from __future__ import annotations

import os
from importlib.util import find_spec

from numlock import prove, read
from numlock.facts import IndexSettings, Store, read_settings


def index_settings(store: Store, options: tuple[tuple[str, str], ...]) -> IndexSettings:
    """The settings that pip would use with the options of a pins file; its default index is asked for once."""
    found = find_spec("pip")
    pip = f"default index of {found.origin if found else 'no pip'}"
    return read_settings(
        os.environ, options=options, default_index=lambda: store.remembered(pip, prove.default_index)
    )


def python_of(store: Store) -> tuple[int, int] | None:
    """The Python on PATH; asked for once as long as it is the same program."""
    found = store.remembered(f"python {prove.program_on_path()}", lambda: _spell(prove.python_on_path()))
    return read.parse_python(found, "PATH") if found else None


def _spell(python: tuple[int, int] | None) -> str:
    return f"{python[0]}.{python[1]}" if python else ""
