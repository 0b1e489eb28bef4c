"""The environment variables that commands are run with: named ones alone, so that no secret is inherited."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from numlock.prove.interface import IndexOptions

_PLAIN = (
    *("LANG", "LANGUAGE", "TZ", "TERM", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DISPLAY"),
    *("CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "OMP_NUM_THREADS"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    *(
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "COMSPEC",
        "PATHEXT",
        "NUMBER_OF_PROCESSORS",
        "PROCESSOR_ARCHITECTURE",
    ),
)
_INSTALLER = (
    *("PATH", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "NETRC", "UV_CACHE_DIR"),
    *(
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ),
)


def _named(*names: str) -> dict[str, str]:
    locale = [name for name in os.environ if name.startswith("LC_")]
    return {name: os.environ[name] for name in (*names, *locale) if name in os.environ}


def for_command(environment: Path, home: Path) -> dict[str, str]:
    """What the user's command is run with: ``environment`` is active, ``home`` holds whatever goes into a home."""
    folders = (str(binaries(environment)), os.environ.get("PATH", os.defpath))
    return _named(*_PLAIN) | {
        "PATH": os.pathsep.join(folders),
        "VIRTUAL_ENV": str(environment),
        **dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(home)),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(home)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONNOUSERSITE": "1",
    }


def for_installer(settings: IndexOptions) -> dict[str, str]:
    """What uv or pip needs in common: paths, proxies, certificates."""
    found = _named(*_PLAIN, *_INSTALLER)
    if settings.proxy:
        found |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), settings.proxy)
    return found


def binaries(environment: Path) -> Path:
    """Where an environment has its programs."""
    return environment / ("Scripts" if sys.platform == "win32" else "bin")


def interpreter(environment: Path) -> Path:
    """Where an environment has its Python."""
    return binaries(environment) / ("python.exe" if sys.platform == "win32" else "python")
