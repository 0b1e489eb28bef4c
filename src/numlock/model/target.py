"""The Python that pins are for, with the wheel tags and the marker environment that follow from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms

_NEWEST_GLIBC = 39  # a current Linux; a target with an older one is named by --platform manylinux_2_X_ARCH
_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The Python that the pins are for: never the running interpreter by accident.

    ``platform`` is a wheel platform tag (``manylinux_2_28_x86_64``, ``macosx_14_0_arm64``, ``win_amd64``).
    ``source`` says in words where the Python version came from.
    """

    python: tuple[int, int]
    platform: str = f"manylinux_2_{_NEWEST_GLIBC}_x86_64"
    implementation: str = "cpython"
    source: str = "--python"

    def __str__(self) -> str:
        return f"{self.implementation} {self.version} on {self.platform}"

    @property
    def version(self) -> str:
        """``3.7``."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def scope(self) -> str:
        """What decides how source reads: ``3.7 linux``."""
        return f"{self.version} {self.environment['sys_platform']}"

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The wheel tags that the target accepts, best first."""
        return _tags(self.python, self.platform)

    @property
    def environment(self) -> dict[str, str]:
        """The values that environment markers are evaluated with (PEP 508), without ``extra``."""
        return dict(_environment(self.python, self.platform))


@lru_cache(maxsize=32)
def _tags(python: tuple[int, int], platform: str) -> tuple[Tag, ...]:
    platforms = list(_platforms(platform))
    flags = "m" if python < (3, 8) else ""
    abi = f"cp{python[0]}{python[1]}{flags}"
    interpreter = f"cp{python[0]}{python[1]}"
    return (
        *cpython_tags(python, [abi], platforms),
        *compatible_tags(python, interpreter, platforms),
    )


def _platforms(platform: str) -> Iterator[str]:
    """The platform tags that a machine of this platform accepts, best first."""
    if mac := re.fullmatch(r"macosx_(\d+)_(\d+)_(\w+)", platform):
        yield from mac_platforms((int(mac[1]), int(mac[2])), mac[3])
    elif many := re.fullmatch(r"manylinux_2_(\d+)_(\w+)", platform):
        for minor in range(int(many[1]), 4, -1):
            yield f"manylinux_2_{minor}_{many[2]}"
            if minor in _LEGACY_MANYLINUX:
                yield f"{_LEGACY_MANYLINUX[minor]}_{many[2]}"
        yield f"linux_{many[2]}"
    elif musl := re.fullmatch(r"musllinux_1_(\d+)_(\w+)", platform):
        for minor in range(int(musl[1]), -1, -1):
            yield f"musllinux_1_{minor}_{musl[2]}"
        yield f"linux_{musl[2]}"
    else:
        yield platform


@lru_cache(maxsize=32)
def _environment(python: tuple[int, int], platform: str) -> tuple[tuple[str, str], ...]:
    system, os_name, sys_platform = "Linux", "posix", "linux"
    if platform.startswith("macosx"):
        system, sys_platform = "Darwin", "darwin"
    elif platform.startswith("win"):
        system, os_name, sys_platform = "Windows", "nt", "win32"
    version = f"{python[0]}.{python[1]}"
    return (
        ("implementation_name", "cpython"),
        ("implementation_version", f"{version}.0"),
        ("os_name", os_name),
        ("platform_machine", _machine(platform)),
        ("platform_python_implementation", "CPython"),
        ("platform_release", ""),
        ("platform_system", system),
        ("platform_version", ""),
        ("python_full_version", f"{version}.0"),
        ("python_version", version),
        ("sys_platform", sys_platform),
    )


def _machine(platform: str) -> str:
    """``platform.machine()`` as the platform tag shows it."""
    windows = {"win32": "x86", "win_amd64": "AMD64", "win_arm64": "ARM64"}
    if platform in windows:
        return windows[platform]
    machine = re.search(r"(x86_64|i686|aarch64|arm64|armv7l|ppc64le|ppc64|s390x|riscv64)$", platform)
    return machine[1] if machine else ""
