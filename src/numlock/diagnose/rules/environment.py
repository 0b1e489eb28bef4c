"""What no version change can mend: files, network, memory, displays, GPU drivers, programs that are not installed."""

from __future__ import annotations

import re

from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin

RULE = "environment"
_ERRORS = re.compile(
    r"(?:^|\.)(?:FileNotFoundError|FileExistsError|PermissionError|IsADirectoryError|NotADirectoryError|MemoryError|"
    r"_ArrayMemoryError|OutOfMemoryError|ConnectionError|Connection\w+Error|BrokenPipeError|TimeoutError|URLError|"
    r"HTTPError|SSLError|SSLCertVerificationError|NewConnectionError|MaxRetryError|ConnectTimeout|ReadTimeout|"
    r"gaierror|KeyboardInterrupt|ExecutableNotFound|BlockingIOError|InterruptedError|ProxyError|RemoteDisconnected)$"
)
_MESSAGES = {
    "memory": r"out of memory|[Uu]nable to allocate|[Cc]annot allocate memory|std::bad_alloc|OOM when allocating",
    "disk": r"[Nn]o space left on device|[Dd]isk quota exceeded|[Rr]ead-only file system|Too many open files",
    "display": r"couldn't connect to display|[Cc]annot connect to X server|no display name and no \$DISPLAY|"
    r"could not connect to display|cannot open display|Invalid DISPLAY variable|no screens found",
    "GPU driver": r"no CUDA-capable device|Found no NVIDIA driver|CUDA driver version is insufficient|"
    r"driver on your system is too old|forward compatibility was attempted|CUDA_ERROR_NO_DEVICE|"
    r"Torch not compiled with CUDA enabled|No CUDA GPUs are available|CUDA unknown error|invalid device ordinal|"
    r"all CUDA-capable devices are busy|no kernel image is available",
    "network": r"[Nn]ame or service not known|[Tt]emporary failure in name resolution|[Cc]onnection refused|"
    r"[Nn]etwork is unreachable|[Cc]onnection (?:error|reset|timed out)|Max retries exceeded|address already in use",
    "data": r"Resource \S{0,100}\s*not found\.?\s*\n?\s*Please use the|Can't find model '|nltk\.download\(",
    "a program": r"executables are on your systems' PATH|not found on (?:your )?(?:system )?PATH|: command not found|"
    r"[Ee]xecutable needs to be in PATH",
}


def environment(scene: Scene) -> Diagnosis | None:
    """By the exception's class, or by what its message says of the machine."""
    for what, pattern in _MESSAGES.items():
        if re.search(pattern, scene.message):
            return _found(scene, what)
    if _ERRORS.search(scene.crash.error):
        return _found(scene, "the machine or its files")
    return None


def _found(scene: Scene, what: str) -> Diagnosis:
    summary = f"{scene.first_line()} ({what}, not a version)"
    return scene.diagnosis(RULE, Cause.ENVIRONMENT, summary, frame=scene.last, origin=Origin.ENVIRONMENT)
