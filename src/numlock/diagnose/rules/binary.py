"""Compiled code that does not fit the binaries it meets."""

from __future__ import annotations

import re

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis

RULE = "binary"
_SIGNS = re.compile(
    r"size changed, may indicate binary incompatibility|module compiled against A[BP]I version|"
    r"compiled using NumPy 1\.x cannot be run in|multiarray failed to import|_ARRAY_API not found|undefined symbol|"
    r"DLL load failed|C extension: .{0,200}not built|initialization of \S{1,100} failed|"
    r"lib[\w.+-]{1,80}\.so[\w.]{0,20}: (?:cannot open shared object file|version `)|version `\w+_[\d.]+' not found|"
    r"Symbol not found|incompatible architecture|object is not subscriptable|does not export expected C "
)
_DTYPE_META = re.compile(r"'?numpy\._?DTypeMeta'? object")
_SUBSCRIPT = "object is not subscriptable"


def binary(scene: Scene) -> Diagnosis | None:
    """The message tells; whose binary it is, the innermost frame outside the package that the message names."""
    found = _SIGNS.search(scene.message)
    if not found or scene.last_owned is None:
        return None
    if found[0] == _SUBSCRIPT and not _DTYPE_META.search(scene.message):
        return None
    named = scene.named_in_message()
    frames = [frame for frame in reversed(scene.frames) if frame.owner and frame.owner not in named]
    frame = frames[0] if frames else scene.last_owned
    culprit = next((name for name in named if name != frame.owner), None)
    owner = scene.pins.active[frame.owner] if frame.owner else None
    built = f"{owner.spelled} {owner.written}" if owner else "a compiled module"
    return scene.diagnosis(RULE, Cause.BINARY, f"{built}: {scene.first_line()}", culprit=culprit, frame=frame)
