"""What a crash means, with all that facts say of it: the rules' word, checked and made exact."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import replace

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import diagnose, judge
from numlock.facts import Facts
from numlock.fits import misfits
from numlock.lacking import name_provider
from numlock.model import Cause, Crash, Diagnosis, Origin, Pins, Place, Target
from numlock.nearby import defines
from numlock.never import never_had
from numlock.refine import refine
from numlock.uses import frame_uses

Sources = tuple[tuple[str, str], ...]


def meaning(crash: Crash, pins: Pins, target: Target, facts: Facts, project: Sources) -> Diagnosis:
    """The diagnosis of a crash. ``project``: path and text of the project's own source files."""
    versions = pins.versions()
    installed = facts.installed(versions)
    tops = {path.split("/", 1)[0].removesuffix(".py") for path, _ in project}
    found = diagnose.diagnose(crash, pins, installed, target, tops)
    found = _known(found, crash, pins, target, facts) or found
    if not found.versions_to_blame:
        return name_provider(found, facts, versions, project)
    found = refine(found, facts, versions, pins.locked, frame_uses(found.frame, project, target))
    found = _nobodys(found, facts, versions) or never_had(found, facts, versions) or found
    return replace(found, misfits=misfits(crash, found, facts, versions, installed))


def _known(found: Diagnosis, crash: Crash, pins: Pins, target: Target, facts: Facts) -> Diagnosis | None:
    """What looks like the project's own error is a release's, where an advisory knows the crash."""
    if found.cause is not Cause.OWN_CODE:
        return None
    signed = [each for each in facts.advisories(pins.active) if each.error or each.message]
    universe = judge.Universe(pinned=pins.versions(), versions={})
    hit = next(
        (c for c in judge.advisories(signed, universe, crash, target) if c.hits(pins.versions())), None
    )
    if hit is None:
        return None
    return replace(found, cause=Cause.BEHAVIOUR, origin=Origin.TRANSITIVE, culprit=hit.members[0].name)


def _nobodys(found: Diagnosis, facts: Facts, versions: Mapping[NormalizedName, Version]) -> Diagnosis | None:
    """What no pinned package defines is the project's own, where the project asked it for an attribute or called it."""
    asked = found.frame is not None and found.frame.place is Place.PROJECT
    if found.culprit or not asked or found.symbol is None:
        return None
    if found.cause is Cause.SIGNATURE and found.symbol.name:
        foreign = defines(found.symbol.name, facts, versions) is not False
    else:
        # A value that a library handed out may have changed its type.
        foreign = found.cause is not Cause.MISSING_ATTRIBUTE or hasattr(builtins, found.symbol.module)
    if foreign:
        return None
    summary = f"{found.summary}, and no pinned package defines that"
    return replace(found, cause=Cause.OWN_CODE, origin=Origin.PROJECT, summary=summary)
