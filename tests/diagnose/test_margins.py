"""What services and loggers put before the lines of a traceback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from numlock.diagnose import parse

PLAIN = """Traceback (most recent call last):
  File "/home/u/main.py", line 3, in <module>
    import high
  File "/v/lib/python3.9/site-packages/high/__init__.py", line 7, in f
    low.gone()
AttributeError: module 'low' has no attribute 'gone'"""
TESTED = """collected 1 item

_______________________________ test_a ________________________________
main.py:3: in test_a
    import high
/v/lib/python3.9/site-packages/high/__init__.py:7: in f
    low.gone()
E   AttributeError: module 'low' has no attribute 'gone'"""
PREFIXES: dict[str, Callable[[int], str]] = {
    "nothing": lambda n: "",
    "a CI's times": lambda n: f"[2024-05-01T10:00:0{n % 10}.12{n}Z] ",
    "times alone": lambda n: f"10:00:{10 + n}  ",
    "a CI's times and streams": lambda n: f"2024-05-01T10:00:{10 + n}.123456Z 01E ",
    "a container": lambda n: "web-1  | ",
    "a pod": lambda n: "[pod/web-abc/app] ",
    "a node's log": lambda n: f"2024-05-01T10:00:00.{n + 10}Z stderr F ",
    "the system's log": lambda n: f"May 01 10:00:{10 + n} host app[123]: ",
    "a rank": lambda n: "[rank0]: ",
    "a rank and its stream": lambda n: "[1,0]<stderr>:",
    "a worker": lambda n: "(train pid=1234) ",
    "an environment": lambda n: "py39: ",
    "a build step": lambda n: f"#12 {n}.371 ",
    "indentation": lambda n: "      ",
}


def under(prefix: Callable[[int], str], text: str) -> str:
    return "".join(f"{prefix(n)}{line}".rstrip() + "\n" for n, line in enumerate(text.splitlines()))


@pytest.mark.parametrize("text", [PLAIN, TESTED], ids=["plain", "pytest"])
@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES.keys())
def test_a_prefix_is_taken_off(prefix: Callable[[int], str], text: str) -> None:
    found = parse(under(prefix, text))
    assert found is not None
    assert (found.error, found.message) == ("AttributeError", "module 'low' has no attribute 'gone'")
    assert [(frame.line, frame.code) for frame in found.frames] == [(3, "import high"), (7, "low.gone()")]
    assert found.frames[-1].inside == "high/__init__.py"


@pytest.mark.parametrize("text", [PLAIN, TESTED], ids=["plain", "pytest"])
@pytest.mark.parametrize(("ours", "other"), [("web_1  | ", "db_1   | "), ("[rank0]: ", "[rank1]: ")])
def test_lines_of_others_may_stand_between(ours: str, other: str, text: str) -> None:
    mixed = "".join(f"{ours}{line}\n{other}checkpoint {n}\n" for n, line in enumerate(text.splitlines()))
    found = parse(mixed)
    assert found is not None
    assert [(frame.line, frame.code) for frame in found.frames] == [(3, "import high"), (7, "low.gone()")]


def test_words_that_many_lines_begin_with_are_no_prefix() -> None:
    lines = [f"FAILED test_a.py::test_{n} - KeyError: {n}" for n in range(30)]
    found = parse("\n".join([*lines, "FAILED test_a.py::test_0 - KeyError: 0"]))
    assert found is not None
    assert (found.error, found.message) == ("KeyError", "0")
