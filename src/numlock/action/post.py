"""What was found, on the pull request: one comment, and suggestions on the lines that it changed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from numlock.action.found import Found
from numlock.action.inputs import Inputs, Place
from numlock.action.tell import footer, is_news, report
from numlock.errors import BadInput
from numlock.github import Client, PullRequest, ReadOnly, Sticky, Suggestion, find_pull, marker, suggest
from numlock.report import LIMIT, small_print
from numlock.report.escape import fence

_ALL_WELL = "Nothing fails any more.\n"


def post(
    found: Found, suggestions: Iterable[Suggestion], inputs: Inputs, place: Place, client: Client
) -> str | None:
    """Post what there is to post; the comment's address. The comment comes first, and is whole by itself.

    Where a failure is not caused by versions nothing is; where nothing failed, a comment that an earlier run left is
    set to resolved. Raises BadInput where a run's pull request cannot be found, Refused or OutOfReach.
    """
    pull = _pull(found, place, client) if found.green or is_news(found) else None
    if pull is None:
        return None
    sticky = Sticky(client, place.repository, pull, inputs.author or None)
    head = marker(f"{place.run.workflow}\n{inputs.key}", place.run, red=is_news(found))
    if found.green:
        address = sticky.settle(f"{head}\n### numlock: resolved\n\n{_ALL_WELL}\n{small_print(footer(place))}")
        if address is None and inputs.comment == "always":
            address = sticky.tell(
                f"{head}\n### numlock: nothing to move\n\n{_ALL_WELL}\n{small_print(footer(place))}"
            )
        return address
    address = sticky.tell(report(found, place, head=head, limit=LIMIT))
    suggest(client, place.repository, pull, suggestions, fence=fence, author=inputs.author or None)
    return address


def _pull(found: Found, place: Place, client: Client) -> PullRequest | None:
    if place.pull is not None:
        return PullRequest(number=place.pull, head=place.run.head)
    if place.is_follow_up:
        pull = find_pull(client, place.repository, place.run)
        if pull is None and is_news(found):
            raise _no_pull(place)
        return pull
    with suppress(ReadOnly):  # a push needs no pull request
        return find_pull(client, place.repository, place.run)
    return None


def _no_pull(place: Place) -> BadInput:
    """Why nothing can be commented: that a commit was pushed since is an everyday matter, a lost fork is not."""
    where = f"run {place.run.number}"
    if place.run.owner is None:
        message = "comes from a fork that is gone, so that its pull request cannot be found"
        return BadInput("fork-gone", message, where=where, hint="see the summary")
    return BadInput(
        "pull-moved", "is of a commit that no open pull request has at its head any more", where=where
    )
