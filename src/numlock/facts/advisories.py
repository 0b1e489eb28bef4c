"""Advisories: one OSV-shaped YAML file each, below ``advisories/PACKAGE/``; ``schema.json`` there documents them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.model import Advisory

FOLDER = Path(__file__).parent / "advisories"


def advisories_for(names: Iterable[NormalizedName], folder: Path = FOLDER) -> tuple[Advisory, ...]:
    """The advisories about these packages, in order of their ids; only their files are opened."""
    present = {entry.name for entry in folder.iterdir()}
    found = [
        load(file.read_text(encoding="utf-8"))
        for name in sorted(set(names) & present)
        for file in (folder / name).glob("*.yaml")
    ]
    return tuple(sorted(found, key=lambda advisory: advisory.id))


def load(text: str) -> Advisory:
    """One advisory from its YAML text."""
    import yaml

    document: dict[str, Any] = yaml.safe_load(text)
    (affected,) = document["affected"]
    extra = document["database_specific"]
    signature, beside, boundary = extra.get("signature", {}), extra.get("beside"), extra["boundary"]
    return Advisory(
        id=document["id"],
        package=canonicalize_name(affected["package"]["name"]),
        summary=document["summary"],
        affected=tuple(_range(each["events"]) for each in affected["ranges"]),
        links=tuple(reference["url"] for reference in document["references"]),
        boundary=(boundary["last_bad"], boundary["first_good"]),
        verified=boundary["verified"],
        error=signature.get("error"),
        message=signature.get("message"),
        beside=(canonicalize_name(beside["name"]), beside["versions"]) if beside else None,
        python=extra.get("python"),
    )


def _range(events: list[dict[str, str]]) -> tuple[Version | None, Version | None]:
    """(introduced, fixed) of an OSV range; introduced "0": from the first release on."""
    merged = {key: value for event in events for key, value in event.items()}
    low, high = merged.get("introduced", "0"), merged.get("fixed")
    return (None if low == "0" else Version(low)), (Version(high) if high else None)
