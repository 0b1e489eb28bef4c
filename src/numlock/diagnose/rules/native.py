"""Errors out of native libraries that a package carries: GPU toolkits, crashes without an exception."""

from __future__ import annotations

import re

from packaging.utils import NormalizedName

from numlock.diagnose.deaths import NATIVE
from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin

RULE = "native"
_SIGNS = re.compile(
    r"cuDNN|CUDNN_STATUS|CUBLAS_STATUS|cublas|CUDA error|CUFFT|cuSOLVER|CUSPARSE|NCCL error|MKL (?:FATAL )?ERROR|"
    r"Intel MKL|hipError|HIP error|miopen|internal assert failed|INTERNAL ASSERT FAILED|DNNL|oneDNN|XNNPACK",
    re.IGNORECASE,
)

_LIBRARIES = {
    r"cudnn": "cudnn",
    r"cublas": "cublas",
    r"cufft": "cufft",
    r"cusolver": "cusolver",
    r"cusparse": "cusparse",
    r"nccl": "nccl",
    r"mkl": "mkl",
    r"dnnl|onednn": "dnnl",
    r"miopen": "miopen",
    r"CUDA error": "cudart",
}


def native(scene: Scene) -> Diagnosis | None:
    """The package that owns the innermost library frame carries, or loads, the library that failed."""
    if scene.crash.error != NATIVE and not _SIGNS.search(scene.message):
        return None
    frame = scene.last_owned
    if frame is None or frame.owner is None:
        if scene.crash.error == NATIVE:
            return scene.diagnosis(
                RULE,
                Cause.UNKNOWN,
                f"the process died ({scene.message}) outside any known package",
                origin=Origin.UNKNOWN,
            )
        return None
    carrier = _carrier(scene, frame.owner)
    pin = scene.pins.active[carrier]
    where = "inside" if carrier == frame.owner else "out of a library of"
    summary = f"{scene.first_line()}, {where} {pin.spelled} {pin.written}"
    return scene.diagnosis(RULE, Cause.NATIVE, summary, culprit=carrier, frame=frame)


def _carrier(scene: Scene, owner: NormalizedName) -> NormalizedName:
    """The one package that brings the library which the message names; where that is not clear, whose frame it is."""
    named = (name for sign, name in _LIBRARIES.items() if re.search(sign, scene.message, re.IGNORECASE))
    found = [carriers for name in named if (carriers := scene.owners.carriers(name))]
    return found[0][0] if found and len(found[0]) == 1 else owner
