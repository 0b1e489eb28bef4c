"""A GitHub of this machine alone: it keeps what is posted, and takes and gives nothing that GitHub's own
description does not allow (data/github-openapi.json, a slice of https://github.com/github/rest-api-description).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from support.index import Answer
from support.schema import filled
from support.server import serve

SPEC = Path(__file__).parent / "data" / "github-openapi.json"
REPO = "octo-org/octo-repo"
PREFIX = "/api/v3"  # as on GitHub Enterprise
BOT = "github-actions[bot]"
WRITER, READER = "ghs_writer-token-of-a-workflow", "ghs_reader-token-of-a-fork"


@dataclass
class Pull:
    """A pull request: whose branch, its head commit, the patches of its files by name."""

    owner: str | None
    branch: str
    sha: str
    files: dict[str, str | None] = field(default_factory=dict)
    state: str = "open"
    locked: bool = False


@dataclass
class Posted:
    """A comment: on a pull request, or (``path``) on a line of it."""

    number: int
    pull: int
    author: str
    body: str
    path: str | None = None
    edits: int = 0


@dataclass
class Job:
    """A job of a run's attempt; ``log`` None: not there yet."""

    number: int
    run: tuple[int, int]
    name: str
    conclusion: str
    log: bytes | None


class GitHub:
    """Serves its attributes while its ``with`` block runs; each may be changed at any time.

    ``first`` holds answers that are given before any other. ``problems`` are breaches of the description.
    """

    def __init__(self) -> None:
        self.pulls: dict[int, Pull] = {}
        self.comments: list[Posted] = []
        self.suggestions: list[Posted] = []
        self.reviews: list[dict[str, Any]] = []
        self.jobs: list[Job] = []
        self.files: dict[tuple[str, str], bytes] = {}  # (path, commit)
        self.first: list[Answer] = []
        self.failing: dict[str, Answer] = {}  # by "METHOD path"
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.log_requests: list[dict[str, str]] = []
        self.page = 100
        self._servers: list[ThreadingHTTPServer] = []
        self._next = 1000

    def __enter__(self) -> GitHub:
        self._servers = [serve(self.answer), serve(self._log_host)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        assert self.problems == [] or error is not None, self.problems

    @property
    def api(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._servers[0].server_address[1]}{PREFIX}"

    def comment(self, pull: int, author: str, body: str) -> Posted:
        """Somebody comments."""
        self._next += 1
        self.comments.append(Posted(self._next, pull, author, body))
        return self.comments[-1]

    # --- answers -------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """What GitHub says to a request, both held against its description."""
        parts = urlsplit(target)
        path = parts.path.removeprefix(PREFIX)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.requests.append(f"{method} {path}")
        request = _request(method, path, query, headers, body)
        try:
            _description().validate_request(request)
        except OpenAPIError as error:
            self.problems.append(f"{method} {target}: {error!r} {error.__cause__!r}")
            return _said(422, "Validation Failed")
        if self.first:
            return self.first.pop(0)
        found = self.failing.get(f"{method} {path}") or self._route(method, path, query, headers, body)
        self._check(request, found)
        return found

    def _check(self, request: MockRequest, found: Answer) -> None:
        kind = "application/json"
        try:
            response = MockResponse(found.body, found.status, dict(found.headers), kind)
            _description().validate_response(request, response)
        except OpenAPIError as error:
            if found.status < 400:  # many refusals are not described
                self.problems.append(f"answer to {request.path}: {error!r} {error.__cause__!r}")

    def _route(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token not in (WRITER, READER):
            return _said(401, "Bad credentials")
        if path == "/user" or (method != "GET" and token == READER):
            return _said(403, "Resource not accessible by integration")
        content = json.loads(body) if body else {}
        for pattern, call in self._routes().items():
            verb, form = pattern.split(" ")
            if verb == method and (found := re.fullmatch(f"/repos/{REPO}/{form}", path)):
                return call(*found.groups(), **(content or {"query": query}))
        return _said(404, "Not Found")

    def _routes(self) -> dict[str, Callable[..., Answer]]:
        return {
            r"GET pulls": self._list_pulls,
            r"GET pulls/(\d+)/files": self._list_files,
            r"GET pulls/(\d+)/comments": self._list_suggestions,
            r"POST pulls/(\d+)/reviews": self._review,
            r"GET issues/(\d+)/comments": self._list_comments,
            r"POST issues/(\d+)/comments": self._create,
            r"PATCH issues/comments/(\d+)": self._edit,
            r"GET actions/runs/(\d+)/attempts/(\d+)/jobs": self._list_jobs,
            r"GET actions/jobs/(\d+)/logs": self._log,
            r"GET contents/(.+)": self._file,
        }

    def _list_pulls(self, query: dict[str, str]) -> Answer:
        wanted = query.get("head")
        found = [
            _shaped("pull-request-simple", number=number, state=pull.state, head=_head(pull))
            for number, pull in self.pulls.items()
            if pull.state == query.get("state", "open") and wanted in (None, f"{pull.owner}:{pull.branch}")
        ]
        return self._paged(found, "pulls", query)

    def _list_files(self, number: str, query: dict[str, str]) -> Answer:
        files = [
            _shaped("diff-entry", filename=name, **({"patch": patch} if patch is not None else {}))
            for name, patch in self.pulls[int(number)].files.items()
        ]
        return self._paged(files, f"pulls/{number}/files", query)

    def _list_comments(self, number: str, query: dict[str, str]) -> Answer:
        found = [_comment(each) for each in self.comments if each.pull == int(number)]
        return self._paged(found, f"issues/{number}/comments", query)

    def _create(self, number: str, body: str) -> Answer:
        if self.pulls[int(number)].locked:
            return _said(403, "Unable to create comment because issue is locked.")
        return _json(201, _comment(self.comment(int(number), BOT, body)))

    def _edit(self, number: str, body: str) -> Answer:
        (found,) = (each for each in self.comments if each.number == int(number))
        found.body, found.edits = body, found.edits + 1
        return _json(200, _comment(found))

    def _list_suggestions(self, number: str, query: dict[str, str]) -> Answer:
        found = [
            _shaped("pull-request-review-comment", body=each.body, path=each.path, user=_user(each.author))
            for each in self.suggestions
            if each.pull == int(number)
        ]
        return self._paged(found, f"pulls/{number}/comments", query)

    def _review(self, number: str, comments: list[dict[str, Any]], **review: Any) -> Answer:
        pull = self.pulls[int(number)]
        for each in comments:
            lines = re.findall(r"^@@ \S+ \+(\d+),(\d+) @@", pull.files.get(each["path"]) or "", re.MULTILINE)
            if not any(
                int(a) <= each.get("start_line", each["line"]) <= each["line"] < int(a) + int(n)
                for a, n in lines
            ):
                return _said(422, "pull_request_review_thread.line must be part of the diff")
        if review["commit_id"] != pull.sha:
            return _said(422, "commit_id is not part of the pull request")
        self.reviews.append({**review, "comments": comments})
        self.suggestions += [Posted(0, int(number), BOT, each["body"], each["path"]) for each in comments]
        return _json(200, _shaped("pull-request-review", id=len(self.reviews), body=review["body"]))

    def _list_jobs(self, run: str, attempt: str, query: dict[str, str]) -> Answer:
        found = [
            _shaped("job", id=each.number, name=each.name, status="completed", conclusion=each.conclusion)
            for each in self.jobs
            if each.run == (int(run), int(attempt))
        ]
        return self._paged(found, f"actions/runs/{run}/attempts/{attempt}/jobs", query, "jobs")

    def _log(self, number: str, query: dict[str, str]) -> Answer:
        (job,) = (each for each in self.jobs if each.number == int(number))
        if job.log is None:
            return _said(404, "Not Found")
        host = f"http://127.0.0.1:{self._servers[1].server_address[1]}"
        return Answer(status=302, headers={"Location": f"{host}/{number}?sig=secret-of-one-minute"})

    def _file(self, path: str, query: dict[str, str]) -> Answer:
        data = self.files.get((unquote(path), query.get("ref", "")))
        if data is None:
            return _said(404, "Not Found")
        content = {"content": base64.encodebytes(data).decode(), "encoding": "base64", "size": len(data)}
        return _json(200, _shaped("content-file", type="file", path=unquote(path), **content))

    def _paged(self, found: list[Any], path: str, query: dict[str, str], key: str | None = None) -> Answer:
        size = min(int(query.get("per_page", 30)), self.page)
        page = int(query.get("page", 1))
        rest = "&".join(f"{name}={quote(value)}" for name, value in query.items() if name != "page")
        headers = {"Content-Type": "application/json"}
        if page * size < len(found):
            address = f"{self.api}/repos/{REPO}/{path}?{rest}&page={page + 1}"
            headers["Link"] = f'<{address}>; rel="next", <{address}>; rel="last"'
        shown: Any = found[(page - 1) * size : page * size]
        shown = {"total_count": len(found), key: shown} if key else shown
        return Answer(headers=headers, body=json.dumps(shown).encode())

    def _log_host(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Another host, which refuses whoever brings GitHub's token along."""
        self.log_requests.append(headers)
        if "authorization" in headers or "sig=secret-of-one-minute" not in target:
            return Answer(status=403, body=b"AuthenticationFailed")
        (job,) = (each for each in self.jobs if each.number == int(urlsplit(target).path[1:]))
        return Answer(body=job.log or b"", headers={"Content-Type": "text/plain"})


def _in_diff(patch: str, first: int, last: int) -> bool:
    """Whether one hunk shows all these lines."""
    hunks = re.findall(r"^@@ \S+ \+(\d+),(\d+) @@", patch, re.MULTILINE)
    return any(int(start) <= first <= last < int(start) + int(count) for start, count in hunks)


def _head(pull: Pull) -> dict[str, Any]:
    owner = _user(pull.owner or "ghost")
    repo = _shaped("repository", full_name=f"{pull.owner}/octo-repo", owner=owner) if pull.owner else None
    return {
        "label": f"{pull.owner}:{pull.branch}",
        "ref": pull.branch,
        "sha": pull.sha,
        "user": owner,
        "repo": repo,
    }


def _comment(posted: Posted) -> dict[str, Any]:
    address = f"https://github.test/{REPO}/pull/{posted.pull}#issuecomment-{posted.number}"
    return _shaped(
        "issue-comment", id=posted.number, body=posted.body, html_url=address, user=_user(posted.author)
    )


def _user(login: str) -> dict[str, Any]:
    return _shaped("simple-user", login=login, type="Bot" if login.endswith("[bot]") else "User")


def _said(status: int, message: str) -> Answer:
    return _json(
        status, {"message": message, "documentation_url": "https://docs.test", "status": str(status)}
    )


def _json(status: int, value: object) -> Answer:
    return Answer(
        status=status, headers={"Content-Type": "application/json"}, body=json.dumps(value).encode()
    )


def _shaped(schema: str, /, **values: Any) -> dict[str, Any]:
    found = filled(_spec(), {"$ref": f"#/components/schemas/{schema}"})
    assert isinstance(found, dict)
    return found | values


@lru_cache
def _spec() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return found


@lru_cache
def _description() -> OpenAPI:
    # A misspelt key is a problem, although the description is silent about further ones.
    return OpenAPI.from_dict(_spec(), config=Config(additional_properties_default_policy="forbid"))


def _request(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
) -> MockRequest:
    if found := re.match(r"(/repos/[^/]+/[^/]+/contents/)(.*)", path):  # the one part that may hold slashes
        path = found[1] + found[2].replace("/", "%2F")
    return MockRequest(
        "http://127.0.0.1", method.lower(), path, args=query, headers=headers, data=body or None
    )


def entries(log: bytes) -> Iterator[bytes]:
    """A log as the runner writes it: each line with its time."""
    for number, line in enumerate(log.split(b"\n")):
        yield b"2026-01-01T00:00:%02d.0000000Z %s\n" % (number % 60, line)
