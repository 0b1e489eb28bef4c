"""Tools that make environments: uv where it is installed, else venv and pip."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from numlock.prove.interface import IndexOptions, Maker
from numlock.prove.variables import for_installer, interpreter


def choose_maker(settings: IndexOptions, python: tuple[int, int], *, allow_source: bool) -> Maker:
    """The maker to use here, for a target Python."""
    uv = find_uv()
    if uv is not None:
        return _Uv(uv, settings, allow_source)
    return _Pip(settings, allow_source, python)


def find_uv() -> str | None:
    """Uv of numlock's own environment, else the one on PATH."""
    return shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")


@dataclass(frozen=True, slots=True)
class _Uv:
    """uv links files from its cache where that is on the same file system."""

    program: str
    settings: IndexOptions
    allow_source: bool

    @property
    def variables(self) -> Mapping[str, str]:
        """https://docs.astral.sh/uv/reference/environment/"""
        settings = self.settings
        found = {
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip: the best file of all indexes
            "UV_HTTP_TIMEOUT": f"{settings.timeout:.0f}",
            "UV_DEFAULT_INDEX": "".join(settings.indexes[:1]),
            "UV_INDEX": " ".join(settings.indexes[1:]),
            "UV_FIND_LINKS": ",".join(settings.find_links),
            "UV_INSECURE_HOST": " ".join(settings.trusted_hosts),
            "SSL_CERT_FILE": settings.cert or "",
            "SSL_CLIENT_CERT": settings.client_cert or "",
        }
        return for_installer(settings) | {name: value for name, value in found.items() if value}

    def create(self, python: Path, environment: Path) -> Sequence[Sequence[str]]:
        """One command."""
        return [[self.program, "venv", "--quiet", "--no-project", "--python", str(python), str(environment)]]

    def install(self, environment: Path, pins: Path) -> Sequence[str]:
        """Without resolution: the pins are all there is to be."""
        argv = [self.program, "pip", "install", "--quiet", "--no-deps", "--python"]
        argv += [str(interpreter(environment)), "--requirement", str(pins)]
        argv += [] if self.allow_source else ["--only-binary", ":all:"]
        return argv if self.settings.indexes else [*argv, "--no-index"]


@dataclass(frozen=True, slots=True)
class _Pip:
    """The pip that the interpreter's own venv brings; where that is too old for today's wheels, one that is not."""

    settings: IndexOptions
    allow_source: bool
    python: tuple[int, int]

    @property
    def variables(self) -> Mapping[str, str]:
        """https://pip.pypa.io/en/stable/topics/configuration/#environment-variables"""
        settings = self.settings
        found = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_TIMEOUT": f"{settings.timeout:.0f}",
            "PIP_INDEX_URL": "".join(settings.indexes[:1]),
            "PIP_EXTRA_INDEX_URL": " ".join(settings.indexes[1:]),
            "PIP_FIND_LINKS": " ".join(settings.find_links),
            "PIP_TRUSTED_HOST": " ".join(settings.trusted_hosts),
            "PIP_CERT": settings.cert or "",
            "PIP_CLIENT_CERT": settings.client_cert or "",
            "PIP_NO_INDEX": "" if settings.indexes else "1",
        }
        return for_installer(settings) | {name: value for name, value in found.items() if value}

    def create(self, python: Path, environment: Path) -> Sequence[Sequence[str]]:
        """One command, or two."""
        renew = [*self._pip(environment), "--upgrade", "pip"]
        return [[str(python), "-m", "venv", str(environment)], *([renew] if self.python < (3, 8) else [])]

    def install(self, environment: Path, pins: Path) -> Sequence[str]:
        """Without resolution: the pins are all there is to be."""
        argv = [*self._pip(environment), "--no-deps", "--requirement", str(pins)]
        return argv if self.allow_source else [*argv, "--only-binary", ":all:"]

    def _pip(self, environment: Path) -> list[str]:
        return [str(interpreter(environment)), "-m", "pip", "install", "--quiet"]
