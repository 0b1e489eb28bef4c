"""The client and what is built on it, against a GitHub of this machine that holds both sides to its description."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from numlock.errors import OutOfReach
from numlock.facts import IndexSettings
from numlock.facts.transport import Transport
from numlock.github import (
    Client,
    PullRequest,
    ReadOnly,
    Refused,
    Run,
    Sticky,
    Suggestion,
    failed_jobs,
    file_at,
    find_pull,
    marker,
    shown_lines,
    suggest,
)
from numlock.report.escape import fence
from support.github_api import BOT, READER, REPO, WRITER, GitHub, Job, Pull
from support.index import Answer

SHA = "1" * 40
RUN = Run(number=7, attempt=1, head=SHA, owner="fork", branch="fix/a&b", workflow="CI", conclusion="failure")
PULL = PullRequest(number=5, head=SHA)
PATCH = "@@ -1,2 +1,3 @@\n a==1\n+b==1\n c==1"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as hub:
        hub.pulls[5] = Pull("fork", "fix/a&b", SHA, {"requirements.txt": PATCH, "big.bin": None})
        yield hub


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client_of(hub: GitHub, clock: Clock, token: str = WRITER) -> Client:
    return Client(Transport(IndexSettings(indexes=())), hub.api, token, sleep=clock.sleep, clock=clock.time)


@pytest.fixture
def client(hub: GitHub, clock: Clock) -> Client:
    return client_of(hub, clock)


# --- pull requests ---------------------------------------------------------------------------------


def test_the_pull_request_of_a_fork_is_found_by_its_branch(client: Client) -> None:
    assert find_pull(client, REPO, RUN) == PULL


def test_a_pull_request_that_moved_on_is_not_commented(hub: GitHub, client: Client) -> None:
    hub.pulls[5].sha = "2" * 40
    assert find_pull(client, REPO, RUN) is None


def test_a_closed_pull_request_and_a_deleted_fork_have_none(hub: GitHub, client: Client) -> None:
    hub.pulls[5].state = "closed"
    assert find_pull(client, REPO, RUN) is None
    asked = len(hub.requests)
    gone = Run(number=7, attempt=1, head=SHA, owner=None, branch="x", workflow="CI", conclusion="failure")
    assert find_pull(client, REPO, gone) is None
    assert len(hub.requests) == asked


# --- the comment -----------------------------------------------------------------------------------


def body(text: str, *, run: int = 7, red: bool = True) -> str:
    again = Run(
        number=run, attempt=1, head=SHA, owner="fork", branch="b", workflow="CI", conclusion="failure"
    )
    return f"{marker('CI', again, red=red)}\n{text}"


def test_one_comment_is_edited_in_place(hub: GitHub, client: Client) -> None:
    address = Sticky(client, REPO, PULL, None).tell(body("first"))
    assert Sticky(client, REPO, PULL, None).tell(body("second", run=8)) == address
    (comment,) = hub.comments
    assert (comment.body, comment.edits) == (body("second", run=8), 1)


def test_a_comment_that_says_the_same_is_left_alone(hub: GitHub, client: Client) -> None:
    Sticky(client, REPO, PULL, None).tell(body("first"))
    Sticky(client, REPO, PULL, None).tell(body("first"))
    assert [comment.edits for comment in hub.comments] == [0]


def test_the_comment_is_found_on_the_last_page(hub: GitHub, client: Client) -> None:
    hub.page = 2
    for number in range(5):
        hub.comment(5, "somebody", f"talk {number}")
    Sticky(client, REPO, PULL, None).tell(body("first"))
    for number in range(5):
        hub.comment(5, "somebody", f"more talk {number}")
    Sticky(client, REPO, PULL, None).tell(body("second"))
    assert [each.body for each in hub.comments if each.author == BOT] == [body("second")]
    assert len(hub.comments) == 11


def test_a_marker_of_somebody_else_is_not_taken_for_ours(hub: GitHub, client: Client) -> None:
    forged = hub.comment(5, "mallory", body("forged"))
    quoting = hub.comment(5, BOT, f"> quoted\n{body('quoted')}")
    Sticky(client, REPO, PULL, None).tell(body("ours"))
    assert [forged.edits, quoting.edits, len(hub.comments)] == [0, 0, 3]


def test_another_workflow_has_another_comment(hub: GitHub, client: Client) -> None:
    Sticky(client, REPO, PULL, None).tell(body("first"))
    Sticky(client, REPO, PULL, None).tell(f"{marker('Docs', RUN, red=True)}\nsecond")
    assert len(hub.comments) == 2


@pytest.mark.parametrize(("run", "edits"), [(6, 0), (7, 0), (8, 1)])
def test_only_a_later_run_settles_a_red_comment(hub: GitHub, client: Client, run: int, edits: int) -> None:
    """The green jobs of a matrix say nothing about its red one."""
    Sticky(client, REPO, PULL, None).tell(body("red", run=7))
    assert Sticky(client, REPO, PULL, None).settle(body("green", run=run, red=False)) is not None
    assert Sticky(client, REPO, PULL, None).settle(body("green again", run=run, red=False)) is not None
    assert [comment.edits for comment in hub.comments] == [edits]


def test_where_nothing_was_red_nothing_is_settled(hub: GitHub, client: Client) -> None:
    assert Sticky(client, REPO, PULL, None).settle(body("green", red=False)) is None
    assert hub.comments == []


def test_a_token_that_reads_only_says_so(hub: GitHub, clock: Clock) -> None:
    with pytest.raises(ReadOnly, match="not accessible by integration"):
        Sticky(client_of(hub, clock, READER), REPO, PULL, None).tell(body("first"))
    assert hub.comments == []


def test_a_locked_conversation_is_an_error_of_its_own(hub: GitHub, client: Client) -> None:
    hub.pulls[5].locked = True
    with pytest.raises(Refused, match="locked") as refused:
        Sticky(client, REPO, PULL, None).tell(body("first"))
    assert refused.value.reference == "github-locked"


# --- suggestions -----------------------------------------------------------------------------------


def suggestion(
    line: int = 2, text: str = "b==2", path: str = "requirements.txt", last: int | None = None
) -> Suggestion:
    return Suggestion(path=path, first=line, last=last or line, text=text, why="b 1 is broken")


def put(client: Client, *suggestions: Suggestion) -> int:
    return suggest(client, REPO, PULL, suggestions, fence=fence)


def test_suggestions_come_in_one_review_and_only_once(hub: GitHub, client: Client) -> None:
    assert put(client, suggestion(), suggestion(3, "c==2"), suggestion(2, last=3, text="b==3\nc==3")) == 3
    assert put(client, suggestion(), suggestion(3, "c==2")) == 0
    assert put(client, suggestion(), suggestion(3, "c==4")) == 1
    assert [len(review["comments"]) for review in hub.reviews] == [3, 1]
    assert hub.reviews[0]["comments"][0]["body"].endswith("b 1 is broken\n\n```suggestion\nb==2\n```")
    assert (hub.reviews[0]["commit_id"], hub.reviews[0]["event"]) == (SHA, "COMMENT")


@pytest.mark.parametrize(
    "outside", [suggestion(4), suggestion(3, last=4), suggestion(path="big.bin"), suggestion(path="x")]
)
def test_what_is_not_in_the_diff_is_not_suggested(hub: GitHub, client: Client, outside: Suggestion) -> None:
    assert put(client, outside) == 0
    assert hub.reviews == []


def test_a_suggestion_of_somebody_else_does_not_count(hub: GitHub, client: Client) -> None:
    put(client, suggestion())
    hub.suggestions[0].author = "mallory"
    assert put(client, suggestion()) == 1


def test_lines_of_a_patch() -> None:
    patch = "@@ -1 +1 @@\n-a\n+b\n@@ -5,0 +6,2 @@ def f():\n+@@ -1 +90,9 @@\n+c\n@@ -9 +10,0 @@\n-d"
    assert list(shown_lines(patch)) == [1, 6, 7]
    assert len(list(shown_lines("@@ -1 +1,99999999999 @@"))) == 100_000


# --- logs and files --------------------------------------------------------------------------------


def test_the_log_of_a_failed_job_comes_without_the_token(hub: GitHub, client: Client) -> None:
    hub.jobs += [
        Job(1, (7, 1), "lint", "success", b"fine"),
        Job(2, (7, 1), "test", "failure", b"x" * 50_000_000 + b"the end"),
        Job(3, (7, 1), "later", "failure", None),
        Job(4, (7, 2), "other attempt", "failure", b"other"),
    ]
    (job,) = failed_jobs(client, REPO, RUN, limit=1000)
    assert (job.name, len(job.log), job.log[-7:]) == ("test", 1000, b"the end")
    assert ["authorization" in headers for headers in hub.log_requests] == [False]


def test_a_redirect_to_an_odd_place_is_not_followed(hub: GitHub, client: Client) -> None:
    hub.jobs.append(Job(2, (7, 1), "test", "failure", b""))
    hub.failing["GET /repos/octo-org/octo-repo/actions/jobs/2/logs"] = Answer(
        status=302, headers={"Location": "file:///etc/passwd"}
    )
    with pytest.raises(Refused, match="not secure"):
        list(failed_jobs(client, REPO, RUN, limit=1000))


def test_files_of_a_commit(hub: GitHub, client: Client) -> None:
    hub.files["requirements/test é.txt", SHA] = b"a==1\n"
    hub.files["large.txt", SHA] = b"a" * 1_000_001
    assert file_at(client, REPO, "requirements/test é.txt", SHA) == b"a==1\n"
    assert file_at(client, REPO, "requirements.txt", SHA) is None
    assert file_at(client, REPO, "large.txt", SHA) is None


def test_a_link_is_no_file(hub: GitHub, client: Client) -> None:
    hub.failing[f"GET /repos/{REPO}/contents/a.txt"] = Answer(body=b'[{"type": "symlink"}]')
    assert file_at(client, REPO, "a.txt", SHA) is None
    hub.problems.clear()  # the answer was cut down


# --- limits and failures ---------------------------------------------------------------------------


def test_reading_and_editing_wait_where_they_are_told_to(hub: GitHub, client: Client, clock: Clock) -> None:
    hub.first = [
        Answer(status=429, headers={"Retry-After": "7"}, body=b"{}"),
        Answer(status=403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1042"}, body=b"{}"),
        Answer(status=403, body=b'{"message": "You have exceeded a secondary rate limit"}'),
    ]
    assert list(client.pages(f"/repos/{REPO}/issues/5/comments")) == []
    assert clock.slept == [7.0, 35.0, 60.0]


def test_a_wait_that_is_too_long_is_an_error(hub: GitHub, client: Client, clock: Clock) -> None:
    hub.first = [
        Answer(status=429, headers={"Retry-After": "3600"}, body=b'{"message": "API rate limit exceeded"}')
    ]
    with pytest.raises(Refused, match="rate limit"):
        client.get("/user")
    assert clock.slept == []


def test_what_a_server_failed_at_is_read_again_but_not_created_again(hub: GitHub, client: Client) -> None:
    hub.first = [Answer(status=502), Answer(status=500, body=b"<html>")]
    assert Sticky(client, REPO, PULL, BOT).settle(body("x")) is None
    hub.failing[f"POST /repos/{REPO}/issues/5/comments"] = Answer(status=500)
    with pytest.raises(Refused, match="answered with 500"):
        Sticky(client, REPO, PULL, BOT).tell(body("x"))
    assert sum(request.startswith("POST") for request in hub.requests) == 1


def test_writes_follow_one_another_slowly(hub: GitHub, client: Client, clock: Clock) -> None:
    Sticky(client, REPO, PULL, None).tell(body("first"))
    Sticky(client, REPO, PULL, None).tell(body("second"))
    assert clock.slept == [1.0]


def test_the_token_goes_to_no_other_host(hub: GitHub, client: Client) -> None:
    elsewhere = Answer(headers={"Link": '<http://127.0.0.1:9/x>; rel="next"'}, body=b"[]")
    hub.first = [elsewhere]
    assert list(client.pages(f"/repos/{REPO}/issues/5/comments")) == []


def test_a_host_that_is_not_there(clock: Clock) -> None:
    client = Client(Transport(IndexSettings(indexes=())), "http://127.0.0.1:9", WRITER, sleep=clock.sleep)
    with pytest.raises(OutOfReach, match=r"127\.0\.0\.1"):
        client.get("/user")


def test_a_wrong_token_and_no_json(hub: GitHub, clock: Clock, client: Client) -> None:
    with pytest.raises(ReadOnly, match="Bad credentials"):
        client_of(hub, clock, "wrong").get(f"/repos/{REPO}/pulls")
    hub.first = [Answer(body=b"<html>")]
    with pytest.raises(OutOfReach, match="no JSON"):
        client.get("/user")


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "issues/5/comments", {"body": 3}),
        ("POST", "issues/5/comments", {"body": "a", "bdoy": "b"}),
        ("POST", "issues/x/comments", {"body": "a"}),
        ("POST", "pulls/5/reviews", {"body": "a", "commit_id": SHA, "event": "BLAME", "comments": []}),
        ("POST", "issues/5/nothing", {}),
    ],
)
def test_the_judge_is_not_blind(
    hub: GitHub, client: Client, method: str, path: str, content: dict[str, object]
) -> None:
    with suppress(Refused):
        client.write(method, f"/repos/{REPO}/{path}", content)
    assert hub.problems
    hub.problems.clear()
