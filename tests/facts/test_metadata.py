"""Requirements that hold for a target, from metadata of all ages."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.facts.metadata import (
    MAX_REQUIREMENTS,
    metadata_version,
    needs_of,
    requires_dist,
    requires_txt,
)
from numlock.model import Key, Source, Target
from support.distributions import metadata
from support.distributions import requires_txt as written

KEY = Key(canonicalize_name("demo"), Version("1.0"))
SOURCE = Source(url="https://files.test/demo-1.0-py3-none-any.whl", member="METADATA")
LINUX_37 = Target(python=(3, 7), platform="manylinux_2_28_x86_64")
WINDOWS_312 = Target(python=(3, 12), platform="win_amd64")
MAC_39 = Target(python=(3, 9), platform="macosx_14_0_arm64")


def needs(*lines: str, on: Target = LINUX_37, extras: tuple[str, ...] = ()) -> list[str]:
    """The names and ranges that hold."""
    found = needs_of(KEY, lines, on, frozenset(extras), SOURCE)
    return [f"{need.name}{need.requirement.specifier}" for need in found]


# --- requires-dist ---------------------------------------------------------------------------------------


def test_requirements_stand_in_the_head_of_metadata() -> None:
    text = metadata("demo", "1.0", ["numpy>=1.14", "six ; python_version < '3'"])
    assert requires_dist(text) == ("numpy>=1.14", "six ; python_version < '3'")


def test_lines_of_the_description_are_no_requirements() -> None:
    assert requires_dist(metadata("demo", "1.0") + "\nRequires-Dist: nonsense\n") == ()


def test_folded_lines_are_joined() -> None:
    text = "Metadata-Version: 2.1\nRequires-Dist: numpy\n    >=1.14,\n    <2\nrequires-dist: six\n"
    assert requires_dist(text) == ("numpy >=1.14, <2", "six")


def test_more_requirements_than_reason_are_cut_off() -> None:
    text = metadata("demo", "1.0", [f"p{number}" for number in range(MAX_REQUIREMENTS + 5)])
    assert len(requires_dist(text)) == MAX_REQUIREMENTS


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Metadata-Version: 2.1\nName: demo\n", (2, 1)),
        ("Name: demo\nMetadata-Version: 1.0\n", (1, 0)),
        ("Metadata-Version: 2.10\n", (2, 10)),
        ("Metadata-Version: two\n", (0, 0)),
        ("", (0, 0)),
    ],
    ids=["first line", "second line", "two digits", "in words", "nothing"],
)
def test_metadata_version(text: str, version: tuple[int, int]) -> None:
    assert metadata_version(text) == version


# --- markers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marker", "targets"),
    [
        ("python_version < '3.8'", "linux"),
        ("python_version >= '3.8'", "windows mac"),
        ("python_version >= '3.10'", "windows"),
        ("python_version in '3.7 3.12'", "linux windows"),
        ("python_full_version < '3.8.0'", "linux"),
        ("sys_platform == 'win32'", "windows"),
        ("sys_platform != 'win32'", "linux mac"),
        ("platform_system == 'Darwin'", "mac"),
        ("platform_system == 'Linux' and platform_machine == 'x86_64'", "linux"),
        ("platform_machine == 'arm64'", "mac"),
        ("platform_machine == 'AMD64'", "windows"),
        ("os_name == 'posix'", "linux mac"),
        ("implementation_name == 'cpython'", "linux windows mac"),
        ("platform_python_implementation == 'PyPy'", ""),
        ("sys_platform == 'darwin' or python_version == '3.7'", "linux mac"),
        ("extra == 'gpu'", ""),
    ],
)
def test_markers_hold_for_the_target_and_not_for_this_machine(marker: str, targets: str) -> None:
    on = {"linux": LINUX_37, "windows": WINDOWS_312, "mac": MAC_39}
    held = [name for name, target in on.items() if needs(f"six ; {marker}", on=target)]
    assert held == targets.split()


@pytest.mark.parametrize(
    ("line", "extras", "expected"),
    [
        ("cupy ; extra == 'gpu'", (), []),
        ("cupy ; extra == 'gpu'", ("gpu",), ["cupy"]),
        ("cupy ; extra == 'gpu'", ("docs", "gpu"), ["cupy"]),
        ("cupy ; extra == 'gpu'", ("docs",), []),
        ("cupy ; extra == 'gpu-all'", ("gpu_all",), ["cupy"]),
        ("cupy ; (extra == 'gpu')or(python_version < '3.8')", (), ["cupy"]),
        ("cupy ; python_version < '3.8' and (extra == 'gpu')", (), []),
        ("cupy ; extra == ''", (), ["cupy"]),
        ("cupy ; extra == 'gpu' and python_version < '3.7'", ("gpu",), []),
        ("cupy ; extra == 'gpu' or extra == 'docs'", ("docs",), ["cupy"]),
        ("cupy", ("gpu",), ["cupy"]),
    ],
    ids=[
        "no extra",
        "its extra",
        "its extra among others",
        "another extra",
        "an extra spelled otherwise",
        "an extra or a Python",
        "a Python and an extra",
        "no extra, said so",
        "its extra on another Python",
        "either of two extras",
        "needed always",
    ],
)
def test_extras(line: str, extras: tuple[str, ...], expected: list[str]) -> None:
    assert needs(line, extras=extras) == expected


# --- old and broken lines ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy (>=1.14)", ["numpy>=1.14"]),
        ("numpy (>=1.14,<2)", ["numpy<2,>=1.14"]),
        ("numpy (>=1.14,)", ["numpy>=1.14"]),
        ("numpy>=1.14,", ["numpy>=1.14"]),
        ("numpy>=1.14.*", ["numpy>=1.14"]),
        ("numpy (<=1.14.*,>=1.2)", ["numpy<=1.14,>=1.2"]),
        ("numpy>=1.14.* ; python_version < '3.8'", ["numpy>=1.14"]),
        ("numpy>=1.14.* ; python_version >= '3.8'", []),
        ("numpy=>1.14", ["numpy"]),
        ("numpy>=1.14.dev-latest", ["numpy"]),
        ("Typing_Extensions>=4", ["typing-extensions>=4"]),
        ("pkg[fast]>=1.*", ["pkg>=1"]),
        ("pkg @ https://files.test/pkg-1.0.tar.gz", ["pkg"]),
        ("", []),
        ("???", []),
        ("six ; python_version <", []),
        ("six ; colour == 'red'", []),
    ],
    ids=[
        "parentheses",
        "two ranges in parentheses",
        "a comma too many in parentheses",
        "a comma too many",
        "a star behind an order",
        "a star behind an order in parentheses",
        "a loose line whose marker holds",
        "a loose line whose marker does not hold",
        "a turned operator",
        "no version",
        "a name that is not normalised",
        "a loose line with an extra",
        "an address",
        "nothing",
        "no name",
        "a broken marker",
        "an unknown marker",
    ],
)
def test_lines_of_old_distributions(line: str, expected: list[str]) -> None:
    assert needs(line) == expected


def test_a_broken_line_does_not_hide_the_others() -> None:
    assert needs("???", "six", "== 3", "numpy>=1.14") == ["six", "numpy>=1.14"]


def test_needs_say_whose_they_are_and_where_they_stand() -> None:
    (need,) = needs_of(KEY, ["six>=1"], LINUX_37, frozenset(), SOURCE)
    assert (need.release, need.source, str(need.requirement)) == (KEY, SOURCE, "six>=1")


# --- requires.txt ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "on", "extras", "expected"),
    [
        ("numpy>=1.14\nsix\n", LINUX_37, (), ["numpy>=1.14", "six"]),
        ("# why\nnumpy\n\n\n", LINUX_37, (), ["numpy"]),
        ("six\n\n[gpu]\ncupy\n", LINUX_37, (), ["six"]),
        ("six\n\n[gpu]\ncupy\n", LINUX_37, ("gpu",), ["six", "cupy"]),
        (
            "[:python_version < '3.8']\ntyping-extensions\n\n[gpu]\ncupy\n",
            LINUX_37,
            (),
            ["typing-extensions"],
        ),
        ("[:python_version < '3.8']\ntyping-extensions\n", WINDOWS_312, (), []),
        ("[gpu:sys_platform == 'win32']\ncupy\n", WINDOWS_312, ("gpu",), ["cupy"]),
        ("[gpu:sys_platform == 'win32']\ncupy\n", WINDOWS_312, (), []),
        ("[gpu:sys_platform == 'win32']\ncupy\n", LINUX_37, ("gpu",), []),
        ("[gpu:sys_platform == 'win32' or python_version < '3.8']\ncupy\n", LINUX_37, (), []),
        ("[gpu:sys_platform == 'win32' or python_version < '3.8']\ncupy\n", LINUX_37, ("gpu",), ["cupy"]),
        ("[gpu]\n[docs]\nsphinx\n", LINUX_37, ("gpu",), []),
        ("six; python_version < '3'\n", LINUX_37, (), []),
    ],
    ids=[
        "plain",
        "comments and empty lines",
        "an extra that is not asked for",
        "an extra that is asked for",
        "a marker that holds",
        "a marker that does not hold",
        "an extra and a marker that hold",
        "a marker that holds, no extra",
        "an extra, a marker that does not hold",
        "either of two markers, no extra",
        "either of two markers, the extra",
        "an empty extra",
        "a marker in the line",
    ],
)
def test_requires_txt(text: str, on: Target, extras: tuple[str, ...], expected: list[str]) -> None:
    assert needs(*requires_txt(text), on=on, extras=extras) == expected


def test_requires_txt_says_what_requires_dist_says() -> None:
    lines = ["numpy>=1.14", "typing-extensions ; python_version < '3.8'", "pywin32 ; sys_platform == 'win32'"]
    for on in (LINUX_37, WINDOWS_312, MAC_39):
        assert needs(*requires_txt(written(lines)), on=on) == needs(*lines, on=on)


@pytest.mark.parametrize(
    ("marker", "held"),
    [
        ("python_full_version < '3.7.2'", False),
        ("python_full_version >= '3.7.2'", False),
        ("python_full_version >= '3.7'", True),
        ("python_full_version < '3.8'", True),
        ("python_version < '3.8' or python_full_version == '3.8.1'", True),
    ],
)
def test_what_holds_for_some_patch_releases_only_is_not_certain(marker: str, held: bool) -> None:
    assert needs(f"six ; {marker}") == (["six"] if held else [])
