"""A temporary folder with a guard: commands run in it, and nothing of it stays, however numlock ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from numlock.errors import OutOfReach
from numlock.prove.process import Finished

_GUARD = Path(__file__).with_name("guard.py")


class Workshop:
    """``folder`` exists while the ``with`` block runs; so does every process that :meth:`run` starts, at most.

    The guard (see :mod:`numlock.prove.guard`) is the one that makes the folder and starts the processes, so that there
    is no moment at which numlock's death would leave anything behind.
    """

    folder: Path

    def __enter__(self) -> Workshop:
        self._guard = subprocess.Popen(  # noqa: S603  (numlock's own program)
            [sys.executable, "-I", "-S", str(_GUARD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # ^C is for numlock, which then closes the guard's input
        )
        said = self._hear()
        if "folder" not in said:
            self.__exit__(None, None, None)
            raise OutOfReach(
                "no-folder", said.get("error", "no temporary folder can be made"), hint="set TMPDIR"
            )
        self.folder = Path(said["folder"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        assert self._guard.stdout is not None
        self._guard.stdout.close()

    def run(
        self,
        argv: Sequence[str],
        *,
        seconds: float,
        environment: Mapping[str, str],
        folder: Path | None = None,
    ) -> Finished:
        """Run ``argv``, at most ``seconds`` long, in its own process group, which is ended whole with it.

        A command that cannot start returns 127; one that was ended at its limit, None. Outputs are kept to 2 MB each.
        """
        asked = {
            "argv": list(argv),
            "environment": dict(environment),
            "folder": str(folder or self.folder),
            "seconds": seconds,
        }
        with suppress(OSError, ValueError):
            assert self._guard.stdin is not None
            self._guard.stdin.write(json.dumps(asked) + "\n")
            self._guard.stdin.flush()
        said = self._hear()
        if said.get("returncode", 0) is None:
            return Finished(returncode=None, stdout=said["stdout"], stderr=f"ended after {seconds:g} s")
        return Finished(
            returncode=said.get("returncode", 127),
            stdout=said.get("stdout", ""),
            stderr=said.get("stderr", "ended"),
        )

    def close(self) -> None:
        """Kill what runs, remove the folder; waits until that is done. Safe to call from another thread, and twice."""
        if self._guard.stdin is not None:
            with suppress(OSError):
                self._guard.stdin.close()
        self._guard.wait()

    def _hear(self) -> dict[str, Any]:
        """The guard's next word; nothing where it has gone."""
        assert self._guard.stdout is not None
        try:
            said = json.loads(self._guard.stdout.readline())
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}
