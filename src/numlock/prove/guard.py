"""The guard of one temporary folder: runs commands in numlock's place and clears up behind it, however numlock ends.

A program of its own, of the standard library alone: ``python -I -S guard.py``. It makes the folder and says where; then
each line that it reads is a command as JSON, and each line that it writes is how one ended. When its standard input
ends, because numlock closed it or was killed, at whatever moment, it kills what still runs, removes the folder, and
ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import IO, Any

KEPT = 2_000_000  # bytes of each output, the last ones
_CHUNK = 1 << 16
_LINGER = 1.0  # seconds that an output may stay open after its command
_SUBREAPER = 36  # prctl's PR_SET_CHILD_SUBREAPER: orphans become children of this process (Linux)


def main() -> None:
    """Serve commands until standard input ends."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # a handler, unlike SIG_IGN, is not inherited by the commands
            signal.signal(getattr(signal, name), lambda *_: None)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        folder = tempfile.mkdtemp(prefix="numlock-")
    except OSError as error:
        _say({"error": str(error)})
        return
    job: _Job | None = None
    try:
        _say({"folder": folder})
        for line in sys.stdin:
            job = _Job(json.loads(line))
    finally:
        if job is not None:
            job.end()
        _remove(folder)


class _Job:
    """One command: its own process group (or console group), its outputs kept to a bound, its time limited."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._seconds = float(asked["seconds"])
        self._thread = threading.Thread(target=self._serve)
        try:
            self._process = subprocess.Popen(  # noqa: S603  (running what it is told is this program's purpose)
                asked["argv"],
                cwd=asked["folder"],
                env=asked["environment"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            _say({"returncode": 127, "stdout": "", "stderr": str(error)})
            return
        self._thread.start()

    def end(self) -> None:
        """Kill the command, where it still runs, and all that it started."""
        if self._thread.is_alive():
            _kill(self._process)
            self._thread.join()

    def _serve(self) -> None:
        process = self._process
        outputs = [_Output(stream) for stream in (process.stdout, process.stderr) if stream is not None]
        returncode = None
        with suppress(subprocess.TimeoutExpired):
            returncode = process.wait(self._seconds)
        _kill(process)
        stdout, stderr = (output.text() for output in outputs)
        _say({"returncode": returncode, "stdout": stdout, "stderr": stderr})


class _Output:
    """The end of what a command writes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while data := os.read(self._stream.fileno(), _CHUNK):
            self._kept += data
            del self._kept[:-KEPT]

    def text(self) -> str:
        self._thread.join(_LINGER)
        return self._kept.decode("utf-8", errors="replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process group whole, and on Linux also what has left the group."""
    if sys.platform == "win32":
        taskkill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(taskkill, capture_output=True, check=False)  # noqa: S603
        return
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for _ in range(100):
        orphans = _orphans(process.pid)
        for pid in orphans:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
        if not orphans:
            return
        time.sleep(0.01)


def _orphans(known: int) -> list[int]:
    """The children of this process besides the known one; none are known where the system does not tell."""
    found: list[int] = []
    with suppress(OSError, ValueError):
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return [pid for pid in found if pid != known]


def _remove(folder: str) -> None:
    """Remove a folder, also one with parts that may not be written to."""
    shutil.rmtree(folder, ignore_errors=True)
    for _ in range(20):
        if not os.path.lexists(folder):
            return
        for place, _, _ in os.walk(folder):
            with suppress(OSError):
                os.chmod(place, 0o700)
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


def _say(words: dict[str, Any]) -> None:
    """One line to numlock, which may have gone."""
    with suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
