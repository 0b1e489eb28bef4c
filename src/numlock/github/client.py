"""GitHub's REST API as the action uses it: pages, waiting where it is told to, one error for each way to be refused.

The addresses are those of the environment, so that GitHub Enterprise works alike. Limits:
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from numlock.errors import OutOfReach
from numlock.github.interface import Answer, ReadOnly, Refused, Wire

_VERSION = "2022-11-28"
_PAGES = 100  # of 100 entries
_TRIES = 4
_LONGEST_WAIT = 60.0  # seconds, for one answer
_BETWEEN_WRITES = 1.0  # seconds
_BODY = 20_000_000  # bytes of an answer
_REDIRECTS = (301, 302, 303, 307, 308)
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="next"')


class Client:
    """Asks one GitHub with one token; the token goes to no other host."""

    def __init__(
        self,
        wire: Wire,
        api: str,
        token: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._wire = wire
        self._api = api.rstrip("/")
        self._token = token
        self._sleep = sleep
        self._clock = clock
        self._written: float | None = None

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON of one answer. Raises Refused, or OutOfReach."""
        return self._json(self._asked("GET", self._url(path, query)))

    def pages(self, path: str, key: str | None = None, **query: str | int) -> Iterator[Any]:
        """The entries of all pages of a list; ``key`` names the list where it is one of several values."""
        url: str | None = self._url(path, {"per_page": 100, **query})
        for _ in range(_PAGES):
            if url is None:
                return
            answer = self._asked("GET", url)
            found = self._json(answer)
            yield from found[key] if key else found
            url = self._next(answer)

    def write(self, method: str, path: str, content: Mapping[str, object]) -> Any:
        """POST or PATCH; writes follow one another slowly. Raises Refused, or OutOfReach."""
        if self._written is not None:
            self._sleep(max(0.0, _BETWEEN_WRITES - (self._clock() - self._written)))
        answer = self._asked(method, self._url(path, {}), json.dumps(content).encode())
        self._written = self._clock()
        return self._json(answer)

    def end_of(self, path: str, limit: int) -> bytes:
        """The last ``limit`` bytes of what an address leads to, through one redirect that is not told the token."""
        answer = self._asked("GET", self._url(path, {}))
        if answer.status not in _REDIRECTS:
            return answer.body[-limit:]
        url = answer.headers.get("location", "")
        if urlsplit(url).scheme not in ("https", urlsplit(self._api).scheme):
            raise Refused(answer.status, "github-redirect", "leads to an address that is not secure")
        found = self._wire.send("GET", url, {"User-Agent": "numlock"}, limit=limit, tail=True)
        if found.status != 200:
            raise Refused(found.status, "github-log", f"the log's host answered {found.status}")
        return found.body

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        return f"{self._api}{path}{'?' * bool(query)}{urlencode(query)}"

    def _next(self, answer: Answer) -> str | None:
        """The next page, as long as it is one of this GitHub."""
        found = _NEXT.search(answer.headers.get("link", ""))
        return found[1] if found and found[1].startswith(f"{self._api}/") else None

    def _asked(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """An answer that is no refusal; waits and asks again where that can help."""
        for turn in range(_TRIES):
            answer = self._wire.send(method, url, self._headers(body), body, limit=_BODY)
            wait = self._wait(answer, method, turn)
            if wait is None or turn == _TRIES - 1:
                break
            self._sleep(wait)
        if answer.status >= 400:
            raise _refused(answer, method, urlsplit(url).path)
        return answer

    def _wait(self, answer: Answer, method: str, turn: int) -> float | None:
        """Seconds to wait before asking again; None where that is not called for, or takes too long.

        What a server failed at may have been done all the same: nothing is created twice.
        """
        if answer.status >= 500 and method != "POST":
            return float(2**turn) / 4
        headers = answer.headers
        if answer.status not in (403, 429):
            return None
        if (told := headers.get("retry-after", "")).isdigit():
            seconds = float(told)
        elif headers.get("x-ratelimit-remaining") == "0":
            reset = headers.get("x-ratelimit-reset", "")
            seconds = float(reset) - self._clock() if reset.isdigit() else _LONGEST_WAIT
        elif answer.status == 429 or b"secondary rate limit" in answer.body:
            seconds = _LONGEST_WAIT
        else:
            return None
        return max(seconds, 0.0) if seconds <= _LONGEST_WAIT else None

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "numlock",
            "X-GitHub-Api-Version": _VERSION,
        }
        return headers | ({"Content-Type": "application/json"} if body is not None else {})

    def _json(self, answer: Answer) -> Any:
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise OutOfReach(
                "github-damaged", "answered something that is no JSON", hint="try again later"
            ) from error


def _refused(answer: Answer, method: str, path: str) -> Refused:
    message = _message(answer)
    said = f"{method} {path} was answered with {answer.status}{': ' * bool(message)}{message}"
    if answer.status >= 500:
        return Refused(answer.status, "github-failed", said, hint="try again later")
    if answer.status == 429 or "rate limit" in message.lower():
        return Refused(answer.status, "github-limit", said, hint="try again later")
    if "locked" in message.lower():
        return Refused(answer.status, "github-locked", said, hint="unlock the conversation")
    if answer.status in (401, 403):
        hint = "give the token the permission pull-requests: write"
        return ReadOnly(answer.status, "github-read-only", said, hint=hint)
    return Refused(answer.status, "github-refused", said)


def _message(answer: Answer) -> str:
    try:
        found = json.loads(answer.body)
        return str(found["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return ""
