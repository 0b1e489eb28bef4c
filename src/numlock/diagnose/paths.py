"""What the path of a frame's file tells: library, standard library or project, and which Python."""

from __future__ import annotations

import re
from typing import NamedTuple

from numlock.model import Place

_PACKAGES = re.compile(r"(?:^|/)(?:site|dist)-packages/(.*)$", re.DOTALL)
_EGG = re.compile(r"^[^/]+\.egg/")
_STDLIB = re.compile(r"(?:^|/)lib(?:64|32)?/(?:python|pypy)3\.\d+t?/([^/].*)$", re.DOTALL)
_STDLIB_ZIP = re.compile(r"(?:^|/)python3?\d*\.zip/(.*)$", re.DOTALL)
# Where Windows keeps an interpreter, a folder on the way is named after it; a project's own "lib" has none above it.
_STDLIB_WINDOWS = re.compile(
    r"^[A-Za-z]:/(?:[^/]+/)*?[^/]*(?:python|conda|mamba|forge)[^/]*/(?:[^/]+/)*?lib/([^/].*)$",
    re.IGNORECASE | re.DOTALL,
)
# Code that a person typed: at a prompt, into a notebook's cell.
_TYPED = re.compile(r"^<(?:ipython-input|cell|stdin|console|command-\d|doctest )")
_VERSION = re.compile(
    r"(?:^|/)(?:lib(?:64)?/)?python(3)\.(\d{1,2})t?/|(?:^|/)python(3)(\d{1,2})(?:-\d\d)?/", re.IGNORECASE
)


class Located(NamedTuple):
    """Where a file lives and its path below site-packages or below the standard library, with '/'."""

    place: Place
    inside: str | None


def locate(path: str) -> Located:
    """Classify the path of a frame's file, whatever system wrote it."""
    plain = path.replace("\\", "/")
    if _TYPED.match(plain):
        return Located(Place.PROJECT, None)
    if plain.startswith("<"):
        return Located(Place.SYNTHETIC, None)
    if found := _PACKAGES.search(plain):
        inside = found[1]
        while again := _PACKAGES.search(inside):
            inside = again[1]
        return Located(Place.LIBRARY, _EGG.sub("", inside))
    for pattern in (_STDLIB, _STDLIB_ZIP, _STDLIB_WINDOWS):
        if found := pattern.search(plain):
            return Located(Place.STDLIB, found[1])
    return Located(Place.PROJECT, None)


def python_of(path: str) -> tuple[int, int] | None:
    """The Python version that a path shows: ``lib/python3.7/``, ``Python37/``."""
    found = _VERSION.search(path.replace("\\", "/"))
    if not found:
        return None
    major, minor = (found[1], found[2]) if found[1] else (found[3], found[4])
    return int(major), int(minor)


def is_windows(path: str) -> bool:
    """Whether a path has a drive letter."""
    return re.match(r"[A-Za-z]:[\\/]", path) is not None
