"""The wheels that a target accepts, and what markers see on it."""

from __future__ import annotations

import pytest
from packaging.markers import Marker, default_environment
from packaging.tags import Tag
from packaging.utils import parse_wheel_filename

from numlock.model import Target

LINUX, WINDOWS, MAC, INTEL, MUSL = (
    "manylinux_2_39_x86_64",
    "win_amd64",
    "macosx_14_0_arm64",
    "macosx_13_0_x86_64",
    "musllinux_1_2_x86_64",
)
PYTHONS = [(3, minor) for minor in range(6, 15)]
PLATFORMS = [LINUX, WINDOWS, MAC, INTEL, MUSL]


def accepts(target: Target, tags: str) -> bool:
    _, _, _, of_wheel = parse_wheel_filename(f"name-1.0-{tags}.whl")
    return not of_wheel.isdisjoint(target.tags)


def name(python: tuple[int, int]) -> str:
    return f"{python[0]}.{python[1]}"


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS, ids=name)
def test_every_target_accepts_its_own_wheels_and_no_other_pythons(
    python: tuple[int, int], platform: str
) -> None:
    target = Target(python=python, platform=platform)
    accepted = [
        minor
        for minor in range(5, 16)
        if accepts(target, f"cp3{minor}-cp3{minor}{'m' if minor < 8 else ''}-{platform}")
    ]
    assert accepted == [python[1]]
    assert accepts(target, "py3-none-any")
    assert accepts(target, f"py3-none-{platform}")


@pytest.mark.parametrize("python", PYTHONS, ids=name)
def test_pymalloc_is_in_the_abi_before_3_8_only(python: tuple[int, int]) -> None:
    digits = f"cp3{python[1]}"
    abis = {tag.abi for tag in Target(python=python).tags}
    assert abis == {f"{digits}m" if python < (3, 8) else digits, "abi3", "none"}


@pytest.mark.parametrize(
    ("python", "tags", "accepted"),
    [
        pytest.param((3, 7), "cp37-cp37m", True, id="cp37m on 3.7"),
        pytest.param((3, 7), "cp37-cp37", False, id="cp37 without m on 3.7"),
        pytest.param((3, 7), "cp38-cp38", False, id="cp38 on 3.7"),
        pytest.param((3, 8), "cp37-cp37m", False, id="cp37m on 3.8"),
        pytest.param((3, 8), "cp38-cp38m", False, id="cp38 with m on 3.8"),
        pytest.param((3, 7), "cp37.cp38-cp37m.cp38", True, id="a wheel for two"),
        pytest.param((3, 11), "cp36-abi3", True, id="abi3 of an older Python"),
        pytest.param((3, 11), "cp311-abi3", True, id="abi3 of this Python"),
        pytest.param((3, 10), "cp311-abi3", False, id="abi3 of a newer Python"),
        pytest.param((3, 6), "cp34-abi3", True, id="abi3 on 3.6"),
        pytest.param((3, 13), "cp313-cp313t", False, id="free-threaded on 3.13"),
        pytest.param((3, 14), "cp314-cp314t", False, id="free-threaded on 3.14"),
        pytest.param((3, 9), "cp39-none", True, id="no abi, this Python"),
        pytest.param((3, 9), "pp39-pypy39_pp73", False, id="PyPy"),
        pytest.param((3, 9), "py3-none", True, id="py3 for the platform"),
    ],
)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_wheels_by_python(python: tuple[int, int], tags: str, accepted: bool, platform: str) -> None:
    assert accepts(Target(python=python, platform=platform), f"{tags}-{platform}") is accepted


@pytest.mark.parametrize(
    ("python", "tags", "accepted"),
    [
        pytest.param((3, 6), "py3-none-any", True, id="py3"),
        pytest.param((3, 6), "py2.py3-none-any", True, id="py2 and py3"),
        pytest.param((3, 6), "py2-none-any", False, id="py2"),
        pytest.param((3, 14), "py36-none-any", True, id="an older Python"),
        pytest.param((3, 7), "py39-none-any", False, id="a newer Python"),
        pytest.param((3, 10), "py310-none-any", True, id="two digits"),
        pytest.param((3, 10), "cp310-none-any", True, id="this CPython"),
    ],
)
def test_pure_wheels(python: tuple[int, int], tags: str, accepted: bool) -> None:
    assert accepts(Target(python=python), tags) is accepted


