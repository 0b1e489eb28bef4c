"""METADATA of a distribution to the requirements that hold for a target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from numlock.model import Key, Needs, Source, Target

MAX_REQUIREMENTS = 2_000
_EXTRA = re.compile(r"""(?:^|[\s(])extra\s*==\s*(["'])[^"']+\1""")
_OR = re.compile(r"\bor\b")


def requires_dist(metadata: str) -> tuple[str, ...]:
    """The Requires-Dist lines of a METADATA or PKG-INFO text, as they stand."""
    from email.parser import HeaderParser  # late: what is in the store was parsed before
    from email.policy import compat32

    message = HeaderParser(policy=compat32).parsestr(metadata)
    found = message.get_all("Requires-Dist") or []
    return tuple(" ".join(str(line).split()) for line in found[:MAX_REQUIREMENTS])


def metadata_version(metadata: str) -> tuple[int, int]:
    """(2, 1) of ``Metadata-Version: 2.1``; (0, 0) where it cannot be read."""
    found = re.search(r"^Metadata-Version:\s*(\d+)\.(\d+)", metadata, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def needs_of(
    release: Key, requires: Iterable[str], target: Target, extras: frozenset[str], source: Source
) -> tuple[Needs, ...]:
    """The requirements that hold for a target and the extras that the pin names; broken lines are passed over."""
    return tuple(
        Needs(release=release, requirement=requirement, source=source)
        for line in requires
        if (requirement := _holding(line, target, extras)) is not None
    )


@lru_cache(maxsize=20_000)  # the releases of a package say mostly the same
def _holding(line: str, target: Target, extras: frozenset[str]) -> Requirement | None:
    if not extras and _is_of_extra(line):
        return None
    requirement = _parse(line)
    return requirement if requirement is not None and _holds(requirement, target, extras) else None


def _is_of_extra(line: str) -> bool:
    """Whether a requirement holds for some extra only, as most do: then it need not be parsed."""
    marker = line.partition(";")[2]
    return _EXTRA.search(marker) is not None and _OR.search(marker) is None


@lru_cache(maxsize=20_000)  # the releases of a package say mostly the same
def _parse(line: str) -> Requirement | None:
    try:
        return Requirement(line)
    except InvalidRequirement:
        return _parse_loosely(line)


def _parse_loosely(line: str) -> Requirement | None:
    """Old distributions write ``>=1.0.*`` or ``(>=1.0,)``; the name with no range is a fact all the same."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;)]*)\)?\s*(;.*)?$", line)
    if not found:
        return None
    ranges = [re.sub(r"(?<=[<>]=)\s*([\d.]+)\.\*$", r"\1", part.strip()) for part in found[2].split(",")]
    for text in (
        f"{found[1]}{','.join(part for part in ranges if part[:1] in tuple('<>=!~'))}{found[3] or ''}",
        f"{found[1]}{found[3] or ''}",
    ):
        with suppress(InvalidRequirement):
            return Requirement(text)
    return None


def public(requirement: Requirement) -> Requirement:
    """A requirement for any build of the versions that it names, whatever their local labels."""
    loose = Requirement(str(requirement))
    loose.specifier = SpecifierSet(re.sub(r"\+[\w.]+", "", str(requirement.specifier)))
    return loose


def _holds(requirement: Requirement, target: Target, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    if marker is None:
        return True
    patches = _patches(target) if "full_version" in str(marker) else (target.environment,)
    try:
        return all(
            any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras)))
            for environment in patches
        )
    except (UndefinedComparison, UndefinedEnvironmentName):
        return False  # an installer refuses such a marker; nothing can be said of its requirement


def _patches(target: Target) -> tuple[dict[str, str], ...]:
    """The first and the last patch release of a target, which names X.Y only: what holds for some is not certain."""
    last = {"python_full_version": f"{target.version}.99", "implementation_version": f"{target.version}.99"}
    return target.environment, {**target.environment, **last}


def requires_txt(text: str) -> Iterator[str]:
    """The lines of an ``*.egg-info/requires.txt`` as Requires-Dist lines: sections are extras and markers."""
    marker = ""
    for raw in text.splitlines()[: MAX_REQUIREMENTS * 2]:
        line = raw.strip()
        if section := re.fullmatch(r"\[([^:\]]*)(?::(.*))?\]", line):
            parts = [f"({section[2]})"] if section[2] else []
            parts += [f"extra == '{section[1]}'"] if section[1] else []
            marker = " and ".join(parts)
        elif line and not line.startswith("#"):
            requirement, _, own = line.partition(";")
            both = f"({own.strip()}) and {marker}" if own.strip() and marker else own.strip() or marker
            yield f"{requirement.strip()} ; {both}" if both else line
