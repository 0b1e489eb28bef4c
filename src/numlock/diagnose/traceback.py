"""From a log to the crash that it tells of.

Which of several: the one that comes last in the log, for what was logged and survived comes before; unless that one
only says that another process died, or that somebody gave up waiting. Exceptions that Python prints as cause or
context of it are its chain, and so are the others of its group. A traceback inside another one's message (a worker
process that died, a remote call) is the root. Where pytest reports, the exception that most tests died of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from numlock.diagnose.blocks import MAX_LINE, Block, blocks
from numlock.diagnose.deaths import death
from numlock.diagnose.displays import notebook_blocks, rich_blocks
from numlock.diagnose.installers import refusal
from numlock.diagnose.margins import without_prefix
from numlock.diagnose.paths import is_windows, python_of
from numlock.diagnose.pytest_log import most_telling, pytest_blocks, summary_blocks
from numlock.model import Crash, Place

MAX_LINES = 300_000  # the last ones of a log
EXCERPT = 2_000  # characters
_WRAPPERS = re.compile(
    r"RemoteTraceback$|RemoteError$|ProcessRaisedException$|ProcessExitedException$|TransportableException$"
)
# Exceptions that only tell of the end of another process, whose own traceback stands before them.
_RELAYS = re.compile(
    r"CalledProcessError$|ChildFailedError$|BrokenProcessPool$|TerminatedWorkerError$|CellExecutionError$|"
    r"ProcessExitedException$|ChildProcessError$|UnexpectedExit$|KeyboardInterrupt$|SystemExit$"
)
_RELAYED = re.compile(
    r"worker \(pid\(?s?\)? [\d, ]{1,200}\) exited unexpectedly|(?:exited|terminated|died) with exit code|"
    r"returned non-zero exit status"
)
_PIPES = ("EOFError", "BrokenPipeError", "ConnectionResetError", "ConnectionRefusedError")
# What is unmistakable without a traceback around it.
_BARE = re.compile(
    r"\b(?P<error>ModuleNotFoundError|ImportError|AttributeError): "
    r"(?P<message>(?:No module named |cannot import name |module '[\w.]+' has no attribute ).{1,500})$"
)
PIP = "pip"


def parse(text: str) -> Crash | None:
    """The crash that a cleaned log tells of; None where it tells of none. Never raises, in time linear in the log."""
    lines = without_prefix(text.split("\n")[-MAX_LINES:])
    native = death(lines)
    last = _last_exception(lines)
    end = last[-1].end if last else -1
    refused = refusal(lines)
    if refused is not None and refused.line >= end:
        message = refused.message
        chain = [_crash(block, text, lines) for block in last[-1:]]
        return Crash(error=PIP, message=message, excerpt=message[:EXCERPT], chain=tuple(chain))
    if native is not None and (not last or native.end > end):
        return _crash(native, text, lines)
    if last:
        crash = _crash(last[-1], text, lines)
        return _with_chain(crash, [_crash(block, text, lines) for block in last[:-1]])
    bare = next((found for line in reversed(lines) if (found := _BARE.search(line[:MAX_LINE]))), None)
    return Crash(error=bare["error"], message=bare["message"], excerpt=bare[0]) if bare else None


def _last_exception(lines: Sequence[str]) -> list[Block]:
    """The exception that a log's process died of, behind those that it follows from."""
    shown = [*notebook_blocks(lines), *rich_blocks(lines)]
    inside = {index for block in shown for index in range(block.start, block.end)}
    plain = [block for block in blocks(lines) if block.start not in inside and (block.error or block.frames)]
    found = sorted((*plain, *shown), key=lambda block: block.start)
    tested = list(pytest_blocks(lines))
    if not tested and not found:
        tested = list(summary_blocks(lines))
    last = _last(found)
    if tested and (not last or tested[-1].end >= last[-1].start):
        chosen = most_telling(tested)
        last = [*_linked(tested, tested.index(chosen)), chosen]
    return last


def _last(found: Sequence[Block]) -> list[Block]:
    """The last exception with those that it follows from; one that lost its tail only where there is no other."""
    died = [block for block in found if not block.survived] or list(found)
    complete = [index for index, block in enumerate(died) if block.error]
    if not complete:
        return list(died[-1:])
    index = next((each for each in reversed(complete) if not _is_relay(died[each])), complete[-1])
    return [*_linked(died, index), died[index]]


def _is_relay(block: Block) -> bool:
    """Whether an exception only says that another process is gone."""
    if _RELAYS.search(block.error) or _RELAYED.search(block.message):
        return True
    last = block.frames[-1] if block.frames else None
    between = (
        last is not None and last.place is Place.STDLIB and (last.inside or "").startswith("multiprocessing/")
    )
    return between and block.error.rpartition(".")[2] in _PIPES


def _linked(found: Sequence[Block], index: int) -> list[Block]:
    linked: list[Block] = []
    while index > 0 and (found[index].chained or _same_group(found[index - 1], found[index])):
        index -= 1
        linked.insert(0, found[index])
    return linked


def _same_group(first: Block, second: Block) -> bool:
    return first.grouped and second.grouped and second.start - first.end <= 3


def _with_chain(crash: Crash, chain: list[Crash]) -> Crash:
    """Put the root first: an exception that only carries another process's one gives way to it."""
    remote = next(
        (each for each in reversed(chain) if each.message == crash.message and each.error == crash.error),
        None,
    )
    if remote is not None:  # raised again, here or in another process: where it came from first tells more
        chain, crash = [each for each in chain if each is not remote], remote
    return replace(crash, chain=tuple(each for each in chain if not _WRAPPERS.search(each.error)))


def _crash(block: Block, text: str, lines: Sequence[str]) -> Crash:
    frames = tuple(block.frames)
    paths = [frame.file for frame in frames]
    near = "\n".join(line[:EXCERPT] for line in lines[max(0, block.end - 30) : block.end + 5])
    versions = [version for version in map(python_of, reversed(paths)) if version]
    return Crash(
        error=block.error,
        message=block.message,
        frames=frames,
        excerpt=near[-EXCERPT:],
        python=versions[0] if versions else python_of_text(text),
        platform="win_amd64" if any(map(is_windows, paths)) else None,
    )


def python_of_text(text: str) -> tuple[int, int] | None:
    """The Python version that the log's other paths show."""
    found = re.search(r"[\w./\\:-]{0,200}[/\\][Pp]ython(?:3\.\d{1,2}|3\d{1,2})[/\\]", text[-100_000:])
    return python_of(found[0]) if found else None