@pytest.mark.parametrize(
    ("platform", "wheel", "accepted"),
    [
        pytest.param(LINUX, "manylinux2014_x86_64", True, id="manylinux2014 on a current Linux"),
        pytest.param(LINUX, "manylinux2010_x86_64", True, id="manylinux2010 on a current Linux"),
        pytest.param(LINUX, "manylinux1_x86_64", True, id="manylinux1 on a current Linux"),
        pytest.param(LINUX, "manylinux_2_39_x86_64", True, id="the same glibc"),
        pytest.param(LINUX, "manylinux_2_5_x86_64", True, id="the oldest glibc"),
        pytest.param(LINUX, "manylinux_2_40_x86_64", False, id="a newer glibc"),
        pytest.param(LINUX, "manylinux_2_17_x86_64.manylinux2014_x86_64", True, id="a compressed tag set"),
        pytest.param(LINUX, "linux_x86_64", True, id="a plain Linux wheel"),
        pytest.param(LINUX, "manylinux2014_aarch64", False, id="another machine"),
        pytest.param(LINUX, "musllinux_1_1_x86_64", False, id="musl on glibc"),
        pytest.param(LINUX, "win_amd64", False, id="Windows on Linux"),
        pytest.param("manylinux_2_17_x86_64", "manylinux2014_x86_64", True, id="2014 is 2.17"),
        pytest.param("manylinux_2_16_x86_64", "manylinux2014_x86_64", False, id="2014 is not 2.16"),
        pytest.param("manylinux_2_12_x86_64", "manylinux2010_x86_64", True, id="2010 is 2.12"),
        pytest.param("manylinux_2_11_x86_64", "manylinux2010_x86_64", False, id="2010 is not 2.11"),
        pytest.param("manylinux_2_17_x86_64", "manylinux_2_28_x86_64", False, id="2.28 on 2.17"),
        pytest.param("manylinux_2_28_aarch64", "manylinux2014_aarch64", True, id="2014 on ARM"),
        pytest.param(MUSL, "musllinux_1_1_x86_64", True, id="an older musl"),
        pytest.param(MUSL, "musllinux_1_2_x86_64", True, id="the same musl"),
        pytest.param("musllinux_1_1_x86_64", "musllinux_1_2_x86_64", False, id="a newer musl"),
        pytest.param(MUSL, "manylinux2014_x86_64", False, id="glibc on musl"),
        pytest.param(MUSL, "linux_x86_64", True, id="a plain Linux wheel on musl"),
        pytest.param(MAC, "macosx_11_0_arm64", True, id="an older macOS"),
        pytest.param(MAC, "macosx_14_0_arm64", True, id="the same macOS"),
        pytest.param(MAC, "macosx_15_0_arm64", False, id="a newer macOS"),
        pytest.param(MAC, "macosx_11_0_universal2", True, id="universal on ARM"),
        pytest.param(MAC, "macosx_10_9_universal2", True, id="universal for macOS 10 on ARM"),
        pytest.param(MAC, "macosx_10_9_x86_64", False, id="Intel on ARM"),
        pytest.param(INTEL, "macosx_10_9_x86_64", True, id="macOS 10 on a newer Intel machine"),
        pytest.param(INTEL, "macosx_10_9_universal2", True, id="universal on Intel"),
        pytest.param(INTEL, "macosx_11_0_arm64", False, id="ARM on Intel"),
        pytest.param(WINDOWS, "win_amd64", True, id="64 bits on Windows"),
        pytest.param(WINDOWS, "win32", False, id="32 bits on 64-bit Windows"),
        pytest.param("win32", "win32", True, id="32 bits on Windows"),
        pytest.param("win_arm64", "win_amd64", False, id="Intel on Windows on ARM"),
    ],
)
def test_wheels_by_platform(platform: str, wheel: str, accepted: bool) -> None:
    assert accepts(Target(python=(3, 9), platform=platform), f"cp39-cp39-{wheel}") is accepted


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS, ids=name)
def test_tags_stand_once_and_from_exact_to_general(python: tuple[int, int], platform: str) -> None:
    tags = Target(python=python, platform=platform).tags
    digits = f"cp3{python[1]}"
    own = f"{digits}m" if python < (3, 8) else digits
    ordered = [
        tags.index(tag)
        for tag in (
            Tag(digits, own, platform),
            Tag(digits, "abi3", platform),
            Tag("cp35", "abi3", platform),
            Tag("py3", "none", platform),
            Tag(digits, "none", "any"),
            Tag("py3", "none", "any"),
        )
    ]
    assert ordered == sorted(ordered)
    assert ordered[0] == 0
    assert len(tags) == len(set(tags))


