"""A library that checks another one's version, and says so."""

from __future__ import annotations

import re

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis

RULE = "guard"
_VERSION = re.compile(r"\d+\.\d+")
_DEMAND = re.compile(
    r"[<>=!~]=?\s*v?\d|requires?\b|needs\b|incompatible|not compatible|or (?:less|greater|newer|older|later|higher)|"
    r"\b(?:update|upgrade|downgrade|install)\b|[Ii]ncompatible",
)
_ERRORS = re.compile(
    r"(?:Import|Runtime|Version|Assertion|Value)?Error$|VersionConflict$|Exception$|RequirementNotMet"
)
_NOT_FOUND = ("DistributionNotFound", "PackageNotFoundError")


def guard(scene: Scene) -> Diagnosis | None:
    """A message that names a pinned package, a version of it and a demand, raised by a library."""
    frame = scene.last_owned
    named = scene.named_in_message()
    if scene.name in _NOT_FOUND:
        return _not_found(scene)
    if frame is None or not named or not _ERRORS.search(scene.name):
        return None
    if not (_VERSION.search(scene.message) and _DEMAND.search(scene.message)):
        return None
    victim = _complainer(scene)
    others = [name for name in named if name != victim]
    if not others:
        return None
    return scene.diagnosis(RULE, Cause.GUARD, scene.first_line(), culprit=others[0], frame=frame)


def _complainer(scene: Scene) -> str | None:
    frame = scene.last_owned
    return frame.owner if frame else None


def _not_found(scene: Scene) -> Diagnosis | None:
    """Metadata of a distribution that is not there: pinned, so not installed; or required by one that is pinned."""
    named = scene.named_in_message()
    frame = scene.last_owned
    if named and (frame is None or named[0] != frame.owner):
        summary = f"{named[0]} is pinned but not installed as it is pinned: {scene.first_line()}"
        return scene.diagnosis(RULE, Cause.UNINSTALLED, summary, culprit=named[0], frame=frame)
    return None
