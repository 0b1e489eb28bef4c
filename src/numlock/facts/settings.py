"""Where facts are fetched from: pip's own configuration, so that numlock asks the indexes that the user's pip asks.

Files and precedence: https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_SECTIONS = ("global", "install", "download")
_KEYS = {
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "cert",
    "client-cert",
    "proxy",
    "timeout",
    "retries",
    "trusted-host",
}
_SHORT = {"-i": "index-url", "-f": "find-links", "--default-timeout": "timeout"}
_LISTS = ("extra-index-url", "find-links", "trusted-host")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Addresses may hold credentials: show them through :func:`redact` only. ``timeout`` in seconds."""

    indexes: tuple[str, ...]
    find_links: tuple[str, ...] = ()
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    timeout: float = 15.0
    retries: int = 4
    trusted_hosts: tuple[str, ...] = ()


def redact(url: str) -> str:
    """An address without user and password."""
    return _CREDENTIALS.sub("", url)


def read_settings(
    environ: Mapping[str, str],
    *,
    options: Iterable[tuple[str, str]] = (),
    default_index: Callable[[], str],
) -> IndexSettings:
    """The settings that pip would use: its files, then the environment, then the options of a requirements file.

    ``default_index`` is asked only where none of them names an index.
    """
    values: dict[str, str] = {}
    files = [_read_file(path) for path in _files(environ)]
    for section in _SECTIONS:  # a section that is closer to the command wins over all files' general one
        for file in files:
            values |= file.get(section, {})
    values |= _from_environment(environ)
    for name, value in _from_options(options):
        values[name] = f"{values[name]}\n{value}" if name in _LISTS and name in values else value
    return _settings(values, default_index)


def _settings(values: Mapping[str, str], default_index: Callable[[], str]) -> IndexSettings:
    indexes: list[str] = []
    if values.get("no-index", "").lower() not in ("1", "true", "t", "yes", "y", "on"):
        indexes = [values.get("index-url") or default_index(), *values.get("extra-index-url", "").split()]
    return IndexSettings(
        indexes=tuple(dict.fromkeys(url.rstrip("/") for url in indexes)),
        find_links=tuple(os.path.expanduser(place) for place in values.get("find-links", "").split()),
        cert=values.get("cert"),
        client_cert=values.get("client-cert"),
        proxy=values.get("proxy"),
        timeout=_number(values.get("timeout"), 15.0),
        retries=int(_number(values.get("retries"), 4)),
        trusted_hosts=tuple(values.get("trusted-host", "").split()),
    )


def _number(text: str | None, default: float) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        return default


def _read_file(path: Path) -> dict[str, dict[str, str]]:
    """The settings of one file by section."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return {}  # pip would complain; a broken file of pip's is not numlock's to judge
    return {
        section: {
            name: value for key, value in parser.items(section) if (name := key.replace("_", "-")) in _KEYS
        }
        for section in _SECTIONS
        if parser.has_section(section)
    }


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    named = {f"PIP_{key.upper().replace('-', '_')}": key for key in _KEYS} | {
        "PIP_DEFAULT_TIMEOUT": "timeout"
    }
    return {key: environ[name] for name, key in named.items() if environ.get(name)}


def _from_options(options: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in options:
        key = _SHORT.get(name, name.lstrip("-"))
        if key in _KEYS:
            yield key, value or "true"


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Pip's configuration files, the weakest first."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":
        yield Path(environ.get("PROGRAMDATA", "C:\\ProgramData"), "pip", "pip.ini")
        yield home / "pip" / "pip.ini"
        yield Path(environ.get("APPDATA", home), "pip", "pip.ini")
    else:
        yield from _posix_files(environ, home)
    yield Path(sys.prefix, "pip.ini" if sys.platform == "win32" else "pip.conf")
    if named:
        yield Path(named)


def _posix_files(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    else:
        for folder in reversed(environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")):
            yield Path(folder, "pip", "pip.conf")
        yield Path("/etc/pip.conf")
    yield home / ".pip" / "pip.conf"
    if sys.platform == "darwin" and (home / "Library/Application Support/pip").is_dir():
        yield home / "Library/Application Support/pip/pip.conf"
    else:
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