def test_a_newer_glibc_is_better_than_an_older_one() -> None:
    tags = Target(python=(3, 9), platform="manylinux_2_28_x86_64").tags
    platforms = [tag.platform for tag in tags if tag.abi == "cp39"]
    wanted = ["manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux_2_5", "manylinux1", "linux"]
    places = [platforms.index(f"{each}_x86_64") for each in wanted]
    assert places == sorted(places)
    assert places[-1] == len(platforms) - 1


# --- markers


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS, ids=name)
def test_markers_see_the_python_and_nothing_of_the_running_one(
    python: tuple[int, int], platform: str
) -> None:
    environment = Target(python=python, platform=platform).environment
    assert environment.keys() == default_environment().keys()
    assert environment["python_version"] == name(python)
    assert environment["python_full_version"].startswith(f"{name(python)}.")
    assert environment["implementation_version"] == environment["python_full_version"]
    assert (environment["implementation_name"], environment["platform_python_implementation"]) == (
        "cpython",
        "CPython",
    )


@pytest.mark.parametrize(
    ("platform", "system", "os_name", "sys_platform", "machine"),
    [
        (LINUX, "Linux", "posix", "linux", "x86_64"),
        ("manylinux_2_28_aarch64", "Linux", "posix", "linux", "aarch64"),
        ("manylinux_2_17_i686", "Linux", "posix", "linux", "i686"),
        ("manylinux_2_17_ppc64le", "Linux", "posix", "linux", "ppc64le"),
        ("manylinux_2_31_armv7l", "Linux", "posix", "linux", "armv7l"),
        (MUSL, "Linux", "posix", "linux", "x86_64"),
        ("musllinux_1_2_aarch64", "Linux", "posix", "linux", "aarch64"),
        (MAC, "Darwin", "posix", "darwin", "arm64"),
        (INTEL, "Darwin", "posix", "darwin", "x86_64"),
        (WINDOWS, "Windows", "nt", "win32", "AMD64"),
        ("win32", "Windows", "nt", "win32", "x86"),
        ("win_arm64", "Windows", "nt", "win32", "ARM64"),
    ],
)
def test_markers_see_the_platform(
    platform: str, system: str, os_name: str, sys_platform: str, machine: str
) -> None:
    environment = Target(python=(3, 9), platform=platform).environment
    assert environment["platform_system"] == system
    assert environment["os_name"] == os_name
    assert environment["sys_platform"] == sys_platform
    assert environment["platform_machine"] == machine


@pytest.mark.parametrize(
    ("python", "platform", "marker", "holds"),
    [
        pytest.param((3, 10), LINUX, "python_version < '3.9'", False, id="3.10 is not below 3.9"),
        pytest.param((3, 9), LINUX, "python_version < '3.10'", True, id="3.9 is below 3.10"),
        pytest.param((3, 7), LINUX, "python_version < '3.8'", True, id="3.7 is below 3.8"),
        pytest.param((3, 8), LINUX, "python_full_version < '3.8'", False, id="3.8.0 is not below 3.8"),
        pytest.param((3, 6), WINDOWS, "sys_platform == 'win32'", True, id="64-bit Windows is win32"),
        pytest.param(
            (3, 9), MAC, "platform_machine == 'arm64' and sys_platform == 'darwin'", True, id="macOS"
        ),
        pytest.param((3, 9), MUSL, "platform_system == 'Linux'", True, id="musl is Linux"),
        pytest.param((3, 9), LINUX, "platform_python_implementation == 'PyPy'", False, id="not PyPy"),
        pytest.param((3, 14), LINUX, "python_version >= '3.12'", True, id="3.14 is above 3.12"),
    ],
)
def test_marker(python: tuple[int, int], platform: str, marker: str, holds: bool) -> None:
    environment = Target(python=python, platform=platform).environment
    assert Marker(marker).evaluate(environment) is holds


def test_changing_an_environment_changes_no_target() -> None:
    Target(python=(3, 9)).environment["python_version"] = "2.7"
    assert Target(python=(3, 9)).environment["python_version"] == "3.9"


def test_words() -> None:
    assert str(Target(python=(3, 7), platform=WINDOWS)) == "cpython 3.7 on win_amd64"
    assert Target(python=(3, 10)).version == "3.10"
