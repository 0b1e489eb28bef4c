"""What no other rule knows: an error of the project's own, or behaviour of a library that may have changed."""

from __future__ import annotations

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin, Place

RULE = "remaining"
_DATA_ERRORS = (
    "KeyError",
    "IndexError",
    "ValueError",
    "ZeroDivisionError",
    "AssertionError",
    "OverflowError",
    "NameError",
    "UnboundLocalError",
    "StopIteration",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "RecursionError",
    "JSONDecodeError",
    "SystemExit",
    "NotImplementedError",
)


def remaining(scene: Scene) -> Diagnosis:
    """Where the project's own frame raised, or handed a library data that it refuses, it is the project's error."""
    last = scene.last
    owned = scene.last_owned
    if last is not None and (last.place is Place.PROJECT or owned is None) and not scene.named_in_message():
        summary = f"{scene.first_line()}, raised by the project itself"
        return scene.diagnosis(RULE, Cause.OWN_CODE, summary, frame=last, origin=Origin.PROJECT)
    owners = {frame.owner for frame in scene.frames if frame.owner}
    asked_for = last is not None and len(owners) == 1 and scene.name in _DATA_ERRORS
    if asked_for and not _speaks_of_api(scene):
        summary = f"{scene.first_line()}: data that the project handed to {next(iter(owners))}"
        return scene.diagnosis(
            RULE,
            Cause.OWN_CODE,
            summary,
            frame=scene.user_of(owned.owner if owned else None),
            origin=Origin.PROJECT,
        )
    culprit = owned.owner if owned else None
    return scene.diagnosis(RULE, Cause.BEHAVIOUR, scene.first_line(), culprit=culprit, frame=last)


def _speaks_of_api(scene: Scene) -> bool:
    """Whether the message is about names, keywords or versions rather than about data."""
    words = (
        "keyword",
        "argument",
        "deprecated",
        "removed",
        "version",
        "no longer",
        "renamed",
        "not recognized",
        "not supported",
        "attribute",
        "import",
    )
    return any(word in scene.message for word in words)
