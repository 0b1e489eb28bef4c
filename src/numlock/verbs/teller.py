"""Tells on standard error what numlock is doing."""

from __future__ import annotations

import sys
import time

from numlock.model import Progress


class Teller(Progress):
    """Tells on standard error what numlock is doing, and how far into the run that is."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def stage(self, text: str) -> None:
        print(f"numlock: {time.perf_counter() - self._start:.2f} s: {text}", file=sys.stderr)

    def note(self, text: str) -> None:
        self.stage(text)
