"""Which file of a release an installer would take on a target, and why none where it would take none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, parse_tag
from packaging.utils import BuildTag, parse_wheel_filename

from numlock.model import File, Fit, Key, Release, Target

NEVER_RELEASED = "no index has this version (never released, or taken back)"
_PATCHES = (0, 99, *range(1, 30))  # a target names X.Y; any X.Y.Z of it may meet "requires Python >=3.7.1"


def judge_release(key: Key, files: Sequence[File], target: Target) -> Release:
    """The release as the target sees it: the best wheel by tags, else a source archive, else the obstacle in words."""
    yanked = next((file.yanked for file in files), None) if all(f.yanked is not None for f in files) else None
    uploaded = min((file.uploaded for file in files if file.uploaded), default=None)
    fitting = [file for file in files if allows_python(file.requires_python, target)]
    wheels = [(rank, file) for file in fitting if (rank := _rank(file.filename, target)) is not None]
    sources = [file for file in fitting if not file.is_wheel]
    obstacle = None if wheels or sources else _obstacle(files, fitting, target)
    if wheels:
        best = min(rank for rank, _ in wheels)
        same = [file for rank, file in wheels if rank == best]
        fit, file = Fit.WHEEL, max(same, key=_build) if len(same) > 1 else same[0]
    elif sources:
        fit, file = Fit.SOURCE, min(sources, key=lambda each: not each.filename.endswith(".tar.gz"))
    else:
        return Release(key=key, fit=Fit.NONE, yanked=yanked, uploaded=uploaded, obstacle=obstacle)
    elsewhere = fit is Fit.SOURCE and any(each.is_wheel for each in files)
    return Release(key=key, fit=fit, file=file, yanked=yanked, uploaded=uploaded, built_elsewhere=elsewhere)


def allows_python(requires: str | None, target: Target) -> bool:
    """Whether some X.Y.Z of the target's X.Y meets a Requires-Python; one that cannot be parsed does not count."""
    return requires is None or _allows(requires, target.version)


@lru_cache(maxsize=4096)
def _allows(requires: str, version: str) -> bool:
    try:
        wanted = SpecifierSet(requires)
    except InvalidSpecifier:
        return True
    return any(wanted.contains(f"{version}.{patch}", prereleases=True) for patch in _PATCHES)


def _build(file: File) -> tuple[BuildTag, str]:
    """What tells wheels for the same tags apart."""
    return parse_wheel_filename(file.filename)[2], file.filename


def _rank(filename: str, target: Target) -> int | None:
    """The place of a wheel's best tag among the target's; None where it has none of them."""
    if not filename.endswith(".whl"):
        return None
    _, *tags = filename.removesuffix(".whl").rsplit("-", 3)
    return _best("-".join(tags), target)


@lru_cache(maxsize=65536)  # thousands of wheels have the same tags
def _best(tags: str, target: Target) -> int | None:
    ranks = _ranks(target)
    return min((ranks[tag] for tag in parse_tag(tags) if tag in ranks), default=None)


@lru_cache(maxsize=32)
def _ranks(target: Target) -> dict[Tag, int]:
    return {tag: rank for rank, tag in reversed(list(enumerate(target.tags)))}


def _obstacle(files: Sequence[File], fitting: Sequence[File], target: Target) -> str:
    if not files:
        return NEVER_RELEASED
    if not fitting:
        wanted = sorted({file.requires_python for file in files if file.requires_python})
        return f"it requires Python {' or '.join(wanted)}, the target is {target.version}"
    return f"it has no wheel for {target} and no source archive"
