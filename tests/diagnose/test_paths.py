"""What the path of a frame's file tells."""

from __future__ import annotations

import pytest

from numlock.diagnose.paths import locate, python_of
from numlock.model import Place

PATHS = {
    "/home/u/.venv/lib/python3.10/site-packages/a/b.py": (Place.LIBRARY, "a/b.py", (3, 10)),
    "/opt/conda/envs/x/lib/python3.7/site-packages/a/b.py": (Place.LIBRARY, "a/b.py", (3, 7)),
    "/usr/lib/python3/dist-packages/a.py": (Place.LIBRARY, "a.py", None),
    "/usr/local/lib/python3.8/dist-packages/a.py": (Place.LIBRARY, "a.py", (3, 8)),
    "C:\\Python39\\Lib\\site-packages\\a\\b.py": (Place.LIBRARY, "a/b.py", (3, 9)),
    "C:\\hostedtoolcache\\windows\\Python\\3.9.13\\x64\\lib\\json\\decoder.py": (
        Place.STDLIB,
        "json/decoder.py",
        None,
    ),
    "/v/lib/python3.6/site-packages/a-1.0-py3.6.egg/a/b.py": (Place.LIBRARY, "a/b.py", (3, 6)),
    "/usr/lib/python3.11/asyncio/base_events.py": (Place.STDLIB, "asyncio/base_events.py", (3, 11)),
    "/home/u/project/main.py": (Place.PROJECT, None, None),
    "C:\\ProgramData\\Anaconda3\\lib\\json\\decoder.py": (Place.STDLIB, "json/decoder.py", None),
    "D:\\a\\app\\lib\\main.py": (Place.PROJECT, None, None),
    "/opt/app/lib/python/main.py": (Place.PROJECT, None, None),
    "/opt/pypy/lib/pypy3.9/json/decoder.py": (Place.STDLIB, "json/decoder.py", None),
    "<ipython-input-3-0a1b>": (Place.PROJECT, None, None),
    "<stdin>": (Place.PROJECT, None, None),
    "main.py": (Place.PROJECT, None, None),
    "<frozen importlib._bootstrap>": (Place.SYNTHETIC, None, None),
    "<string>": (Place.SYNTHETIC, None, None),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path(path: str) -> None:
    place, inside, python = PATHS[path]
    assert locate(path) == (place, inside)
    assert python_of(path) == python
