"""When a crash came."""

from __future__ import annotations

import pytest

from numlock.model import Crash, Frame, Place

MAIN = ("main.py", "<module>", Place.PROJECT)
BOOTSTRAP = ("<frozen importlib._bootstrap>", "_call", Place.SYNTHETIC)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([("high.py", "<module>", Place.LIBRARY)], True),
        ([("high.py", "forward", Place.LIBRARY)], False),
        ([("high.pyx", "init high.fast", Place.LIBRARY)], True),
        ([("high.py", None, Place.LIBRARY)], True),
        ([("importlib/__init__.py", "import_module", Place.STDLIB)], True),
        ([("json/__init__.py", "loads", Place.STDLIB)], False),
        ([("high.py", "<module>", Place.LIBRARY), ("low/__init__.py", "__getattr__", Place.LIBRARY)], True),
        ([("high.py", "work", Place.LIBRARY), ("low/__init__.py", "__getattr__", Place.LIBRARY)], False),
    ],
)
def test_at_import(frames: list[tuple[str, str | None, Place]], expected: bool) -> None:
    crash = Crash(
        error="ImportError",
        message="no",
        frames=tuple(
            Frame(file=file, line=1, function=function, code=None, place=place, inside=file)
            for file, function, place in (MAIN, BOOTSTRAP, *frames)
        ),
    )
    assert crash.at_import is expected
