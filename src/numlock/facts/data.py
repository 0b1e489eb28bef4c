"""Data files that come with numlock."""

from __future__ import annotations

from typing import Any


def parse_data(text: str) -> Any:
    """The value of a YAML file, by libyaml where that is there: it takes a tenth of the time."""
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
