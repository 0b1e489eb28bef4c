"""Poetry's own tables of ``pyproject.toml``, as the requirements that they mean.

https://python-poetry.org/docs/dependency-specification/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from numlock.read.placed import Placed, place
from numlock.read.requirements import NAME

_NAME = re.compile(NAME)
_EXACT = re.compile(r"\d[\w.!+-]*")
_NEXT = re.compile(r"(?P<sign>[\^~])\s*(?P<release>\d{1,9}(?:\.\d{1,9}){0,5})")
Table = Mapping[str, Any]


def poetry_requirements(table: Table) -> Iterator[Placed]:
    """The requirements of one table of dependencies; the place of each is that of its version."""
    for name, found in table.items():
        for wanted in found if isinstance(found, list) else [found]:
            version = wanted.get("version") if isinstance(wanted, dict) else wanted
            if name.lower() != "python" and _NAME.fullmatch(name) and isinstance(version, Placed):
                more = wanted if isinstance(wanted, dict) else {}
                text = f"{name}{_extras(more)}{meant(version)}{_marker(more)}"
                yield place(text, version.span, version.line)


def meant(constraint: str) -> str:
    """A constraint of Poetry's as a specifier; empty where it allows everything, or no single one says the same."""
    parts = [_part(part.strip()) for part in constraint.split(",")]
    try:
        return str(SpecifierSet(",".join(part for part in parts if part)))
    except InvalidSpecifier:
        return ""


def _part(text: str) -> str:
    """``1.2`` is that version alone, ``^1.2`` up to the next major, ``~1.2`` up to the next minor one."""
    if _EXACT.fullmatch(text):
        return f"=={text}"
    if re.fullmatch(r"\d[\d.]*\.\*", text):
        return f"=={text}"
    if found := _NEXT.fullmatch(text):
        release = [int(number) for number in found["release"].split(".")]
        significant = next((at for at, number in enumerate(release) if number), len(release) - 1)
        last = significant if found["sign"] == "^" else min(1, len(release) - 1)
        upper = ".".join(map(str, (*release[:last], release[last] + 1)))
        return f">={found['release']},<{upper}"
    return "" if text == "*" else text


def _extras(wanted: Table) -> str:
    extras = wanted.get("extras")
    names = [str(each) for each in extras] if isinstance(extras, list) else []
    return f"[{','.join(names)}]" if names else ""


def _marker(wanted: Table) -> str:
    """Its marker, and the Pythons that it is for."""
    markers, python = wanted.get("markers"), wanted.get("python")
    parts = [f"({markers})"] if isinstance(markers, str) else []
    ranges = SpecifierSet(meant(python)) if isinstance(python, str) else ()
    parts += sorted(f'python_full_version {each.operator} "{each.version}"' for each in ranges)
    return f" ; {' and '.join(parts)}" if parts else ""
