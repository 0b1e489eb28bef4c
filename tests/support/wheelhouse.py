"""Wheels of what is installed here, so that an installer can be run for real without a network."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_LEFT_OUT = re.compile(
    r"(^|/)(\.\.|__pycache__)(/|$)|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$"
)


def repack(folder: Path, names: Iterable[str]) -> None:
    """Write a wheel for each distribution in ``names``, and for all that they need here."""
    for distribution in _with_needs(names):
        _repack(folder, distribution)


def _with_needs(names: Iterable[str]) -> Iterator[metadata.Distribution]:
    waiting, seen = [canonicalize_name(name) for name in names], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        distribution = metadata.distribution(name)
        yield distribution
        needs = map(Requirement, distribution.requires or ())
        waiting += [
            canonicalize_name(need.name)
            for need in needs
            if need.marker is None or need.marker.evaluate({"extra": ""})
        ]


def _repack(folder: Path, distribution: metadata.Distribution) -> None:
    wheel = distribution.read_text("WHEEL") or ""
    tags = [tag.split("-") for tag in re.findall(r"^Tag: (\S+)", wheel, re.MULTILINE)]
    tag = "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*tags, strict=True))
    name = canonicalize_name(distribution.metadata["Name"]).replace("-", "_")
    files = [file for file in distribution.files or () if not _LEFT_OUT.search(file.as_posix())]
    info = next(file.parent.as_posix() for file in files if file.name == "METADATA")
    with zipfile.ZipFile(folder / f"{name}-{distribution.version}-{tag}.whl", "w") as archive:
        for file in files:
            archive.write(str(distribution.locate_file(file)), file.as_posix())
        archive.writestr(f"{info}/RECORD", "".join(f"{file.as_posix()},,\n" for file in files))
