"""What was found, on the pull request: one comment, and suggestions on the lines that it changed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from numlock.action.found import Found
from numlock.action.inputs import Inputs, Place
from numlock.action.tell import footer, is_news, report, sentence
from numlock.github import Client, PullRequest, ReadOnly, Sticky, Suggestion, find_pull, marker, suggest
from numlock.report import LIMIT, small_print
from numlock.report.escape import fence, prose


def post(
    found: Found, suggestions: Iterable[Suggestion], inputs: Inputs, place: Place, client: Client
) -> str | None:
    """Post what there is to post; the comment's address. The comment comes first, and is whole by itself.

    Where a failure is not caused by versions nothing is posted, but what an earlier run left is set to rights.
    Raises Refused or OutOfReach.
    """
    pull = _pull(place, client)
    if pull is None:
        return None
    sticky = Sticky(client, place.repository, pull, inputs.author or None)
    head = marker(f"{place.run.workflow}\n{inputs.key}", place.run, red=is_news(found))
    if not is_news(found):
        settled = f"{head}\n### numlock: resolved\n\n{prose(sentence(found))}\n\n{small_print(footer(place))}"
        return sticky.tell(settled) if inputs.comment == "always" and found.green else sticky.settle(settled)
    address = sticky.tell(report(found, place, head=head, limit=LIMIT))
    suggest(client, place.repository, pull, suggestions, fence=fence, author=inputs.author or None)
    return address


def _pull(place: Place, client: Client) -> PullRequest | None:
    if place.pull is not None:
        return PullRequest(number=place.pull, head=place.run.head)
    if place.is_follow_up:
        return find_pull(client, place.repository, place.run)
    with suppress(ReadOnly):  # a push needs no pull request
        return find_pull(client, place.repository, place.run)
    return None
