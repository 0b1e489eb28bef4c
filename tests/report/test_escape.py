"""Nothing hostile stays alive in any form that foreign text is shown in."""

from __future__ import annotations

import re
import time

import pytest

from numlock.report.escape import (
    code_span,
    command,
    fence,
    hide,
    label,
    link,
    plain,
    prose,
    secrets_of,
    spoken,
)
from support.hostile import CREDENTIALS, EVIL, HOSTILE, PASSWORD, TOKEN
from support.rendered import rendered
from support.runner import commands


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_is_text_and_nothing_else(text: str) -> None:
    found = rendered(f"{prose(text)}\n")
    assert set(found.blocks) <= {"paragraph_open"}
    assert (found.links, found.html, found.fences, found.live) == ((), (), (), [])
    assert not re.search(r"(?<!\\)\$", prose(text))  # mathematics


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_stays_a_cell(text: str) -> None:
    found = rendered(f"| a | b |\n| --- | --- |\n| {prose(text)} | {code_span(text)} |\n")
    assert (found.blocks["td_open"], found.blocks["tr_open"], found.links, found.html) == (2, 2, (), ())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_fence_holds_all_of_it(text: str) -> None:
    found = rendered(f"{fence(text, 'text', 3_000)}\n\nafter\n")
    assert (found.fences, found.text, found.html, found.links) == (("text",), ("after",), (), ())
    assert not re.search(r"(?:^|[^\w])@\w", fence(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_hold_no_syntax(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 ._+!,=()-]{1,60}", label(text).replace("…", ""))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_runner_reads_no_command_from_it(text: str) -> None:
    assert commands(spoken(text)) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_of_ours_stays_one_command(text: str) -> None:
    (found,) = commands(command("error", text, file=text, line=3, title="numlock"))
    assert (found.name, found.properties["line"], found.properties["title"]) == ("error", "3", "numlock")
    assert found.properties.keys() == {"file", "line", "title"}
    assert "\n" not in found.message


@pytest.mark.parametrize("text", CREDENTIALS)
def test_credentials_are_hidden(text: str) -> None:
    for shown in (
        plain(text),
        prose(text),
        code_span(text),
        fence(text),
        spoken(text),
        command("error", text),
    ):
        assert PASSWORD not in shown
        assert TOKEN[4:] not in shown
        assert "***" in shown.replace("\\", "")


def test_what_only_looks_like_a_credential_is_kept() -> None:
    for text in (
        "token = tokenizer.encode(text)",
        "no module named 'secrets'",
        "torch/nn/conv.py:260",
        "1.8.0+cu111",
    ):
        assert plain(text) == text


def test_secrets_of_an_environment_are_hidden_but_words_are_not() -> None:
    environ = {
        "MY_TOKEN": "abc-123456",
        "KEYRING_PROVIDER": "subprocess",
        "SECRET_MODE": "disabled",
        "HOME": "/root12345",
    }
    assert secrets_of(environ) == {"abc-123456"}
    assert hide("x abc-123456 y", {"abc-123456", "abc-1234567"}) == "x *** y"


def test_links_go_to_plain_addresses_only() -> None:
    assert link("a_b", "https://e.test/a_b?c=1#d") == "[a\\_b](https://e.test/a_b?c=1#d)"
    for address in (
        "http://e.test",
        f"https://e.test/) [x](https://{EVIL}",
        "javascript:alert(1)",
        "https://u:p@e.test",
    ):
        assert link("a", address) == "a"


def test_spaces_at_the_edges_are_kept_and_code_is_code() -> None:
    assert [prose(text) for text in (" → ", ", ", "", " ")] == [" → ", ", ", "", " "]
    assert code_span("a`b") == "``a`b``"
    assert code_span("`") == "`` ` ``"


@pytest.mark.parametrize(
    "piece", ["a", "(", "`", "token", "://a", "eyJ", "@", "::", " ", "\x1b[", "-----BEGIN "]
)
def test_a_long_text_takes_no_long_time(piece: str) -> None:
    start = time.perf_counter()
    fence(piece * 100_000)
    prose(piece * 100_000)
    assert time.perf_counter() - start < 2
