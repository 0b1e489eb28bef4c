"""A name that a module no longer has, or does not have yet."""

from __future__ import annotations

import re

from packaging.utils import NormalizedName

from numlock.diagnose.paths import locate
from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Frame, Origin, Place, Symbol

RULE = "missing-name"
_IMPORT = re.compile(
    r"cannot import name '?(?P<name>\w+)'?"
    r"(?: from (?:partially initialized module )?'?(?P<module>[\w.]+)'?(?: \((?P<file>[^)]{1,500})\))?)?"
)
_MODULE = re.compile(
    r"(?:partially initialized )?module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'"
)
_REMOVED = re.compile(r"`(?P<alias>\w+)\.(?P<name>\w+)` was (?:removed|a deprecated alias)")
_BUILTIN = frozenset(
    {
        "NoneType",
        "str",
        "bytes",
        "int",
        "float",
        "bool",
        "complex",
        "list",
        "tuple",
        "dict",
        "set",
        "frozenset",
    }
    | {
        "function",
        "method",
        "generator",
        "builtin_function_or_method",
        "dict_keys",
        "dict_values",
        "dict_items",
    }
    | {"map", "filter", "zip", "range", "type", "coroutine"}
)
_HEAD = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\.\w")  # what a dotted name in a line begins with
_OBJECT = re.compile(r"(?:type object )?'(?P<type>[\w.]+)'(?: object)? has no attribute '(?P<name>\w+)'")


def missing_import(scene: Scene) -> Diagnosis | None:
    """``cannot import name 'X' from 'M'``, with or without the module."""
    found = _IMPORT.search(scene.message) if scene.name == "ImportError" else None
    if not found:
        return None
    module = found["module"] or next(scene.imported_by(scene.last), "")
    if not module:
        return None
    return _missing(
        scene, Cause.MISSING_NAME, Symbol(module, found["name"]), _owner(scene, module, found["file"])
    )


def missing_attribute(scene: Scene) -> Diagnosis | None:
    """``module 'M' has no attribute 'X'``, a removed alias, an attribute of an object."""
    if scene.name != "AttributeError":
        return None
    if found := _MODULE.search(scene.message):
        culprit = _owner(scene, found["module"], None)
        return _missing(scene, Cause.MISSING_ATTRIBUTE, Symbol(found["module"], found["name"]), culprit)
    last = scene.last
    if (found := _REMOVED.search(scene.message)) and last and last.inside and last.owner:
        module = last.inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        return _missing(scene, Cause.MISSING_ATTRIBUTE, Symbol(module, found["name"]), last.owner)
    if found := _OBJECT.search(scene.message):
        return _of_object(scene, found["type"], found["name"])
    return None


def _owner(scene: Scene, module: str, file: str | None) -> NormalizedName | None:
    """The distribution whose module it is: by the file that the message names, else by the module's name."""
    located = locate(file) if file else None
    if located and located.place is Place.LIBRARY and located.inside:
        return scene.owners.owner_of(located.inside) or scene.provider(module)
    return scene.provider(module)


def _missing(scene: Scene, cause: Cause, symbol: Symbol, culprit: NormalizedName | None) -> Diagnosis:
    frame = scene.user_of(culprit)
    if culprit is not None:
        pin = scene.pins.active[culprit]
        return scene.diagnosis(
            RULE, cause, f"{pin.spelled} {pin.written} has no {symbol}", culprit=culprit, symbol=symbol
        )
    if scene.owners.in_stdlib(symbol.module):
        summary = f"the standard library of Python {scene.target.version} has no {symbol}"
        blame = cause if frame and frame.owner else Cause.OWN_CODE
        return scene.diagnosis(RULE, blame, summary, symbol=symbol, origin=Origin.PYTHON)
    summary = f"{symbol} is missing, and no pinned package provides its module"
    blame = cause if frame and frame.owner else Cause.OWN_CODE
    return scene.diagnosis(RULE, blame, summary, symbol=symbol, origin=_where(frame))


def _of_object(scene: Scene, kind: str, name: str) -> Diagnosis | None:
    """Which package defines the type cannot be told from the message: the one that raised, where it is not the user."""
    last, outside = scene.last_owned, None
    if last is not None and last.owner is not None and last is scene.last:
        outside = scene.user_of(last.owner)
    culprit = last.owner if last is not None and outside is not None and _getter(last) else None
    user = outside if culprit else scene.last
    if culprit is None and kind in _BUILTIN and _is_own(scene, user, kind):
        return None
    summary = f"a {kind} has no attribute {name}"
    return scene.diagnosis(
        "missing-attribute",
        Cause.MISSING_ATTRIBUTE,
        summary,
        culprit=culprit,
        frame=user,
        symbol=Symbol(kind, name),
    )


def _is_own(scene: Scene, user: Frame | None, kind: str) -> bool:
    """Whether the project got a value of another type than it thought, and not straight out of a pinned package."""
    if user is None or user.place is not Place.PROJECT:
        return user is None
    return kind == "NoneType" or not any(map(scene.owners.providers, _HEAD.findall(user.code or "")))


def _getter(frame: Frame) -> bool:
    return (frame.function or "").rpartition(".")[2] in ("__getattr__", "__getattribute__")


def _where(frame: Frame | None) -> Origin:
    return Origin.TRANSITIVE if frame and frame.owner else Origin.PROJECT
