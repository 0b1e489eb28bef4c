"""The target: how a Python and a platform can be written, and which of those that are known counts."""

from __future__ import annotations

import pytest

from numlock.errors import BadInput
from numlock.read.target import choose_target, host_platform, parse_platform, parse_python

SOURCES = ("--python", "the case", "the header of the pins file", "paths in the traceback")


def never() -> tuple[int, int]:
    raise AssertionError("the interpreter was asked although a Python is known")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("3.7", (3, 7), id="minor version"),
        pytest.param("3.10", (3, 10), id="two digits"),
        pytest.param("3.7.16", (3, 7), id="micro version"),
        pytest.param("3.12.0rc1", (3, 12), id="release candidate"),
        pytest.param(" 3.9\n", (3, 9), id="space around"),
        pytest.param("python3.7", (3, 7), id="name of the program"),
        pytest.param("Python 3.11.4", (3, 11), id="as python --version prints it"),
        pytest.param("cp37", (3, 7), id="wheel tag"),
        pytest.param("cp310", (3, 10), id="wheel tag, two digits"),
        pytest.param("py38", (3, 8), id="tox environment"),
        pytest.param("3.8+", (3, 8), id="or newer"),
        pytest.param("3.5", (3, 5), id="oldest"),
        pytest.param("3.15", (3, 15), id="newest"),
    ],
)
def test_python(text: str, version: tuple[int, int]) -> None:
    assert parse_python(text, "--python") == version


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("3", id="major version alone"),
        pytest.param("three", id="a word"),
        pytest.param(">=3.8", id="a range"),
        pytest.param("3.100", id="three digits"),
        pytest.param("3.7 or 3.8", id="a choice"),
        pytest.param("pypy3.9", id="another implementation"),
        pytest.param("2.7", id="Python 2"),
        pytest.param("3.4", id="older than the oldest"),
        pytest.param("3.16", id="newer than the newest"),
    ],
)
def test_bad_python(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_python(text, "case.yaml:3")
    assert caught.value.reference == "python-invalid"
    assert "case.yaml:3 " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        pytest.param("linux", "manylinux_2_39_x86_64", id="linux"),
        pytest.param("Linux", "manylinux_2_39_x86_64", id="capitals"),
        pytest.param(" linux ", "manylinux_2_39_x86_64", id="space around"),
        pytest.param("linux-aarch64", "manylinux_2_39_aarch64", id="linux on another machine"),
        pytest.param("macos", "macosx_14_0_arm64", id="macos"),
        pytest.param("macos-x86_64", "macosx_14_0_x86_64", id="macos on another machine"),
        pytest.param("windows", "win_amd64", id="windows"),
        pytest.param("windows-arm64", "win_arm64", id="windows on another machine"),
        pytest.param("win32", "win32", id="32-bit windows"),
        pytest.param("manylinux_2_28_x86_64", "manylinux_2_28_x86_64", id="tag"),
        pytest.param("manylinux1_x86_64", "manylinux_2_5_x86_64", id="manylinux1"),
        pytest.param("manylinux2010_i686", "manylinux_2_12_i686", id="manylinux2010"),
        pytest.param("manylinux2014_aarch64", "manylinux_2_17_aarch64", id="manylinux2014"),
        pytest.param("linux_x86_64", "manylinux_2_39_x86_64", id="linux without a C library"),
        pytest.param("musllinux_1_2_x86_64", "musllinux_1_2_x86_64", id="musl"),
        pytest.param("macosx_10_9_x86_64", "macosx_10_9_x86_64", id="macos tag"),
    ],
)
def test_platform(text: str, tag: str) -> None:
    assert parse_platform(text, "--platform") == tag


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("any", id="any"),
        pytest.param("solaris", id="a system without wheels"),
        pytest.param("ubuntu-22.04", id="a runner"),
        pytest.param("manylinux2014", id="no machine"),
        pytest.param("linux-!", id="no such machine"),
        pytest.param("win64", id="no such tag"),
        pytest.param("linux_x86_64 or win32", id="a choice"),
    ],
)
def test_bad_platform(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_platform(text, "--platform")
    assert caught.value.reference == "platform-invalid"
    assert "--platform " in str(caught.value)


@pytest.mark.parametrize("first", range(len(SOURCES)), ids=SOURCES)
def test_first_python_that_is_known_counts_and_is_named(first: int) -> None:
    pythons = {source: (3, 7 + number) if number >= first else None for number, source in enumerate(SOURCES)}
    target = choose_target(pythons, ["linux"], never)
    assert target.python == (3, 7 + first)
    assert target.source == SOURCES[first]


@pytest.mark.parametrize(
    "pythons",
    [pytest.param({}, id="no source"), pytest.param(dict.fromkeys(SOURCES), id="no source knows")],
)
def test_interpreter_on_path_is_the_last_resort(pythons: dict[str, tuple[int, int] | None]) -> None:
    target = choose_target(pythons, ["linux"], lambda: (3, 9))
    assert (target.python, target.source) == ((3, 9), "python3 on PATH")


def test_no_python_is_known() -> None:
    with pytest.raises(BadInput) as caught:
        choose_target(dict.fromkeys(SOURCES), ["linux"], lambda: None)
    assert caught.value.reference == "python-unknown"
    assert "--python" in str(caught.value)


@pytest.mark.parametrize(
    ("platforms", "tag"),
    [
        pytest.param(["win32", "macos", "linux"], "win32", id="the first"),
        pytest.param([None, "macos", "linux"], "macosx_14_0_arm64", id="the first that is known"),
        pytest.param([None, None, "manylinux1_i686"], "manylinux_2_5_i686", id="the last that is left"),
        pytest.param([None, ""], "win_arm64", id="none is known: this machine"),
        pytest.param([], "win_arm64", id="no source: this machine"),
    ],
)
def test_first_platform_that_is_known_counts(
    monkeypatch: pytest.MonkeyPatch, platforms: list[str | None], tag: str
) -> None:
    monkeypatch.setattr("numlock.read.target.host_platform", lambda: "win_arm64")
    assert choose_target({"--python": (3, 7)}, platforms, never).platform == tag


def test_bad_platform_is_not_skipped() -> None:
    with pytest.raises(BadInput) as caught:
        choose_target({"--python": (3, 7)}, ["solaris", "linux"], never)
    assert caught.value.reference == "platform-invalid"


@pytest.mark.parametrize(
    ("system", "machine", "release", "tag"),
    [
        pytest.param("linux", "x86_64", "", "manylinux_2_39_x86_64", id="linux"),
        pytest.param("linux", "aarch64", "", "manylinux_2_39_aarch64", id="linux on ARM"),
        pytest.param("win32", "AMD64", "", "win_amd64", id="windows"),
        pytest.param("win32", "ARM64", "", "win_arm64", id="windows on ARM"),
        pytest.param("win32", "x86", "", "win32", id="32-bit windows"),
        pytest.param("darwin", "arm64", "14.2.1", "macosx_14_0_arm64", id="macos"),
        pytest.param("darwin", "x86_64", "10.15.7", "macosx_10_15_x86_64", id="macos 10 has minor versions"),
        pytest.param("darwin", "arm64", "13", "macosx_13_0_arm64", id="macos without a minor version"),
        pytest.param("darwin", "arm64", "", "macosx_14_0_arm64", id="macos that does not say its version"),
    ],
)
def test_host(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, release: str, tag: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.platform", system)
        patch.setattr("platform.machine", lambda: machine)
        patch.setattr("platform.mac_ver", lambda: (release, ("", "", ""), machine))
        found = host_platform()
    assert found == tag
    assert parse_platform(found, "host") == tag
