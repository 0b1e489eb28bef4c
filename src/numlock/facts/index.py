"""Pages of a simple index, as JSON or HTML, to the files of a project.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from numlock.errors import OutOfReach
from numlock.facts.settings import redact
from numlock.model import File

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
PAGE_BYTES = 50_000_000
_SOURCE = (".tar.gz", ".zip", ".tar.bz2", ".tgz")


def parse_page(body: bytes, content_type: str, url: str) -> tuple[File, ...]:
    """The files that a page lists, in its order. Raises OutOfReach where it is no page of a simple index."""
    try:
        if "json" in content_type:
            return tuple(_from_json(json.loads(body), url))
        return tuple(_from_html(body.decode("utf-8", errors="replace"), url))
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise OutOfReach("index-page", f"is no simple index page: {error}", where=redact(url)) from error


def _from_json(page: Any, url: str) -> Iterator[File]:
    version = str(page.get("meta", {}).get("api-version", "1.0"))
    if version.split(".", maxsplit=1)[0] != "1":
        raise ValueError(f"api-version {version}")
    for each in page["files"]:
        yanked = each.get("yanked", False)
        hashes = each.get("hashes") or {}
        offered = each.get(
            "core-metadata", each.get("data-dist-info-metadata", each.get("dist-info-metadata"))
        )
        yield File(
            filename=str(each["filename"]),
            url=urljoin(url, str(each["url"])),
            sha256=_text(hashes.get("sha256")),
            size=each.get("size") if isinstance(each.get("size"), int) else None,
            requires_python=_text(each.get("requires-python")),
            yanked=None if yanked is False else yanked if isinstance(yanked, str) else "",
            uploaded=_text(each.get("upload-time")),
            metadata=bool(offered),
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _from_html(text: str, url: str) -> Iterator[File]:
    from numlock.facts.links_page import LinksPage  # most indexes speak JSON

    parser = LinksPage()
    parser.feed(text)
    base = urljoin(url, parser.base) if parser.base else url
    for link in parser.links:
        address = urljoin(base, link["href"] or "")
        parts = urlsplit(address)
        digest = re.fullmatch(r"sha256=([0-9a-f]{64})", parts.fragment)
        offered = link.get("data-core-metadata", link.get("data-dist-info-metadata"))
        yield File(
            filename=unquote(parts.path.rsplit("/", 1)[-1]),
            url=parts._replace(fragment="").geturl(),
            sha256=digest[1] if digest else None,
            requires_python=link.get("data-requires-python") or None,
            yanked=(link["data-yanked"] or "") if "data-yanked" in link else None,
            metadata=offered is not None and offered != "false",
        )


def group(files: Iterable[File], name: NormalizedName) -> dict[Version, tuple[File, ...]]:
    """The wheels and source archives of a project by version, ascending; files of other kinds are left out.

    A file that several indexes have is taken from the first, as pip does.
    """
    found: defaultdict[Version, dict[str, File]] = defaultdict(dict)
    for file in files:
        version = version_of(file, name)
        if version is not None:
            found[version].setdefault(file.filename, file)
    return {version: tuple(found[version].values()) for version in sorted(found)}


def version_of(file: File, name: NormalizedName) -> Version | None:
    """The version that a file's name states; None where it is no wheel or source archive of this project."""
    try:
        if file.is_wheel:
            found, version, *_ = parse_wheel_filename(file.filename)
        elif file.filename.endswith((".tar.gz", ".zip")):
            found, version = parse_sdist_filename(file.filename)
            if found != name:
                found, version = _legacy(file.filename, name)
        else:
            found, version = _legacy(file.filename, name)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion, ValueError):
        return None
    return version if found == name else None


def _legacy(filename: str, name: NormalizedName) -> tuple[NormalizedName, Version]:
    """Of a name like ``demo-1.0-2.tar.gz`` (1.0.post2): what stands behind the project's own name, as pip takes it."""
    stem = next((filename.removesuffix(end) for end in _SOURCE if filename.endswith(end)), "")
    for found in re.finditer("-", stem):
        if canonicalize_name(stem[: found.start()]) == name:
            return name, Version(stem[found.end() :])
    raise ValueError(filename)
