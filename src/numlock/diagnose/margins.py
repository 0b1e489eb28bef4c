"""What stands before the lines of one traceback: the prefix of a service or a logger, rails, indentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MAX_PREFIX = 300  # characters
_STAMP = re.compile(r"\d{1,4}(?:[-/:.,T ]\d{1,9}){1,8}(?:Z|[+-]\d\d:?\d\d)?")
# Exception group rails, pytest's E, quotes of a mail, the indentation of a service: they vary, their width does not.
_RAILS = " \t|+>E-\u2502"
_SAMPLE = 400  # of a log's last lines, which tell what stands before all of them
_FEWEST = 3
_MOST = 0.85  # of those lines
_STAMPS = 2  # times in one prefix
_ENDS = " |>]"  # what a prefix ends with
_TELLTALE = re.compile(r"[][(){}|:<>@/#\d]|^std(?:out|err)\b")  # a prefix that is words alone is text
_SOURCE = re.compile(
    r"^(?:[\w.-]{1,60} +\||\[[\w/.:-]{1,60}\]:?)(?= |$)"
)  # of several services or processes in one log
_DIED = re.compile(r"Traceback \(most recent call last\)|^.{0,80}\bE   |\w(?:Error|Exception)\b")


class Margin:
    """The prefix of a traceback's lines. Times in it may differ from line to line, names and numbers may not."""

    def __init__(self, prefix: str) -> None:
        fixed = prefix.rstrip(_RAILS)
        self._width = len(prefix) - len(fixed)
        self._pieces = _STAMP.split(fixed)
        self.is_strong = bool(fixed)
        self.is_rail = not fixed and bool(prefix.strip())

    def strip(self, line: str) -> str | None:
        """The line behind its prefix; None where it has another one and belongs to something else."""
        at = 0
        for index, piece in enumerate(self._pieces):
            if index:
                stamp = _STAMP.match(line, at)
                if stamp is None:
                    return None
                at = stamp.end()
            if not line.startswith(piece, at):
                return None
            at += len(piece)
        return None if line[at : at + self._width].strip(_RAILS) else line[at + self._width :]


NO_MARGIN = Margin("")


def without_prefix(lines: Sequence[str]) -> Sequence[str]:
    """A log's lines without what a service puts before nearly every one of them; as they are where there is nothing."""
    sample = [line[:MAX_PREFIX] for line in lines if line.strip()][-_SAMPLE:]
    if len(sample) < _FEWEST:
        return lines
    fixed = _common(sample)
    if fixed and not (Margin(fixed).is_strong and _TELLTALE.search(fixed)):
        return lines  # an exception group, or a box
    if not fixed and (source := _source(sample)):
        lines, fixed = [line for line in lines if line.startswith(source)], source
    margin = Margin(fixed + " " * _indentation(fixed, sample))
    stripped = (margin.strip(line) for line in lines)
    return [line if bare is None else bare for line, bare in zip(lines, stripped, strict=True)]


def _source(sample: Sequence[str]) -> str | None:
    """Of several services that write to one log, with their names in front, the last one that tells of an error."""
    named = [(found[0], line) for line in sample if (found := _SOURCE.match(line))]
    if len(named) < _MOST * len(sample):
        return None
    return next((source for source, line in reversed(named) if _DIED.search(line)), None)


def _common(sample: Sequence[str]) -> str:
    """What most lines begin with, times aside, as one of them has it; it ends where a word ends."""
    plain = [_STAMP.sub("0", line, count=_STAMPS) for line in sample]
    group, length = list(range(len(sample))), 0
    while group:
        letters = Counter(plain[index][length : length + 1] for index in group)
        letter, count = letters.most_common(1)[0]
        if not letter or count < _MOST * len(sample):
            break
        group = [index for index in group if plain[index][length : length + 1] == letter]
        length += 1
    if not length:
        return ""
    common = plain[group[0]][:length]
    ends = max(common.rfind(mark) + 1 for mark in _ENDS) if common[-1] not in _ENDS else length
    ends += common[ends : ends + 1] == ":"
    return _as_written(sample[group[0]], common[:ends].rstrip())


def _as_written(line: str, fixed: str) -> str:
    """The beginning of a line that is ``fixed`` once its times are left out."""
    cuts = (cut for cut in range(len(line), 0, -1) if _STAMP.sub("0", line[:cut], count=_STAMPS) == fixed)
    return line[: next(cuts, 0)]


def _indentation(fixed: str, sample: Sequence[str]) -> int:
    """How many spaces stand, at the least, between a prefix and what follows it."""
    margin = Margin(fixed)
    rests = [rest for line in sample if (rest := margin.strip(line)) is not None and rest.strip()]
    return min((len(rest) - len(rest.lstrip(" ")) for rest in rests), default=0)
