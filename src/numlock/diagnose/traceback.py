"""From a log to the crash that it tells of.

Which of several: the one that comes last in the log, for what was logged and survived comes before. Exceptions that
Python prints as cause or context of it are its chain. A traceback inside another one's message (a worker process that
died, a remote call) is the root. Where pytest reports, the exception that most tests died of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from numlock.diagnose.blocks import Block, blocks, fatal_frames
from numlock.diagnose.paths import is_windows, python_of
from numlock.diagnose.pytest_log import most_telling, pytest_blocks
from numlock.model import Crash, Frame

EXCERPT = 2_000  # characters
_WRAPPERS = re.compile(
    r"RemoteTraceback$|RemoteError$|ProcessRaisedException$|ProcessExitedException$|TransportableException$"
)
_SIGNAL = re.compile(
    r"^(?:.{0,200}[:\s])?(?P<what>Segmentation fault|Illegal instruction|Bus error|Floating point exception|Aborted|"
    r"terminate called after throwing an instance of .{1,200})(?: \(core dumped\))?\.?\s*$"
)
_FATAL = re.compile(r"^Fatal Python error: (?P<what>.{1,300})$")
_THREAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]+.{0,80}\(most recent call first\):")
_PIP = re.compile(
    r"^\s*ERROR: (?P<what>(?:Could not find a version that satisfies the requirement|"
    r"No matching distribution found for|"
    r"ResolutionImpossible|Cannot install |Package '.{1,200}' requires a different Python|Could not install packages|"
    r"Failed building wheel for |Failed to build ).{0,2000})$"
)
NATIVE = "native"
PIP = "pip"


def parse(text: str) -> Crash | None:
    """The crash that a cleaned log tells of; None where it tells of none. Never raises, in time linear in the log."""
    lines = text.split("\n")
    native = _native(lines)
    found = [block for block in blocks(lines) if block.error or block.frames]
    tested = list(pytest_blocks(lines))
    last = _last(found)
    if tested and (not last or tested[-1].end >= last[-1].start):
        chosen = most_telling(tested)
        last = [*_linked(tested, tested.index(chosen)), chosen]
    if native is not None and (not last or native[0] >= last[-1].end):
        return _crash(native[1], text, lines)
    if last:
        crash = _crash(last[-1], text, lines)
        return _with_chain(crash, [_crash(block, text, lines) for block in last[:-1]])
    return _pip(lines)


def _last(found: Sequence[Block]) -> list[Block]:
    """The last exception with those that it follows from; one that lost its tail only where there is no other."""
    complete = [index for index, block in enumerate(found) if block.error]
    if not complete:
        return list(found[-1:])
    index = complete[-1]
    return [*_linked(found, index), found[index]]


def _linked(found: Sequence[Block], index: int) -> list[Block]:
    linked: list[Block] = []
    while index > 0 and found[index].chained:
        index -= 1
        linked.insert(0, found[index])
    return linked


def _with_chain(crash: Crash, chain: list[Crash]) -> Crash:
    """Put the root first: an exception that only carries another process's one gives way to it."""
    remote = next(
        (each for each in reversed(chain) if each.message == crash.message and each.error == crash.error),
        None,
    )
    if remote is not None:  # raised again, here or in another process: where it came from first tells more
        chain, crash = [each for each in chain if each is not remote], remote
    kept = tuple(each for each in chain if not _WRAPPERS.search(each.error))
    return Crash(
        error=crash.error,
        message=crash.message,
        frames=crash.frames,
        chain=kept,
        excerpt=crash.excerpt,
        python=crash.python,
        platform=crash.platform,
    )


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


def _native(lines: Sequence[str]) -> tuple[int, Block] | None:
    """The last sign of a process that died without an exception, with the frames of Python's fault handler."""
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index][:1000]
        found = _FATAL.match(line) or _SIGNAL.match(line)
        if found:
            start = next((i for i in range(max(0, index - 5), index) if _FATAL.match(lines[i][:1000])), index)
            thread = next(
                (i for i in range(start, min(start + 50, len(lines))) if _THREAD.match(lines[i][:200])), None
            )
            frames: list[Frame] = fatal_frames(lines[thread + 1 :][:200]) if thread is not None else []
            block = Block(start=start, end=index + 1, frames=frames, error=NATIVE, message=found["what"])
            return index, block
    return None


def _pip(lines: Sequence[str]) -> Crash | None:
    """An installation that failed: the first thing pip says of it, with the lines about it."""
    said = [found["what"] for line in lines if (found := _PIP.match(line[:3000]))]
    if not said:
        return None
    message = "\n".join(dict.fromkeys(said[:20]))
    return Crash(error=PIP, message=message, excerpt=message[:EXCERPT])
