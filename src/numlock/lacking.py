"""A module that no pin provides: what would, by the file lists of the indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.facts import Facts, module_of
from numlock.model import Cause, Contents, Diagnosis, Key, Unknown

_ASKED = 20  # names outside the pins that are looked at


def name_provider(
    diagnosis: Diagnosis,
    facts: Facts,
    pinned: Mapping[NormalizedName, Version],
    project: Iterable[tuple[str, str]],
) -> Diagnosis:
    """The diagnosis with what would provide the module that is missing, where that can be told.

    Asked are the project's own files, the index's project of that name, and what the pinned releases require besides
    the pins; each by the files that its newest release installs.
    """
    symbol = diagnosis.symbol
    if diagnosis.cause is not Cause.ENVIRONMENT or symbol is None or symbol.name is not None:
        return diagnosis
    top = symbol.module.split(".", 1)[0]
    if path := _own(top, project):
        return replace(
            diagnosis,
            summary=f"the module {top} is the project's own ({path}), but not on the path that Python searches",
        )
    for key in _candidates(top, facts, pinned):
        contents = facts.contents([key])[key]
        if isinstance(contents, Contents) and _installs(contents, symbol.module):
            summary = f"no pin provides the module {symbol.module}; {key.name} {key.version} does"
            return replace(diagnosis, summary=f"{summary}, and adding it is your decision")
    return diagnosis


def _own(top: str, project: Iterable[tuple[str, str]]) -> str | None:
    """The project's file or package of a name, wherever it is."""
    ends = (f"/{top}.py", f"/{top}/__init__.py")
    return next((path for path, _ in project if f"/{path}".endswith(ends)), None)


def _candidates(top: str, facts: Facts, pinned: Mapping[NormalizedName, Version]) -> Iterator[Key]:
    """The newest releases of packages that may install a module, the one that is named like it first."""
    yield from facts.newest([canonicalize_name(top)])
    needs = facts.needs([Key(*each) for each in pinned.items()], {})
    found = (need.name for each in needs.values() if not isinstance(each, Unknown) for need in each)
    yield from facts.newest([name for name in dict.fromkeys(found) if name not in pinned][:_ASKED])


def _installs(contents: Contents, module: str) -> bool:
    installed = {found for path in contents.paths if (found := module_of(path))}
    return any(each == module or each.startswith(f"{module}.") for each in installed)
