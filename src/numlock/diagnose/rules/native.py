"""Errors out of native libraries that a package carries: GPU toolkits, crashes without an exception."""

from __future__ import annotations

import re

from numlock.diagnose.deaths import NATIVE
from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin

RULE = "native"
_SIGNS = re.compile(
    r"cuDNN|CUDNN_STATUS|CUBLAS_STATUS|cublas|CUDA error|CUFFT|cuSOLVER|CUSPARSE|NCCL error|MKL (?:FATAL )?ERROR|"
    r"Intel MKL|hipError|HIP error|miopen|internal assert failed|INTERNAL ASSERT FAILED|DNNL|oneDNN|XNNPACK",
    re.IGNORECASE,
)


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
    pin = scene.pins.active[frame.owner]
    summary = f"{scene.first_line()}, inside {pin.spelled} {pin.written}"
    return scene.diagnosis(RULE, Cause.NATIVE, summary, culprit=frame.owner, frame=frame)
