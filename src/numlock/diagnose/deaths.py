"""Processes that died without an exception: signals, Python's fatal errors, exit codes that tell of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from numlock.diagnose.blocks import MAX_LINE, Block, fatal_frames
from numlock.diagnose.margins import MAX_PREFIX, NO_MARGIN, Margin
from numlock.model import Frame

NATIVE = "native"
_SIGNALS = "Segmentation fault|Illegal instruction|Bus error|Floating point exception|Aborted|Killed"
_SIGNAL = re.compile(
    r"^(?:.{0,200}[:\s])?(?P<what>"
    + _SIGNALS
    + r"|terminate called after throwing an instance of .{1,200})(?: \(core dumped\))?\.?\s*$"
)
_SHELL_SIGNAL = re.compile(r"^\S.{0,200}: line \d{1,9}: +\d{1,9} (?P<what>" + _SIGNALS + r")\b")
_EXIT_CODE = re.compile(
    r"\b[Ee]xit(?:ed with)?(?: code| status)?:? (?P<code>139|13[24567])\b|"
    r"\(SIG(?P<signal>SEGV|ILL|ABRT|BUS|FPE|KILL)\b"
)
_EXIT_CODES = {
    "139": "Segmentation fault",
    "132": "Illegal instruction",
    "134": "Aborted",
    "135": "Bus error",
    "136": "Floating point exception",
    "137": "Killed",
    "SEGV": "Segmentation fault",
    "ILL": "Illegal instruction",
    "ABRT": "Aborted",
    "BUS": "Bus error",
    "FPE": "Floating point exception",
    "KILL": "Killed",
}
_FATAL = re.compile(r"(?:Fatal Python error|Windows fatal exception): (?P<what>.{1,300})$")
_THREAD = re.compile(r"^(?P<current>Current thread|Thread) 0x[0-9a-f]+.{0,80}\(most recent call first\):")


def death(lines: Sequence[str]) -> Block | None:
    """The last sign of a process that died without an exception, with the frames of Python's fault handler."""
    for index in range(len(lines) - 1, -1, -1):
        what = _death(lines[index][:1000])
        if what is None:
            continue
        start = next((i for i in range(max(0, index - 200), index) if _FATAL.search(lines[i][:1000])), index)
        return Block(start=start, end=index + 1, frames=_threads(lines, start), error=NATIVE, message=what)
    return None


def _death(line: str) -> str | None:
    """What a line says of a process that died of a signal."""
    if found := _FATAL.search(line) or _SIGNAL.match(line) or _SHELL_SIGNAL.match(line):
        return found["what"]
    found = _EXIT_CODE.search(line)
    return _EXIT_CODES[found["code"] or found["signal"]] if found else None


def _threads(lines: Sequence[str], start: int) -> list[Frame]:
    """The frames of the thread that died; of the first one where none is marked."""
    found = _FATAL.search(lines[start][:1000])
    margin = Margin(lines[start][: found.start()][:MAX_PREFIX]) if found else NO_MARGIN
    near = [margin.strip(line[:MAX_LINE]) or "" for line in lines[start : start + 400]]
    threads = [
        (thread["current"], index) for index, line in enumerate(near) if (thread := _THREAD.match(line))
    ]
    chosen = next(
        (i for name, i in threads if name.startswith("Current")), threads[0][1] if threads else None
    )
    return fatal_frames(near[chosen + 1 :]) if chosen is not None else []
