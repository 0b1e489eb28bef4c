"""What the room needs from outside, and the values that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from numlock.errors import Exit, NumlockError


class Answer(Protocol):
    """What came back: the status of HTTP, headers with lower-case names, the body."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> bytes: ...


class Wire(Protocol):
    """Sends one request as it is: no login of its own, no second try, no redirect followed.

    ``tail``: of a longer body its last ``limit`` bytes. Raises OutOfReach where the host cannot be reached.
    """

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        limit: int,
        tail: bool = False,
    ) -> Answer: ...


class Refused(NumlockError):
    """GitHub answered, but not with what was asked for; ``status`` as in HTTP."""

    exit = Exit.OUT_OF_REACH

    def __init__(self, status: int, reference: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(reference, message, hint=hint)
        self.status = status


class ReadOnly(Refused):
    """The token may not do this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """An open pull request of a repository, and the commit at its head."""

    number: int
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The run of a workflow that a report is about. ``number`` and ``attempt`` tell runs apart.

    ``conclusion`` as GitHub words it: success, failure, cancelled and others. ``head`` is the commit; ``owner`` and
    ``branch`` say where that came from, None where the fork is gone.
    """

    number: int
    attempt: int
    head: str
    owner: str | None
    branch: str | None
    workflow: str
    conclusion: str


class Comment(NamedTuple):
    """A comment on a pull request."""

    number: int
    body: str
    author: str
    address: str


class Suggestion(NamedTuple):
    """Lines ``first`` to ``last`` of a file at the head commit, what replaces them, and why; lines count from 1."""

    path: str
    first: int
    last: int
    text: str
    why: str
