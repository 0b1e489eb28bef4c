"""Source that the target's Python cannot parse."""

from __future__ import annotations

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin

RULE = "syntax"


def syntax(scene: Scene) -> Diagnosis | None:
    """A SyntaxError in a library is between that release and the Python; in the project it is the project's."""
    if scene.name not in ("SyntaxError", "IndentationError", "TabError") or scene.last is None:
        return None
    frame = scene.last
    if frame.owner is None:
        summary = (
            f"{frame.file} cannot be parsed: {scene.message.splitlines()[0] if scene.message else scene.name}"
        )
        return scene.diagnosis(RULE, Cause.OWN_CODE, summary, frame=frame, origin=Origin.PROJECT)
    pin = scene.pins.active[frame.owner]
    summary = f"{pin.spelled} {pin.written} holds source that Python {scene.target.version} cannot parse"
    return scene.diagnosis(
        RULE, Cause.SYNTAX, summary, culprit=frame.owner, frame=frame, origin=Origin.PYTHON
    )
