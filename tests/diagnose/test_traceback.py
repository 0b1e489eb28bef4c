"""From a log to the crash that it tells of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numlock.diagnose import parse
from numlock.model import Crash, Place

FRAMES = (
    '  File "/home/u/main.py", line 3, in <module>\n    import high\n'
    '  File "/v/lib/python3.9/site-packages/high/__init__.py", line 7, in f\n    low.gone()\n'
)
HEAD = "Traceback (most recent call last):\n"
ERROR = "AttributeError: module 'low' has no attribute 'gone'\n"
PLAIN = HEAD + FRAMES + ERROR


def crash(text: str) -> Crash:
    found = parse(text)
    assert found is not None
    return found


def indented(text: str, margin: str) -> str:
    return "".join(f"{margin}{line}\n" for line in text.splitlines())


WRAPPED = {
    "alone": PLAIN,
    "between other lines": f"starting\n{PLAIN}\nmake: *** [test] Error 1\n",
    "after one that was survived": HEAD
    + '  File "x.py", line 1, in g\n    y()\nKeyError: 1\nretrying\n'
    + PLAIN,
    "without its head": FRAMES + ERROR,
    "behind a prefix": PLAIN.replace(HEAD, f"ERROR:root:failed {HEAD}"),
    "with carets": PLAIN.replace("    low.gone()\n", "    low.gone()\n    ^^^^^^^^\n"),
    "in a worker process": (
        'concurrent.futures.process._RemoteTraceback: \n"""\n'
        + PLAIN
        + '"""\n\nThe above exception was the direct '
        "cause of the following exception:\n\n"
        + HEAD
        + '  File "/home/u/main.py", line 9, in <module>\n    pool()\n'
        + ERROR
    ),
    "followed by an exception that only says that a worker is gone": (
        PLAIN + HEAD + '  File "run.py", line 1, in <module>\n    check()\n'
        "subprocess.CalledProcessError: Command 'x' returned non-zero exit status 1.\n"
    ),
    "followed by one that was ignored": (
        PLAIN
        + "Exception ignored in: <function A.__del__ at 0x7f>\n"
        + HEAD
        + '  File "main.py", line 4, in __del__\n    x\nKeyError: 1\n'
    ),
    "followed by an error of logging": (
        PLAIN + "--- Logging error ---\n" + HEAD + '  File "l.py", line 4, in emit\n    x\nTypeError: 1\n'
        "Call stack:\n" + "  File \"main.py\", line 4, in f\n    x\nMessage: 'a'\n"
    ),
    "in the message of another": (
        HEAD
        + '  File "x.py", line 1, in <module>\n    go()\nImportError: '
        + PLAIN
        + "\n\nFailed to load the native runtime.\n"
    ),
    "followed by lines of a log": PLAIN + "2024-05-01 10:00:00,1 INFO bye\n",
    "spawned by torch": (
        HEAD + '  File "/home/u/main.py", line 9, in <module>\n    spawn()\n'
        "torch.multiprocessing.spawn.ProcessRaisedException: \n\n"
        "-- Process 0 terminated with the following error:\n" + PLAIN
    ),
}


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED.keys())
def test_the_root_crash_with_its_frames(text: str) -> None:
    found = crash(text)
    assert (found.error, found.message) == ("AttributeError", "module 'low' has no attribute 'gone'")
    last = found.frames[-1]
    assert (last.inside, last.line, last.function, last.code) == ("high/__init__.py", 7, "f", "low.gone()")
    assert last.place is Place.LIBRARY
    assert found.frames[0].place is Place.PROJECT
    assert found.python == (3, 9)


@pytest.mark.parametrize(
    "link",
    [
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    ],
)
def test_a_chain(link: str) -> None:
    found = crash(f"{HEAD}{FRAMES}KeyError: 'a'\n\n{link}\n\n{PLAIN}")
    assert found.error == "AttributeError"
    assert [each.error for each in found.chain] == ["KeyError"]


def test_an_exception_group() -> None:
    text = (
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "/home/u/main.py", line 1, in <module>\n  |     go()\n'
        "  | ExceptionGroup: some (1 sub-exception)\n  +-+---------------- 1 ----------------\n"
        + indented(PLAIN, "    | ")
        + "    +------------------------------------\n"
    )
    found = crash(text)
    assert found.error == "AttributeError"
    assert found.frames[-1].inside == "high/__init__.py"
    assert [each.error for each in found.chain] == ["ExceptionGroup"]


def test_a_syntax_error_names_the_file_that_cannot_be_parsed() -> None:
    text = (
        HEAD + '  File "/home/u/main.py", line 1, in <module>\n    import high\n'
        '  File "/v/lib/python3.7/site-packages/high/a.py", line 5\n    async = 1\n          ^\n'
        "SyntaxError: invalid syntax\n"
    )
    found = crash(text)
    assert (found.error, found.frames[-1].inside, found.frames[-1].line) == ("SyntaxError", "high/a.py", 5)


def test_a_traceback_without_its_tail_has_frames_but_no_error() -> None:
    found = crash(HEAD + FRAMES)
    assert found.error == ""
    assert len(found.frames) == 2


