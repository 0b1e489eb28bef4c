"""A run's pull request, one comment of numlock's own on it, and suggestions on the lines that it changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

from numlock.github.client import Client
from numlock.github.interface import Comment, PullRequest, ReadOnly, Refused, Run, Suggestion

BOT = "github-actions[bot]"  # who a workflow's own token writes as
_MARKER = re.compile(r"<!-- numlock ([0-9a-f]{12}) run=([0-9]+)\.([0-9]+) (red|green) -->")
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_HUNK_LINES = 100_000
_SUGGESTIONS = 30  # of one review
Fence = Callable[[str, str], str]


def find_pull(client: Client, repository: str, run: Run) -> PullRequest | None:
    """The open pull request of a run's branch, where its head still is the run's commit; else None.

    Runs of forks name no pull request, and neither does the commit: the branch does.
    """
    if not run.owner or not run.branch:
        return None
    head = f"{run.owner}:{run.branch}"
    for found in client.pages(f"/repos/{repository}/pulls", state="open", head=head):
        if found["head"]["sha"] == run.head:
            return PullRequest(number=int(found["number"]), head=run.head)
    return None


def marker(key: str, run: Run, *, red: bool) -> str:
    """The first line of a comment: which comment of numlock's this is, and what it was last written for."""
    return f"<!-- numlock {_digest(key)[:12]} run={run.number}.{run.attempt} {'red' if red else 'green'} -->"


class Sticky:
    """The comment on a pull request that is numlock's own: found by its first line and its author, edited in place."""

    def __init__(self, client: Client, repository: str, pull: PullRequest, author: str | None) -> None:
        self._client = client
        self._place = f"/repos/{repository}/issues"
        self._number = pull.number
        self._author = author or _login(client)

    def tell(self, body: str) -> str:
        """Write the comment, or edit it where it says something else; the comment's address."""
        found = self._find(body)
        if found is None:
            created = self._client.write("POST", f"{self._place}/{self._number}/comments", {"body": body})
            return str(created["html_url"])
        return self._edit(found, body)

    def settle(self, body: str) -> str | None:
        """Edit the comment where there is one that an earlier run left red; its address."""
        found = self._find(body)
        if found is None:
            return None
        old, new = _MARKER.match(found.body), _MARKER.match(body)
        if old is None or new is None or old[4] == "green" or _order(new) <= _order(old):
            return found.address
        return self._edit(found, body)

    def _edit(self, found: Comment, body: str) -> str:
        if found.body != body:
            self._client.write("PATCH", f"{self._place}/comments/{found.number}", {"body": body})
        return found.address

    def _find(self, body: str) -> Comment | None:
        wanted = _MARKER.match(body)
        for each in self._client.pages(f"{self._place}/{self._number}/comments"):
            comment = _comment(each)
            old = _MARKER.match(comment.body)
            if wanted and old and old[1] == wanted[1] and comment.author == self._author:
                return comment
        return None


def suggest(
    client: Client,
    repository: str,
    pull: PullRequest,
    suggestions: Iterable[Suggestion],
    *,
    fence: Fence,
    author: str | None = None,
) -> int:
    """Put the suggestions that lie in the diff and are not there yet into one review; how many those are.

    ``fence`` makes a block of Markdown of lines and a language, whatever the lines hold.
    """
    place = f"/repos/{repository}/pulls/{pull.number}"
    wanted = list(suggestions)
    shown = _shown_lines(client, place, {each.path for each in wanted}) if wanted else {}
    wanted = [
        each for each in wanted if shown.get(each.path, frozenset()) >= set(range(each.first, each.last + 1))
    ]
    if not wanted:
        return 0
    login = author or _login(client)
    earlier = {
        str(each["body"]).partition("\n")[0]
        for each in client.pages(f"{place}/comments")
        if (each.get("user") or {}).get("login") == login
    }
    fresh = [each for each in wanted if _mark(each) not in earlier][:_SUGGESTIONS]
    if fresh:
        comments = [_review_comment(each, fence) for each in fresh]
        review = {"commit_id": pull.head, "event": "COMMENT", "comments": comments}
        client.write("POST", f"{place}/reviews", review | {"body": "numlock suggests exact versions:"})
    return len(fresh)


def shown_lines(patch: str) -> Iterator[int]:
    """The lines of the new file that a patch of GitHub's shows; a comment can stand on no others."""
    for hunk in _HUNK.finditer(patch):
        first = int(hunk[1])
        yield from range(first, first + min(int(hunk[2] or 1), _HUNK_LINES))


def _shown_lines(client: Client, place: str, paths: set[str]) -> dict[str, frozenset[int]]:
    return {
        str(each["filename"]): frozenset(shown_lines(each.get("patch") or ""))
        for each in client.pages(f"{place}/files")
        if each["filename"] in paths
    }


def _review_comment(suggestion: Suggestion, fence: Fence) -> dict[str, object]:
    body = f"{_mark(suggestion)}\n{suggestion.why}\n\n{fence(suggestion.text, 'suggestion')}"
    place: dict[str, object] = {
        "path": suggestion.path,
        "line": suggestion.last,
        "side": "RIGHT",
        "body": body,
    }
    if suggestion.first < suggestion.last:
        place |= {"start_line": suggestion.first, "start_side": "RIGHT"}
    return place


def _mark(suggestion: Suggestion) -> str:
    """The first line of a suggestion: the same where the same lines are to become the same."""
    return f"<!-- numlock suggestion {_digest(suggestion.path, suggestion.text)[:16]} -->"


def _login(client: Client) -> str:
    """Who the token writes as. The token of a workflow may not ask that."""
    try:
        return str(client.get("/user")["login"])
    except ReadOnly:
        return BOT
    except Refused as error:
        if error.status == 404:
            return BOT
        raise


def _comment(found: dict[str, object]) -> Comment:
    user = found.get("user")
    login = str(user.get("login")) if isinstance(user, dict) else ""
    return Comment(int(str(found["id"])), str(found.get("body") or ""), login, str(found["html_url"]))


def _order(found: re.Match[str]) -> tuple[int, int]:
    return int(found[2]), int(found[3])


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
