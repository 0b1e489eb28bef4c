"""A hostile log leaves no trace: not in the runner's log, outputs or summary, not on the pull request.

Logs come the way on which strangers send them: from the run of a pull request of a fork.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from support.github_api import GitHub
from support.hostile import EVIL, HOSTILE, PASSWORD, TOKEN
from support.rendered import rendered
from support.runner import commands
from support.workflow import CRASH, HEAD, NOT_VERSIONS, PINS, Job, Step

Look = Callable[[], str]
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_OURS = re.compile(r"</?(details|summary|sub)>|<!-- numlock [0-9a-f]{12} run=70\.1 (red|green) -->")
_BLOCKS = {
    *("heading_open", "paragraph_open", "bullet_list_open", "list_item_open", "strong_open", "link_open"),
    *("em_open", "table_open", "thead_open", "tbody_open", "tr_open", "th_open", "td_open"),
}
_TITLES = {"", "All pins, as they should be", "What was diagnosed and checked", "The conflict as a graph"}
_OUTPUTS = {"verdict", "changed", "patch-file", "pins-file", "report-file", "comment-url"}
_VERDICTS = {"repaired", "not-versions", "unexplained", "error"}


@pytest.fixture
def look(step: Step, follow: Job, hub: GitHub, capfd: pytest.CaptureFixture[str]) -> Look:
    """Run the action, look at all that it left, and give its verdict."""

    def run() -> str:
        hub.comments.clear()
        assert step() == 0
        out, err = capfd.readouterr()
        report = Path(follow.outputs["report-file"]).read_text(encoding="utf-8")
        texts = [follow.summary, report, *(comment.body for comment in hub.comments)]
        for text in (out, err, *texts, *follow.outputs.values()):
            assert not [secret for secret in (PASSWORD, TOKEN[4:]) if secret in text]
            assert not _UNSEEN.search(text)
        for text in texts:
            assert_tame(text)
        for found in commands(out):
            assert found.name in ("error", "notice")
            assert found.properties.keys() <= {"file", "line", "title"}
            assert found.properties.get("file") in (None, "requirements.txt")
            assert found.properties["title"].startswith("numlock")
        assert follow.outputs.keys() <= _OUTPUTS
        assert follow.outputs["verdict"] in _VERDICTS
        return follow.outputs["verdict"]

    return run


def assert_tame(markdown: str) -> None:
    """Nothing but what numlock's own reports consist of."""
    found = rendered(markdown)
    assert found.live == []
    assert found.blocks.keys() <= _BLOCKS
    assert found.blocks["heading_open"] <= 1
    assert (found.blocks["th_open"], found.blocks["td_open"]) in ((0, 0), (4, 4))
    assert [link for link in found.links if EVIL in link or not link.startswith("https://github.test/")] == []
    bare = [_OURS.sub("", piece.partition("</summary>")[0]).strip() for piece in found.html]
    assert set(bare) <= _TITLES
    assert set(found.fences) <= {"mermaid", "text"}


def crash(text: str) -> str:
    """A crash of versions, with ``text`` wherever a stranger can put it."""
    head, last = CRASH.rsplit("\nImportError: ", 1)
    head = head.replace("import high", f"import high  # {text}", 1)
    return f"{text}\n{head}\nImportError: {last.rstrip()} {text}\n{text}\n"


@pytest.mark.parametrize("text", HOSTILE[::12])
def test_a_crash_of_versions(look: Look, hub: GitHub, follow: Job, text: str) -> None:
    """The few that are carried through to a comment, each among all others, with such names and pins besides."""
    owner = {"owner": {"login": text}}
    follow.event["workflow_run"] |= {"head_branch": text, "name": text, "head_repository": owner}
    hub.pulls[5] = replace(hub.pulls[5], owner=text, branch=text)
    others = "\n".join(each for each in HOSTILE if "\0" not in each)  # else it is no text
    hub.jobs[2].name, hub.jobs[2].log = text, f"{others}\n{crash(text)}\n{others}\n".encode()
    hub.files["requirements.txt", HEAD] = f"{PINS}-e ./{' '.join(text.split())}\n".encode()
    assert look() == "repaired"
    assert len(hub.comments) == 1


def test_a_crash_of_something_else(look: Look, hub: GitHub) -> None:
    assert len(HOSTILE) >= 60
    for text in HOSTILE:
        hub.jobs[2].log = NOT_VERSIONS.replace("division by zero", text).encode()
        assert look() != "repaired"
        assert hub.comments == []


def test_pins_of_a_stranger(look: Look, hub: GitHub) -> None:
    hub.jobs[2].log = NOT_VERSIONS.encode()
    forms = itertools.cycle(["{}", "-e ./{}", "other=={}", "low==2.0 # {}", "-r {}"])
    for text, form in zip(HOSTILE, forms, strict=False):
        line = form.replace("{}", " ".join(text.split()))
        hub.files["requirements.txt", HEAD] = f"{PINS}{line}\n".encode()
        look()
