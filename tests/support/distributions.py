"""Small real wheels and source archives."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement


def build_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    files: Mapping[str, str | bytes],
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    tag: str = "py3-none-any",
    build: str = "",
) -> Path:
    """Write a wheel that pip would install; ``files`` by their paths inside it."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    members = {path: _bytes(data) for path, data in files.items()}
    members[f"{info}/METADATA"] = metadata(name, version, requires, requires_python).encode()
    members[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\n{_tags(tag)}".encode()
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD").encode()
    path = folder / f"{stem}{f'-{build}' if build else ''}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in members.items():
            wheel.writestr(member, data)
    return path


def build_sdist(
    folder: Path,
    name: str,
    version: str,
    *,
    files: Mapping[str, str | bytes],
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    kind: Literal["tar.gz", "tar.bz2", "tgz", "zip"] = "tar.gz",
    metadata_version: str = "1.2",
    egg_info: bool = True,
    dynamic: Iterable[str] = (),
) -> Path:
    """Write a source archive as setuptools does: PKG-INFO, an egg-info with requires.txt where there is something.

    From ``metadata_version`` 2.2 on PKG-INFO states the requirements too, and ``dynamic`` which fields it does not.
    """
    stem = f"{name}-{version}"
    requires = list(requires)
    stated = requires if metadata_version >= "2.2" else []
    info = metadata(name, version, stated, requires_python, metadata_version, dynamic)
    members = {"PKG-INFO": info.encode(), **{path: _bytes(data) for path, data in files.items()}}
    if egg_info:
        egg = f"{name.replace('-', '_')}.egg-info"
        members[f"{egg}/PKG-INFO"] = info.encode()
        members[f"{egg}/SOURCES.txt"] = "\n".join(members).encode()
        if requires:
            members[f"{egg}/requires.txt"] = requires_txt(requires).encode()
    path = folder / f"{stem}.{kind}"
    _pack(path, {f"{stem}/{member}": data for member, data in members.items()})
    return path


def metadata(
    name: str,
    version: str,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    metadata_version: str = "2.1",
    dynamic: Iterable[str] = (),
) -> str:
    """The text of a METADATA or PKG-INFO file."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Dynamic: {field}" for field in dynamic]
    lines += [f"Requires-Dist: {line}" for line in requires]
    return "\n".join([*lines, "", "A description.", ""])


def requires_txt(requires: Iterable[str]) -> str:
    """Requirements as setuptools writes them below an egg-info: those with a marker in sections of their own."""
    sections: dict[str, list[str]] = {"": []}
    for requirement in map(Requirement, requires):
        marker = f"[:{requirement.marker}]" if requirement.marker else ""
        requirement.marker = None
        sections.setdefault(marker, []).append(str(requirement))
    return "\n\n".join("\n".join([*([head] if head else []), *lines]) for head, lines in sections.items())


def noise(size: int) -> bytes:
    """Bytes that no packing makes smaller, the same each time."""
    return b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(size // 32 + 1))[:size]


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _tags(tag: str) -> str:
    pythons, abi, platforms = tag.split("-")
    return "".join(
        f"Tag: {python}-{abi}-{platform}\n"
        for python in pythons.split(".")
        for platform in platforms.split(".")
    )


def _record(members: Mapping[str, bytes], own: str) -> str:
    lines = []
    for path, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{own},,\n"])


def _pack(path: Path, members: Mapping[str, bytes]) -> None:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        return
    mode: Literal["w:bz2", "w:gz"] = "w:bz2" if path.suffix == ".bz2" else "w:gz"
    with tarfile.open(path, mode) as tar:
        for member, data in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
