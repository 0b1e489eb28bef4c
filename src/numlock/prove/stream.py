"""Run a command here, as if numlock were not there: its output passes through untouched, and its end is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from numlock.errors import BadInput

KEPT = 5_000_000  # bytes of each channel, the last ones
_OUT, _ERR = 1, 2  # as every process has them
_CHUNK = 1 << 16
_LINGER = 0.5  # seconds that a channel may stay open after its command, held by something that it left behind
_PASSED_ON = ("SIGTERM", "SIGHUP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """A command that ended. ``returncode`` as a shell states it (128 + N for signal N); ``output``: the end of what
    it wrote, standard output before standard error.
    """

    returncode: int
    output: bytes


def stream(argv: Sequence[str]) -> Streamed:
    """Run ``argv`` in this folder, with these variables and this standard input; pass on what it writes as it comes.

    Where an output goes to a terminal the command writes to a terminal, too. Both outputs share one channel where
    they go to the same place, so that their order stays. Raises BadInput where the command cannot be started.
    """
    for each in (sys.stdout, sys.stderr):
        each.flush()
    one = _Channel(_OUT)
    other = one if os.path.sameopenfile(_OUT, _ERR) else _Channel(_ERR)
    channels = [one] if other is one else [one, other]
    try:
        process = subprocess.Popen(argv, stdout=one.given, stderr=other.given)  # noqa: S603  (the user's command)
    except OSError as error:
        for channel in channels:
            channel.close()
        message = "is no command here" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise BadInput(
            "command-not-started", message, where=argv[0], hint="see that it runs without numlock"
        ) from error
    with _signals_passed_on(process):  # before anybody can know that it runs
        for channel in channels:
            channel.start()
        returncode = process.wait()
    for channel in channels:
        channel.join()
    returncode = 128 - returncode if returncode < 0 else returncode
    return Streamed(returncode=returncode, output=b"\n".join(bytes(channel.kept) for channel in channels))


class _Channel:
    """What stands between a command's output and the place it goes to: a terminal before a terminal, else a pipe."""

    def __init__(self, target: int) -> None:
        self.kept = bytearray()
        self._target = target
        self._source, self.given = _terminal(target) if os.isatty(target) else os.pipe()
        self._thread = threading.Thread(target=self._copy, daemon=True)

    def start(self) -> None:
        """Copy from now on; the command has its own copy of the other end."""
        os.close(self.given)
        self._thread.start()

    def join(self) -> None:
        """Wait for the end, but not for what outlives the command."""
        self._thread.join(_LINGER)

    def close(self) -> None:
        os.close(self.given)
        os.close(self._source)

    def _copy(self) -> None:
        with suppress(
            OSError
        ):  # a terminal ends with an error; a reader that has gone ends the command's writing
            while data := os.read(self._source, _CHUNK):
                self.kept += data
                del self.kept[:-KEPT]
                while data:
                    data = data[os.write(self._target, data) :]
        os.close(self._source)


def _terminal(target: int) -> tuple[int, int]:
    """A terminal of the size of the real one, which leaves line ends to that. Where there are none, a pipe."""
    if sys.platform == "win32":
        return os.pipe()
    import fcntl
    import pty
    import termios

    source, given = pty.openpty()
    attributes = termios.tcgetattr(given)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(given, termios.TCSANOW, attributes)
    with suppress(OSError):
        size = fcntl.ioctl(target, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(given, termios.TIOCSWINSZ, size)
    return source, given


@contextmanager
def _signals_passed_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The terminal sends ^C to the command itself; what is sent to numlock alone is passed on."""

    def stay(number: int, frame: FrameType | None) -> None:
        """Wait for the command to end."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    handlers = {signal.SIGINT: stay}
    handlers |= {getattr(signal, name): pass_on for name in _PASSED_ON if hasattr(signal, name)}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
