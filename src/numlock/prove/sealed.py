"""A sealed index: tiny metadata-only wheels for one set of pins.

pip-tools resolves for the interpreter that runs it, downloads whole wheels and runs setup.py. None of that is wanted
when the pins are for another Python, so the referee is handed wheels that carry names, versions and requirements
(markers already evaluated for the target) and nothing else.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement

from numlock.model import Key


def write_wheel(folder: Path, release: Key, requires: Iterable[Requirement]) -> Path:
    """Write one ``py3-none-any`` wheel into ``folder``; markers and extras of the requirements are dropped."""
    stem = f"{release.name.replace('-', '_')}-{release.version}"
    info = f"{stem}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {release.name}", f"Version: {release.version}"]
    lines += [f"Requires-Dist: {_plain(requirement)}" for requirement in requires]
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def _plain(requirement: Requirement) -> str:
    """Name and range alone: extras and markers have already been turned into requirements of their own."""
    return f"{requirement.name} {requirement.specifier}".strip()