PYTEST_LONG = """
_______________________________ test_a ________________________________

    def test_a():
>       f()

test_a.py:4:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

    def f():
>       low.gone()
E       AttributeError: module 'low' has no attribute 'gone'

/v/lib/python3.9/site-packages/high/__init__.py:7: AttributeError
"""
PYTEST_SHORT = """
_______________________________ test_a ________________________________
test_a.py:4: in test_a
    f()
/v/lib/python3.9/site-packages/high/__init__.py:7: in f
    low.gone()
E   AttributeError: module 'low' has no attribute 'gone'
"""


@pytest.mark.parametrize("text", [PYTEST_LONG, PYTEST_SHORT], ids=["long", "short"])
def test_pytest_styles(text: str) -> None:
    found = crash(text)
    assert (found.error, found.message) == ("AttributeError", "module 'low' has no attribute 'gone'")
    assert [(frame.line, frame.code) for frame in found.frames] == [(4, "f()"), (7, "low.gone()")]
    assert found.frames[-1].inside == "high/__init__.py"


def test_source_that_pytest_cannot_collect() -> None:
    text = (
        "_____ ERROR collecting test_a.py _____\ntest_a.py:1: in <module>\n    import high.syn\n"
        'E     File "/v/lib/python3.9/site-packages/high/syn.py", line 2\nE       def f(:\nE             ^\n'
        "E   SyntaxError: invalid syntax\n"
    )
    last = crash(text).frames[-1]
    assert (last.inside, last.line, last.code) == ("high/syn.py", 2, "def f(:")


def test_pytest_names_the_function_of_a_frame() -> None:
    assert [frame.function for frame in crash(PYTEST_LONG).frames] == ["test_a", "f"]


@pytest.mark.parametrize(
    "text",
    [
        f"/v/lib/python3.9/site-packages/high/a.py:4: {ERROR}/v/a.py:5: KeyError: 1\n/v/a.py:4: {ERROR}",
        f"FAILED test_a.py::test_a - {ERROR}ERROR test_b.py - KeyError: 1\nFAILED test_a.py::test_b - {ERROR}",
    ],
    ids=["line style", "summary alone"],
)
def test_of_several_tests_the_exception_that_most_died_of(text: str) -> None:
    assert (crash(text).error, crash(text).message) == (
        "AttributeError",
        "module 'low' has no attribute 'gone'",
    )


FAULT = """
Thread 0x00007f1 (most recent call first):
  File "/usr/lib/python3.9/threading.py", line 300 in wait

Current thread 0x00007f0 (most recent call first):
  File "/v/lib/python3.9/site-packages/high/c.py", line 2 in g
  File "/home/u/main.py", line 1 in <module>
"""
DEATHS = {
    "fault handler": (f"Fatal Python error: Segmentation fault\n{FAULT}", "Segmentation fault", [1, 2]),
    "fault handler in a service": (
        indented(f"Fatal Python error: Aborted\n{FAULT}", "web-1  | "),
        "Aborted",
        [1, 2],
    ),
    "Windows": (
        f"Windows fatal exception: access violation\n{FAULT}",
        "access violation",
        [1, 2],
    ),
    "shell": ("run.sh: line 1:  145 Illegal instruction     python main.py\n", "Illegal instruction", []),
    "core dumped": ("Segmentation fault (core dumped)\n", "Segmentation fault", []),
    "exit code": ("Process finished with exit code 139\n", "Segmentation fault", []),
    "killed": ("Killed\n", "Killed", []),
}


@pytest.mark.parametrize(("text", "message", "lines"), DEATHS.values(), ids=DEATHS.keys())
def test_a_process_that_died_without_an_exception(text: str, message: str, lines: list[int]) -> None:
    found = crash(text)
    assert (found.error, found.message) == ("native", message)
    assert [frame.line for frame in found.frames] == lines


@pytest.mark.parametrize(
    "line",
    [
        "ModuleNotFoundError: No module named 'x'",
        "ImportError: cannot import name 'x' from 'y'",
        "AttributeError: module 'x' has no attribute 'y'",
    ],
)
def test_an_unmistakable_line_is_enough(line: str) -> None:
    found = crash(f"output of the job:\n    {line}\n")
    assert f"{found.error}: {found.message}" == line


def test_windows_paths_tell_the_platform() -> None:
    path = r"C:\Python39\Lib\site-packages\a.py"
    assert crash(f'{HEAD}  File "{path}", line 1, in <module>\n    x\nKeyError: 1\n').platform == "win_amd64"


@pytest.mark.parametrize("text", ["", "all is well\n", "Error: no\n", "Traceback? no\n"])
def test_a_log_without_a_crash(text: str) -> None:
    assert parse(text) is None


def test_hostile_lines_come_to_an_end() -> None:
    parse(("Traceback (most recent call last):\n" + '  File "' + "a" * 300 + '", line 1, in x\n') * 5_000)
    parse("E   " * 200_000)


PIECES = [
    *PLAIN.splitlines(),
    "",
    "E   KeyError: 1",
    "a.py:3: KeyError",
    "  + Exception Group Traceback",
    "    | ",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=30).map("\n".join))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    found = parse(text)
    assert found is None or found.error or found.frames
