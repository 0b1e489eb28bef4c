"""A module that is not there: removed or moved by its package, not installed although pinned, or nobody's."""

from __future__ import annotations

import re

from packaging.utils import NormalizedName

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin, Place, Symbol

RULE = "missing-module"
_MESSAGE = re.compile(r"[Nn]o module named '?(?P<module>[\w.]+)'?")


def missing_module(scene: Scene) -> Diagnosis | None:
    """``No module named 'a.b'``: whose module it would be decides what it means."""
    found = _MESSAGE.search(scene.message)
    if scene.name not in ("ModuleNotFoundError", "ImportError") or not found:
        return None
    module = found["module"]
    symbol = Symbol(module)
    culprit = scene.provider(module)
    if culprit is not None:
        return _of_pinned(scene, symbol, culprit)
    if scene.owners.was_stdlib(module):
        summary = f"the standard library of Python {scene.target.version} has no module {module}"
        return scene.diagnosis(RULE, _blame(scene), summary, symbol=symbol, origin=Origin.PYTHON)
    frame = scene.user_of(None)
    summary = f"no pinned package provides the module {module}; adding one is your decision"
    if frame is not None and frame.place is Place.LIBRARY and frame.owner:
        return scene.diagnosis(
            RULE, Cause.MISSING_MODULE, summary, symbol=symbol, frame=frame, origin=Origin.TRANSITIVE
        )
    return scene.diagnosis(RULE, Cause.ENVIRONMENT, summary, symbol=symbol, origin=Origin.ENVIRONMENT)


def _of_pinned(scene: Scene, symbol: Symbol, culprit: NormalizedName) -> Diagnosis:
    pin = scene.pins.active[culprit]
    has = scene.owners.has_module(culprit, symbol.module)
    if has or (has is None and "." not in symbol.module):
        summary = f"{pin.spelled} is pinned but its module {symbol.module} is not installed"
        return scene.diagnosis(RULE, Cause.UNINSTALLED, summary, culprit=culprit, symbol=symbol)
    summary = f"{pin.spelled} {pin.written} has no module {symbol.module}"
    return scene.diagnosis(RULE, Cause.MISSING_MODULE, summary, culprit=culprit, symbol=symbol)


def _blame(scene: Scene) -> Cause:
    """A package that imports what Python dropped can move; the project's own import is the project's to change."""
    frame = scene.user_of(None)
    return Cause.OWN_CODE if frame is None or frame.owner is None else Cause.MISSING_MODULE
