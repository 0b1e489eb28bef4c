"""An installation that failed, as pip's own log tells it."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from numlock.diagnose.scene import Scene
from numlock.diagnose.traceback import PIP
from numlock.model import Cause, Diagnosis

RULE = "installation"
_NAMED = re.compile(
    r"(?:requirement|found for|building wheel for|build wheels for|[Ff]ailed to build|[Ff]ailed to download|Package|"
    r"Cannot install|candidates for|Because) ['`]?([A-Za-z0-9][\w.-]*)"
)


def installation(scene: Scene) -> Diagnosis | None:
    """Every obstacle to installing the pins counts then."""
    if scene.crash.error != PIP:
        return None
    names = (canonicalize_name(name) for name in _NAMED.findall(scene.message))
    culprit = next((name for name in names if name in scene.pins.active), None)
    line = scene.message.splitlines()[0][:200]
    return scene.diagnosis(
        RULE, Cause.UNINSTALLED, f"pip could not install the pins: {line}", culprit=culprit
    )
