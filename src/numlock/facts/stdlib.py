"""The standard library by Python version: which modules it has, which of their names came or went.

The data are read from interpreters by ``python -m bench.stdlib``; names that every version has are not in them.
"""

from __future__ import annotations

import gzip
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).with_name("stdlib.json.gz")


def in_stdlib(module: str, python: tuple[int, int]) -> bool:
    """Whether the standard library of a Python has a module."""
    return bool(_data()["modules"].get(module, 0) & _bit(python))


def was_stdlib(module: str) -> bool:
    """Whether some Python's standard library has or had a module, or its top-level package."""
    return module in _data()["modules"] or module.split(".", 1)[0] in _data()["modules"]


def stdlib_offers(module: str, name: str | None, python: tuple[int, int], system: str) -> bool | None:
    """Whether a Python's standard library has a module, or a name in it; None where that is not known.

    Nothing is said of modules that no version has, nor of names that some build of another system may have.
    """
    mask = _data()["modules"].get(module)
    if mask is None:
        return None
    if not mask & _bit(python):
        return None if _newest(python) and not mask & 1 else False
    if name is None:
        return True
    names = _data()["names"].get(module, {})
    if name not in names or names[name] & _bit(python):
        return True if name in names else None
    removed = names[name] < _bit(python)
    return False if removed or (system == "linux" and not _newest(python)) else None


@cache
def _data() -> Any:
    return json.loads(gzip.decompress(_DATA.read_bytes()))


def _newest(python: tuple[int, int]) -> bool:
    """Whether a Python is newer than the data."""
    return python > tuple(_data()["versions"][-1])


@lru_cache(maxsize=32)
def _bit(python: tuple[int, int]) -> int:
    """The bit of a version; one that is newer than the data counts as the newest there."""
    versions = [tuple(each) for each in _data()["versions"]]
    held = [index for index, version in enumerate(versions) if version <= python]
    return 1 << (held[-1] if held else 0)
