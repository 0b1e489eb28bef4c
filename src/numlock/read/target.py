"""The target: which Python and platform the pins are for, and how that is known."""

from __future__ import annotations

import platform as host
import re
import sys
from collections.abc import Callable, Iterable, Mapping

from numlock.errors import BadInput
from numlock.model import Target

_ON_PATH = "python3 on PATH"
OLDEST, NEWEST = (3, 5), (3, 15)
_PYTHON = re.compile(r"(?:python|cp|py)?\s?(\d)\.?(\d{1,2})(?:\.\d+\w*)?\+?", re.IGNORECASE)
_DEFAULT_LINUX = Target(python=(3, 10)).platform.removesuffix("x86_64")
_TAG = re.compile(
    r"(?:manylinux_\d{1,2}_\d{1,3}|manylinux1|manylinux2010|manylinux2014|musllinux_\d{1,2}_\d{1,3}"
    r"|macosx_\d{1,2}_\d{1,2}|linux)_\w{2,20}|win32|win_amd64|win_arm64"
)
_LEGACY = {
    "manylinux1": "manylinux_2_5",
    "manylinux2010": "manylinux_2_12",
    "manylinux2014": "manylinux_2_17",
}
_FRIENDLY = {
    "linux": f"{_DEFAULT_LINUX}x86_64",
    "macos": "macosx_14_0_arm64",
    "windows": "win_amd64",
}


def choose_target(
    pythons: Mapping[str, tuple[int, int] | None],
    platforms: Iterable[str | None],
    interpreter: Callable[[], tuple[int, int] | None],
) -> Target:
    """The first Python and the first platform that are known; else the Python on PATH and this machine.

    ``pythons`` maps the words that say where a version came from to that version, in order of precedence.
    """
    source, version = next(((source, known) for source, known in pythons.items() if known), (_ON_PATH, None))
    version = version or interpreter()
    if version is None:
        raise BadInput("python-unknown", "no Python is named and none is on PATH", hint="pass --python X.Y")
    platform = next((tag for tag in platforms if tag), None) or host_platform()
    return Target(python=version, platform=parse_platform(platform, "--platform"), source=source)


def parse_python(text: str, where: str) -> tuple[int, int]:
    """``3.7``, ``3.7.16``, ``python3.7`` or ``cp37`` to (3, 7)."""
    found = _PYTHON.fullmatch(text.strip())
    if not found:
        raise BadInput(
            "python-invalid", f"{text[:50]!r} is not a Python version", where=where, hint="write it as 3.11"
        )
    version = (int(found[1]), int(found[2]))
    if not OLDEST <= version <= NEWEST:
        message = f"Python {version[0]}.{version[1]} is none that numlock knows"
        hint = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        raise BadInput("python-invalid", message, where=where, hint=hint)
    return version


def parse_platform(text: str, where: str) -> str:
    """A wheel platform tag, or ``linux``, ``macos``, ``windows``, with ``-MACHINE`` where it is not the usual one."""
    tag = text.strip().lower()
    system, _, machine = tag.partition("-")
    if system in _FRIENDLY:
        usual = _FRIENDLY[system]
        tag = usual if not machine else _with_machine(usual, machine)
    if not _TAG.fullmatch(tag):
        hint = "a wheel platform tag such as manylinux_2_28_x86_64, or linux, macos, windows"
        raise BadInput("platform-invalid", f"{text[:80]!r} is no platform", where=where, hint=hint)
    for old, new in _LEGACY.items():
        tag = re.sub(rf"^{old}_(?=\D)", f"{new}_", tag)
    return re.sub(r"^linux_", _DEFAULT_LINUX, tag)


def _with_machine(tag: str, machine: str) -> str:
    usual = next(each for each in ("x86_64", "arm64", "amd64") if tag.endswith(each))
    return tag.removesuffix(usual) + machine


def host_platform() -> str:
    """The platform tag of the machine that numlock runs on."""
    machine = host.machine().lower()
    if sys.platform == "win32":
        return {"amd64": "win_amd64", "arm64": "win_arm64"}.get(machine, "win32")
    if sys.platform == "darwin":
        return _mac(machine)
    return f"{_DEFAULT_LINUX}{machine}"


def _mac(machine: str) -> str:
    release = host.mac_ver()[0].split(".")
    major, minor = int(release[0] or 14), int(release[1]) if len(release) > 1 else 0
    return f"macosx_{major}_{minor if major == 10 else 0}_{machine}"
