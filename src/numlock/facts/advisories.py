"""Advisories: one OSV-shaped YAML file each, below ``advisories/PACKAGE/``; ``schema.json`` there documents them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.facts.data import Remember, parse_data
from numlock.model import Advisory, Edge

FOLDER = Path(__file__).parent / "advisories"


def advisories_for(
    names: Iterable[NormalizedName] | None, folder: Path = FOLDER, *, remember: Remember | None = None
) -> tuple[Advisory, ...]:
    """The advisories about these packages (None: all), in order of their ids; only their files are opened."""
    present = {entry.name for entry in folder.iterdir() if entry.is_dir()}
    files = (
        file
        for name in sorted(present if names is None else set(names) & present)
        for file in (folder / name).glob("*.yaml")
    )
    return tuple(sorted((_read(file, remember) for file in files), key=lambda advisory: advisory.id))


@lru_cache(maxsize=1_000)
def _read(file: Path, remember: Remember | None) -> Advisory:
    return load(file.read_text(encoding="utf-8"), remember)


def load(text: str, remember: Remember | None = None) -> Advisory:
    """One advisory from its YAML text."""
    document: dict[str, Any] = parse_data(text, remember)
    (affected,) = document["affected"]
    extra = document["database_specific"]
    signature, beside, boundary = extra["signature"], extra.get("beside"), extra["boundary"]
    return Advisory(
        id=document["id"],
        package=canonicalize_name(affected["package"]["name"]),
        summary=document["summary"],
        affected=tuple(_range(each["events"]) for each in affected["ranges"]),
        links=tuple(reference["url"] for reference in document["references"]),
        edges=tuple(_edge(each) for each in boundary["edges"]),
        verified=boundary["verified"],
        always=extra["fails"] == "import",
        error=signature.get("error"),
        message=signature.get("message"),
        frames=signature.get("frames"),
        beside=(canonicalize_name(beside["name"]), beside["versions"]) if beside else None,
        python=extra.get("python"),
        refuses=tuple(extra.get("refuses", ())),
        compiled=extra.get("compiled", False),
    )


def _range(events: list[dict[str, str]]) -> tuple[Version | None, Version | None]:
    """(introduced, fixed) of an OSV range; introduced "0": from the first release on."""
    merged = {key: value for event in events for key, value in event.items()}
    low, high = merged.get("introduced", "0"), merged.get("fixed")
    return (None if low == "0" else Version(low)), (Version(high) if high else None)


def _edge(document: dict[str, str]) -> Edge:
    ends = "last_bad" in document
    bad, good = ("last_bad", "first_good") if ends else ("first_bad", "last_good")
    return Edge(document["package"], Version(document[bad]), Version(document[good]))


def write_skeleton(package: str, folder: Path = FOLDER) -> Path:
    """A new advisory about a package, with the next free id and blanks to fill in; returns its file.

    Raises BadInput where it cannot be written.
    """
    year = f"{date.today():%Y}"
    taken = [int(file.stem.rpartition("-")[2]) for file in folder.glob(f"*/NUMLOCK-{year}-*.yaml")]
    name, number = canonicalize_name(package), f"NUMLOCK-{year}-{max(taken, default=0) + 1:04}"
    template = (FOLDER / "skeleton.txt").read_text(encoding="utf-8")
    file = folder / name / f"{number}.yaml"
    filled = template.replace("@ID@", number).replace("@PACKAGE@", name).replace("@TODAY@", f"{date.today()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(filled, encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadInput(
            "advisory-not-written", error.strerror or str(error), where=str(file), hint="use --folder DIR"
        ) from error
    return file
