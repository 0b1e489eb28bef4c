"""What no other rule knows: an error of the project's own, or behaviour of a library that may have changed."""

from __future__ import annotations

import re

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin, Place

RULE = "remaining"
_DATA_ERRORS = re.compile(
    r"^(?:KeyError|IndexError|ValueError|ZeroDivisionError|AssertionError|OverflowError|NameError|UnboundLocalError|"
    r"StopIteration|Unicode\w+Error|RecursionError|JSONDecodeError|SystemExit|NotImplementedError|NotFittedError|"
    r"\w*ValidationError|ParserError|EmptyDataError|MissingSchema|InvalidURL|InvalidSchema|DoesNotExist|"
    r"\w*(?:Programming|Integrity|Template\w*|Undefined)Error|LinAlgError|FloatingPointError)$"
)
# What a message says of data, whoever raises it and however many packages it went through.
_DATA = re.compile(
    "|".join(
        (
            r"shapes?\b.{0,80}(?:not aligned|mismatch|cannot be multiplied|must match|inconsistent|incompatible)",
            r"broadcast together",
            r"inconsistent numbers? of samples",
            r"[Ii]nput (?:\w+ )?contains ",
            r"could not convert string",
            r"invalid literal for int",
            r"out of (?:bounds|range)",
            r"must match .{0,60}(?:dimension|size)",
            r"size mismatch",
            r"Expected \dD array",
            r"at least one (?:array|sample|element)",
            r"[Ee]mpty (?:array|sequence|dataset|separator|slice)",
            r"on the same device",
            r"device-side assert",
            r"loading state_dict",
            r"unseen labels",
            r"not fitted",
            r"division by zero",
            r"must be (?:of )?(?:the )?same length",
            r"[Ll]ength (?:of values|mismatch)",
            r"not in index",
            r"None of \[",
            r"zero-size array",
            r"[Nn]o columns to parse",
            r"not supported between instances of",
            r"unsupported operand type",
            r"expected str, bytes or os\.PathLike object, not NoneType",
            r"can only concatenate",
            r"must be str, not",
            r"argument must be",
            r"unhashable type",
            r"[Ss]ingular matrix",
            r"truth value of an? ",
        )
    )
)
_API = (
    "keyword",
    "argument '",
    "unexpected",
    "deprecated",
    "removed",
    "version",
    "no longer",
    "renamed",
    "not recognized",
    "not supported by",
    "attribute",
    "import",
    "inhomogeneous",
    "has been ",
)
_QUOTED = re.compile(r"['\"`](?P<text>[^'\"`\n]{2,60})['\"`]")


def remaining(scene: Scene) -> Diagnosis:
    """Where the project's own frame raised, or handed a library data that it refuses, it is the project's error."""
    last, owned = scene.last, scene.last_owned
    if last is None and owned is None:
        return scene.diagnosis(RULE, Cause.UNKNOWN, scene.first_line(), origin=Origin.UNKNOWN)
    raised_here = last is not None and (last.place is Place.PROJECT or owned is None)
    if raised_here and (_DATA.search(scene.message) or not scene.named_in_message()):
        summary = f"{scene.first_line()}, raised by the project itself"
        return scene.diagnosis(RULE, Cause.OWN_CODE, summary, frame=last, origin=Origin.PROJECT)
    if owned is not None and not _speaks_of_api(scene) and _is_data(scene):
        summary = f"{scene.first_line()}: data that the project handed to {owned.owner}"
        user = next((frame for frame in reversed(scene.frames) if frame.place is Place.PROJECT), None)
        return scene.diagnosis(RULE, Cause.OWN_CODE, summary, frame=user or owned, origin=Origin.PROJECT)
    return scene.diagnosis(
        RULE, Cause.BEHAVIOUR, scene.first_line(), culprit=owned.owner if owned else None, frame=last
    )


def _is_data(scene: Scene) -> bool:
    """Whether an error that a library raised is about what the project gave it."""
    owners = {frame.owner for frame in scene.frames if frame.owner}
    if len(owners) == 1 and (_DATA_ERRORS.search(scene.name) or _DATA.search(scene.message)):
        return True
    return bool(_DATA.search(scene.message)) or _is_written_by_project(scene)


def _is_written_by_project(scene: Scene) -> bool:
    """Whether the project's own line holds the text that the error complains about: ``df["price"]``."""
    if not _DATA_ERRORS.search(scene.name):
        return False
    lines = [frame.code for frame in scene.frames if frame.place is Place.PROJECT and frame.code]
    return any(
        re.search(rf"['\"]{re.escape(found['text'])}['\"]", line)
        for found in _QUOTED.finditer(scene.message[:500])
        for line in lines
    )


def _speaks_of_api(scene: Scene) -> bool:
    """Whether the message is about names, keywords or versions rather than about data."""
    return any(word in scene.message for word in _API)
