"""The file of a release that a target takes, or why it takes none."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.facts.choose import NEVER_RELEASED, allows_python, judge_release
from numlock.model import File, Fit, Key, Release, Target

LINUX = "manylinux_2_28_x86_64"
MAC = "macosx_14_0_arm64"
WINDOWS = "win_amd64"
KEY = Key(canonicalize_name("demo"), Version("1.0"))


def target(python: str = "3.7", platform: str = LINUX) -> Target:
    major, _, minor = python.partition(".")
    return Target(python=(int(major), int(minor)), platform=platform)


def file(tag: str, **fields: str) -> File:
    """A wheel by its tag, or a source archive by its ending."""
    name = f"demo-1.0-{tag}.whl" if tag.count("-") >= 2 else f"demo-1.0.{tag}"
    return File(filename=name, url=f"https://files.test/{name}", **fields)  # type: ignore[arg-type]


def judged(*files: File, on: Target | None = None) -> Release:
    return judge_release(KEY, files, on or target())


def taken(*tags: str, on: Target) -> str | None:
    found = judged(*map(file, tags), on=on).file
    return None if found is None else found.filename.removeprefix("demo-1.0").strip("-.").removesuffix(".whl")


PYTHONS = [f"3.{minor}" for minor in range(6, 15)]


def own_tag(python: str) -> str:
    """``cp37-cp37m`` and ``cp38-cp38``: the m went with 3.8."""
    short = python.replace(".", "")
    return f"cp{short}-cp{short}{'m' if python in ('3.6', '3.7') else ''}"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("platform", "wheel"),
    [(LINUX, "manylinux2014_x86_64"), (MAC, "macosx_11_0_arm64"), (WINDOWS, "win_amd64")],
    ids=["linux", "macos", "windows"],
)
def test_every_python_takes_its_own_wheel_on_every_platform(python: str, platform: str, wheel: str) -> None:
    everything = [f"{own_tag(each)}-{tag}" for each in PYTHONS for tag in (wheel, "win32", "linux_armv7l")]
    assert taken(*everything, on=target(python, platform)) == f"{own_tag(python)}-{wheel}"


@pytest.mark.parametrize(
    ("tag", "python", "platform", "fits"),
    [
        ("py3-none-any", "3.6", LINUX, True),
        ("py2.py3-none-any", "3.14", WINDOWS, True),
        ("py2-none-any", "3.7", LINUX, False),
        ("py37-none-any", "3.9", LINUX, True),
        ("py39-none-any", "3.7", LINUX, False),
        ("cp37-none-any", "3.7", LINUX, True),
        ("cp37-abi3-manylinux2014_x86_64", "3.12", LINUX, True),
        ("cp312-abi3-manylinux2014_x86_64", "3.11", LINUX, False),
        ("cp37-cp37-manylinux2014_x86_64", "3.7", LINUX, False),
        ("cp38-cp38m-manylinux2014_x86_64", "3.8", LINUX, False),
        ("cp313-cp313t-manylinux2014_x86_64", "3.13", LINUX, False),
        ("pp37-pypy37_pp73-manylinux2014_x86_64", "3.7", LINUX, False),
        ("cp37-cp37m-manylinux1_x86_64", "3.7", LINUX, True),
        ("cp37-cp37m-manylinux2010_x86_64", "3.7", LINUX, True),
        ("cp37-cp37m-linux_x86_64", "3.7", LINUX, True),
        ("cp37-cp37m-manylinux_2_28_x86_64", "3.7", LINUX, True),
        ("cp37-cp37m-manylinux_2_31_x86_64", "3.7", LINUX, False),
        ("cp37-cp37m-manylinux_2_31_x86_64.manylinux2014_x86_64", "3.7", LINUX, True),
        ("cp37-cp37m-manylinux2014_aarch64", "3.7", LINUX, False),
        ("cp37-cp37m-manylinux2014_i686", "3.7", LINUX, False),
        ("cp37-cp37m-musllinux_1_1_x86_64", "3.7", LINUX, False),
        ("cp310-cp310-musllinux_1_1_x86_64", "3.10", "musllinux_1_2_x86_64", True),
        ("cp310-cp310-manylinux2014_x86_64", "3.10", "musllinux_1_2_x86_64", False),
        ("py3-none-manylinux2014_x86_64", "3.10", LINUX, True),
        ("cp39-cp39-macosx_10_9_universal2", "3.9", MAC, True),
        ("cp39-cp39-macosx_10_9_x86_64", "3.9", MAC, False),
        ("cp39-cp39-macosx_15_0_arm64", "3.9", MAC, False),
        ("cp37-cp37m-macosx_10_9_x86_64", "3.7", "macosx_11_0_x86_64", True),
        ("cp39-cp39-win32", "3.9", WINDOWS, False),
        ("cp39-cp39-win32", "3.9", "win32", True),
        ("cp39-cp39-win_arm64", "3.9", WINDOWS, False),
    ],
)
def test_whether_a_wheel_fits(tag: str, python: str, platform: str, fits: bool) -> None:
    found = judged(file(tag), on=target(python, platform))
    assert found.fit is (Fit.WHEEL if fits else Fit.NONE)
    assert (found.file is not None) is fits


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["py3-none-any", "cp37-cp37m-manylinux1_x86_64"], "cp37-cp37m-manylinux1_x86_64"),
        (
            ["cp37-cp37m-manylinux1_x86_64", "cp37-cp37m-manylinux2014_x86_64"],
            "cp37-cp37m-manylinux2014_x86_64",
        ),
        (["cp36-abi3-manylinux2014_x86_64", "cp37-cp37m-linux_x86_64"], "cp37-cp37m-linux_x86_64"),
        (["py2.py3-none-any", "cp36-abi3-manylinux2014_x86_64"], "cp36-abi3-manylinux2014_x86_64"),
        (["tar.gz", "py3-none-any"], "py3-none-any"),
        (["zip", "tar.gz"], "tar.gz"),
        (["tar.bz2", "zip"], "tar.bz2"),
        (["zip"], "zip"),
    ],
    ids=[
        "native before pure",
        "the newest manylinux",
        "the own interface before the stable one",
        "the stable interface before pure",
        "a wheel before a source archive",
        "tar.gz before zip",
        "the first of other archives",
        "zip where there is nothing else",
    ],
)
def test_the_best_file_is_taken(tags: list[str], expected: str) -> None:
    assert taken(*tags, on=target()) == expected


def test_only_a_source_archive() -> None:
    found = judged(file("tar.gz"))
    assert (found.fit, found.built_elsewhere, found.obstacle) == (Fit.SOURCE, False, None)


def test_wheels_for_others_only_and_a_source_archive() -> None:
    found = judged(file("tar.gz"), file("cp38-cp38-manylinux2014_x86_64"))
    assert (found.fit, found.built_elsewhere) == (Fit.SOURCE, True)


def test_a_wheel_is_never_built_elsewhere() -> None:
    assert not judged(file("py3-none-any"), file("cp38-cp38-win32")).built_elsewhere


# --- requires-python -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requires", "python", "allowed"),
    [
        (None, "3.6", True),
        (">=3.7", "3.7", True),
        (">=3.7", "3.6", False),
        (">=3.7.1", "3.7", True),
        (">=3.6.2,<4.0.0", "3.6", True),
        ("<3.8", "3.7", True),
        ("<3.8", "3.8", False),
        ("<=3.7", "3.7", True),
        ("!=3.7.0,>=3.6", "3.7", True),
        ("==3.7.*", "3.7", True),
        ("==3.7.*", "3.8", False),
        ("!=3.8.*", "3.8", False),
        (">=2.7, !=3.0.*, !=3.1.*", "3.14", True),
        ("~=3.6", "3.14", True),
        (">=3.9", "3.10", True),
        ("<4", "3.14", True),
        ("<3", "3.6", False),
        (">=3.6.*", "3.5", True),
        ("python 3 only", "3.7", True),
    ],
)
def test_requires_python(requires: str | None, python: str, allowed: bool) -> None:
    assert allows_python(requires, target(python)) is allowed


def test_files_for_other_pythons_are_passed_over() -> None:
    found = judged(file("py3-none-any", requires_python=">=3.9"), file("tar.gz", requires_python=">=3.6"))
    assert (found.fit, found.file) == (Fit.SOURCE, file("tar.gz", requires_python=">=3.6"))


# --- obstacles ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], NEVER_RELEASED),
        (
            [file("py3-none-any", requires_python=">=3.9"), file("tar.gz", requires_python=">=3.9")],
            "it requires Python >=3.9, the target is 3.7",
        ),
        (
            [file("py3-none-any", requires_python=">=3.9"), file("tar.gz", requires_python="<3")],
            "it requires Python <3 or >=3.9, the target is 3.7",
        ),
        (
            [file("cp38-cp38-manylinux2014_x86_64")],
            f"it has no wheel for cpython 3.7 on {LINUX} and no source archive",
        ),
        (
            [file("cp38-cp38-win32"), file("tar.gz", requires_python=">=3.8")],
            f"it has no wheel for cpython 3.7 on {LINUX} and no source archive",
        ),
    ],
    ids=["no files", "one range", "two ranges", "other wheels", "other wheels, and a source for others"],
)
def test_an_obstacle_in_words(files: list[File], words: str) -> None:
    found = judged(*files)
    assert (found.fit, found.file, found.obstacle) == (Fit.NONE, None, words)


# --- yanked and uploaded -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([None, None], None),
        (["broken", "broken"], "broken"),
        (["", ""], ""),
        (["broken", None], None),
        ([None, "broken"], None),
    ],
    ids=["none", "all with a reason", "all without a reason", "the first only", "the last only"],
)
def test_a_release_is_yanked_where_all_its_files_are(reasons: list[str | None], expected: str | None) -> None:
    files = [
        File(filename=f"demo-1.0.{kind}", url="https://files.test/x", yanked=reason)
        for kind, reason in zip(("tar.gz", "zip"), reasons, strict=True)
    ]
    assert judged(*files).yanked == expected


def test_a_yanked_release_still_says_whether_it_fits() -> None:
    found = judged(file("py3-none-any", yanked="broken"))
    assert (found.fit, found.yanked) == (Fit.WHEEL, "broken")


def test_a_release_was_uploaded_when_its_first_file_was() -> None:
    dates = ("2021-02-03T00:00:00Z", "2020-12-31T00:00:00Z")
    files = [file(kind, uploaded=day) for kind, day in zip(("py3-none-any", "tar.gz"), dates, strict=True)]
    assert judged(*files, file("zip")).uploaded == "2020-12-31T00:00:00Z"


def test_an_obstacle_does_not_hide_yanking_and_time() -> None:
    found = judged(file("py2-none-any", yanked="old", uploaded="2010-01-01T00:00:00Z"))
    assert (found.fit, found.yanked, found.uploaded) == (Fit.NONE, "old", "2010-01-01T00:00:00Z")
