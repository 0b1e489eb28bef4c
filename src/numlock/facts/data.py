"""Data files that come with numlock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

Remember = Callable[[str, Callable[[], str]], str]  # a question, and who answers it the first time


def parse_data(text: str, remember: Remember | None = None) -> Any:
    """The value of a YAML file of strings, numbers, lists and mappings.

    With ``remember`` it is kept as JSON: to import a YAML parser takes longer than to read a hundred such texts.
    """
    if remember is None:
        return _parse(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return json.loads(remember(f"data {digest}", lambda: json.dumps(_parse(text))))


def _parse(text: str) -> Any:
    """By libyaml where that is there: it takes a tenth of the time."""
    import yaml

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
