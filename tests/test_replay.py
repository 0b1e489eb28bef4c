"""What of a traceback is run again."""

from __future__ import annotations

import pytest

from numlock import diagnose
from numlock.replay import replay

SITE = "/home/u/.venv/lib/python3.10/site-packages"
TRACE = "Traceback (most recent call last):\n{}\nImportError: no\n"


def frame(file: str, code: str, function: str = "<module>") -> str:
    return f'  File "{file}", line 1, in {function}\n    {code}'


CASES = {
    "the project's import": ([("main.py", "from high import x")], "from high import x\n"),
    "only where it leaves the project": (
        [
            ("main.py", "from app import f"),
            ("app.py", "import high.sub as h"),
            (f"{SITE}/high/sub.py", "1 / 0"),
        ],
        "import high.sub as h\n",
    ),
    "no import in the project: the first library module": (
        [("main.py", "high.f()"), (f"{SITE}/high/a.py", "b()"), (f"{SITE}/low/b.py", "c()")],
        "import high.a\n",
    ),
    "a program of a library is not started": ([(f"{SITE}/high/__main__.py", "main()")], None),
    "nothing but imports": ([("main.py", "import high; high.destroy()")], "import high\n"),
    "a line that is none": ([("main.py", "import high; (")], None),
    "a relative import": ([("pkg/main.py", "from . import x")], None),
    "nothing to import": ([("main.py", "f()")], None),
}


@pytest.mark.parametrize(("frames", "program"), CASES.values(), ids=CASES.keys())
def test_replay(frames: list[tuple[str, str]], program: str | None) -> None:
    crash = diagnose.parse(TRACE.format("\n".join(frame(*each) for each in frames)))
    assert crash is not None
    assert replay(crash) == program
