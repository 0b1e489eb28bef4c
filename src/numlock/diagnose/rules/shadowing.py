"""A file of the project that hides a library, or modules of the project that import each other in a circle."""

from __future__ import annotations

import re

from numlock.diagnose.paths import locate
from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin, Place, Symbol

RULE = "shadowing"
_ASKED = re.compile(
    r"cannot import name '?\w+'? from (?:partially initialized module )?'?(?P<imported>[\w.]+)'?"
    r"|(?:partially initialized )?module '(?P<read>[\w.]+)' has no attribute"
    r"|[Nn]o module named '?(?P<missing>[\w.]+)'?; '?[\w.]+'? is not a package"
)
_FILE = re.compile(r"\((?:most likely due to a circular import\) \()?(?P<file>[^()]{1,500}\.py[co]?)\)")
_RENAME = re.compile(r"consider renaming '(?P<file>[^']{1,500})'")
_CIRCLE = "circular import"


def shadowing(scene: Scene) -> Diagnosis | None:
    """By the file that the message names, by the frames, by the project's own files."""
    asked = _ASKED.search(scene.message)
    if scene.name not in ("ImportError", "ModuleNotFoundError", "AttributeError") or not asked:
        return None
    module = asked["imported"] or asked["read"] or asked["missing"]
    top = module.split(".", 1)[0]
    library = bool(scene.owners.providers(top)) or scene.owners.in_stdlib(top)
    file = _named_file(scene) or _own_file(scene, top, library)
    if file is None:
        return None
    if library:
        summary = f"{file} of the project hides the library module {top}: rename it"
    elif _CIRCLE in scene.message:
        summary = f"the project's own modules import each other in a circle: {scene.first_line()}"
    else:
        return None
    return scene.diagnosis(
        RULE, Cause.OWN_CODE, summary, frame=scene.user_of(None), symbol=Symbol(module), origin=Origin.PROJECT
    )


def _named_file(scene: Scene) -> str | None:
    """The project's file that the message names as the module."""
    for found in (_RENAME.search(scene.message), _FILE.search(scene.message)):
        if found and locate(found["file"]).place is Place.PROJECT:
            return found["file"]
    return None


def _own_file(scene: Scene, top: str, library: bool) -> str | None:
    """The project's file of that name beside its script, among the frames or else in its folder."""
    ours = [frame.file.replace("\\", "/") for frame in scene.frames if frame.place is Place.PROJECT]
    root = ours[0].rpartition("/")[0] if ours else ""
    names = {f"{root}/{top}.py".lstrip("/"), f"{root}/{top}/__init__.py".lstrip("/")}
    found = next((path for path in ours if path.lstrip("/") in names), None)
    user = scene.user_of(None)
    if found is not None or not library or user is None or user.place is not Place.PROJECT:
        return found
    meant = top in scene.own_modules or (_CIRCLE in scene.message and scene.owners.in_stdlib(top))
    return f"{top}.py" if meant else None
