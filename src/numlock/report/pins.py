"""The answer itself: one exact pin a line, in the input's names, spelling, order and count."""

from __future__ import annotations

from numlock.model import Repair


def as_pins(repair: Repair) -> str:
    """The repaired pins, one a line; the pins as they came where nothing could be repaired."""
    return "".join(f"{line}\n" for line in repair.pins)
