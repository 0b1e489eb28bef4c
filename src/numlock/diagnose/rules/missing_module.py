"""A module that is not there: removed or moved by its package, not installed although pinned, or nobody's."""

from __future__ import annotations

import re

from packaging.utils import NormalizedName, canonicalize_name

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin, Place, Symbol

RULE = "missing-module"
_MESSAGE = re.compile(r"[Nn]o module named '?(?P<module>[\w.]+)'?")
# A library that says which other one it would need.
_WANTED = re.compile(
    "|".join(
        (
            r"Missing optional dependency '(?P<optional>[\w.-]+)'",
            r"""(?:pip3?|conda) install (?:-\S+ )*[`'\"]?(?P<pip>[A-Za-z][\w.-]*)""",
            r"""[`'\"]?\b(?P<absent>[A-Za-z][\w.-]*)[`'\"]? (?:is not|must be|needs to be) installed\b""",
            r"""(?:requires?|needs?|install) (?:either )?(?:the )?(?:Python )?[`'\"](?P<named>[A-Za-z][\w.-]*)[`'\"]""",
        )
    )
)


def missing_module(scene: Scene) -> Diagnosis | None:
    """``No module named 'a.b'``: whose module it would be decides what it means."""
    found = _MESSAGE.search(scene.message)
    if scene.name not in ("ModuleNotFoundError", "ImportError"):
        return None
    if not found:
        return _optional(scene)
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
    own = scene.last if scene.last and scene.last.owner == culprit else None
    itself = ", which it asks for itself" if own else ""
    summary = f"{pin.spelled} {pin.written} has no module {symbol.module}{itself}"
    return scene.diagnosis(RULE, Cause.MISSING_MODULE, summary, culprit=culprit, frame=own, symbol=symbol)


def _blame(scene: Scene) -> Cause:
    """A package that imports what Python dropped can move; the project's own import is the project's to change."""
    frame = scene.user_of(None)
    return Cause.OWN_CODE if frame is None or frame.owner is None else Cause.MISSING_MODULE


def _optional(scene: Scene) -> Diagnosis | None:
    """A library asks for another one, by name, that is not among the pins; one that is, is a matter of versions."""
    found = _WANTED.search(scene.message)
    name = next((each for each in found.groups() if each), None) if found else None
    if name is None or canonicalize_name(name) in scene.pins.active or scene.owners.providers(name):
        return None
    summary = f"{name} is asked for, and not among the pins; adding it is your decision"
    module = name.replace("-", "_")
    return scene.diagnosis(
        RULE, Cause.ENVIRONMENT, summary, frame=scene.last, symbol=Symbol(module), origin=Origin.ENVIRONMENT
    )
