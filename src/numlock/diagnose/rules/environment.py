"""What no version change can mend: files, network, memory, displays, GPU drivers, programs that are not installed."""

from __future__ import annotations

import re

from numlock.diagnose.deaths import NATIVE
from numlock.diagnose.paths import locate
from numlock.diagnose.rules.machine import LIBRARY, SIGNS
from numlock.diagnose.scene import Scene
from numlock.model import Cause, Diagnosis, Origin

RULE = "environment"
_FILES = re.compile(
    r"(?:^|\.)(?:FileNotFoundError|FileExistsError|PermissionError|IsADirectoryError|NotADirectoryError)$"
)
_ERRORS = re.compile(
    r"(?:^|\.)(?:MemoryError|_ArrayMemoryError|OutOfMemoryError|ConnectionError|Connection\w+Error|BrokenPipeError|"
    r"TimeoutError|\w*OperationalError|URLError|HTTPError|HTTPStatusError|SSLError|SSLCertVerificationError|"
    r"NewConnectionError|MaxRetryError|ConnectTimeout|ReadTimeout|ConnectError|gaierror|KeyboardInterrupt|"
    r"ExecutableNotFound|(?:Tesseract|Executable|Binary|Program|Command|Browser|Driver)NotFound(?:Error|Exception)?|"
    r"BlockingIOError|InterruptedError|ProxyError|RemoteDisconnected|BadZipFile|UnpicklingError|"
    r"\w*(?:Credentials?|Authentication|Authorization|AuthorizationFailed|PermissionDenied|AccessDenied|Unauthorized|"
    r"Forbidden|RateLimit|Quota|QuotaExceeded|GatedRepo|RepositoryNotFound|EntryNotFound)Error)$"
)
_INSTALLED = re.compile(r"['\"](?P<path>[^'\"\n]{1,500}(?:site|dist)-packages[^'\"\n]{1,500})['\"]")


def environment(scene: Scene) -> Diagnosis | None:
    """By the exception's class, or by what its message says of the machine."""
    if scene.crash.error == NATIVE and scene.message != "Killed":
        return None
    if missing := _own_file_of_a_pin(scene):
        return missing
    if what := next((what for what, pattern in SIGNS.items() if pattern.search(scene.message)), None):
        return None if what == LIBRARY and _is_pinned(scene) else _found(scene, what)
    if _ERRORS.search(scene.crash.error) or _FILES.search(scene.crash.error):
        return _found(scene, "the machine or its files")
    if scene.name == "KeyError" and scene.frames and scene.frames[-1].inside == "os.py":
        return _found(scene, "an environment variable")
    return None


def _found(scene: Scene, what: str) -> Diagnosis:
    summary = f"{scene.first_line()} ({what}, not a version)"
    return scene.diagnosis(RULE, Cause.ENVIRONMENT, summary, frame=scene.last, origin=Origin.ENVIRONMENT)


def _own_file_of_a_pin(scene: Scene) -> Diagnosis | None:
    """A file below site-packages is no file of the user's: the package that looks for it lacks it."""
    found = _INSTALLED.search(scene.message) if _FILES.search(scene.crash.error) else None
    inside = locate(found["path"]).inside if found else None
    owner = scene.owners.owner_of(inside) if inside else None
    if owner is None or "Permission" in scene.name or scene.name == "FileExistsError":
        return None
    pin = scene.pins.active[owner]
    summary = f"{pin.spelled} {pin.written} looks for its own file {inside}, which is not there"
    return scene.diagnosis(RULE, Cause.UNINSTALLED, summary, culprit=owner)


def _is_pinned(scene: Scene) -> bool:
    """Whether the library that is missing has the name of a pinned package: then a release should carry it."""
    found = re.search(r"\blib(?P<name>[A-Za-z]+)", scene.message)
    return found is not None and any(found["name"].lower() in name for name in scene.pins.active)
