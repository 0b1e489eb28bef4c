"""Which releases a pinned version may be moved to."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.judge import Universe, candidate_versions
from numlock.model import Fit, Key, Release

TORCH, NUMPY = map(canonicalize_name, ("torch", "numpy"))


def release(
    version: str, fit: Fit = Fit.WHEEL, *, yanked: str | None = None, built_elsewhere: bool = False
) -> Release:
    return Release(key=Key(TORCH, Version(version)), fit=fit, yanked=yanked, built_elsewhere=built_elsewhere)


def offered(pinned: str, *releases: Release) -> list[str]:
    """The candidates, with a question mark behind the unknown ones."""
    return [
        f"{choice.version}{'?' if choice.unknown else ''}"
        for choice in candidate_versions(releases, Version(pinned))
    ]


@pytest.mark.parametrize(
    ("pinned", "listed", "expected"),
    [
        pytest.param("1.0", ["0.9", "1.0", "1.1"], ["0.9", "1.1"], id="older and newer ones, not the pinned"),
        pytest.param("1.0", ["1.1", "1.0", "0.9"], ["1.1", "0.9"], id="in the order given"),
        pytest.param("1.0", ["0.9", "1.1"], ["0.9", "1.1"], id="the pinned one is not listed"),
        pytest.param("1.0", [], [], id="nothing is listed"),
        pytest.param("1.0.0", ["1.0", "1.1"], ["1.1"], id="the pinned one in another spelling"),
        pytest.param("1.0", ["1.1a1", "1.1b2", "1.1rc1", "1.1.dev3"], [], id="no pre-releases for a release"),
        pytest.param("1.0rc1", ["1.0rc2", "1.0"], ["1.0rc2", "1.0"], id="both for a pre-release"),
        pytest.param("1.0.dev1", ["1.0a1"], ["1.0a1"], id="pre-releases for a development release"),
        pytest.param("1.0", ["1.0.post1"], ["1.0.post1"], id="a post release is a release"),
        pytest.param("1.0", ["1.1+cu111", "1.1"], ["1.1"], id="no labels for a version without one"),
        pytest.param(
            "1.8.0+cu111",
            ["1.8.0+cu111", "1.8.0", "1.8.0+cpu", "1.8.1", "1.8.1+cu102", "1.8.1+cu111", "1.7.1+cu111"],
            ["1.8.1+cu111", "1.7.1+cu111"],
            id="the same label only",
        ),
    ],
)
def test_versions(pinned: str, listed: list[str], expected: list[str]) -> None:
    assert offered(pinned, *map(release, listed)) == expected


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(release("1.1", yanked="broken"), id="yanked with a reason"),
        pytest.param(release("1.1", yanked=""), id="yanked without a reason"),
        pytest.param(release("1.1", Fit.NONE), id="no file for the target"),
    ],
)
def test_left_out(each: Release) -> None:
    assert offered("1.0", release("1.0"), each, release("1.2")) == ["1.2"]


@pytest.mark.parametrize(
    ("home", "other", "expected"),
    [
        pytest.param(release("1.0"), release("1.1"), "1.1", id="wheel to wheel"),
        pytest.param(release("1.0"), release("1.1", Fit.SOURCE), "1.1?", id="wheel to source"),
        pytest.param(release("1.0", Fit.SOURCE), release("1.1"), "1.1", id="source to wheel"),
        pytest.param(release("1.0", Fit.SOURCE), release("1.1", Fit.SOURCE), "1.1", id="source to source"),
        pytest.param(
            release("1.0", Fit.SOURCE),
            release("1.1", Fit.SOURCE, built_elsewhere=True),
            "1.1?",
            id="source to a source that others get wheels of",
        ),
        pytest.param(release("1.0", Fit.NONE), release("1.1", Fit.SOURCE), "1.1?", id="nothing to source"),
        pytest.param(release("0.9"), release("1.1", Fit.SOURCE), "1.1?", id="not listed to source"),
    ],
)
def test_a_release_that_must_be_built_is_unknown_unlike_the_pinned_one(
    home: Release, other: Release, expected: str
) -> None:
    assert offered("1.0", home, other)[-1] == expected


def test_the_pinned_version_is_always_in_question() -> None:
    pinned = {TORCH: Version("1.8.0"), NUMPY: Version("1.19.5")}
    universe = Universe(pinned=pinned, versions={TORCH: (Version("1.8.1"),)})
    assert universe.of(TORCH) == {Version("1.8.0"), Version("1.8.1")}
    assert universe.of(NUMPY) == {Version("1.19.5")}
    assert universe.outside(TORCH, SpecifierSet(">=1.8.1")) == {Version("1.8.0")}
    assert universe.outside(NUMPY, SpecifierSet("<2")) == frozenset()
