"""Markdown as a reader of GitHub would get it: what of it is alive."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e0fff]"
)
_LIVE = re.compile(
    r"(?:^|[^\w`/])@\w|(?:^|\s)[\w/-]*#\d|\bGH-\d|\bwww\.|:[\w+-]*[a-z][\w+-]*:", re.IGNORECASE
)


class Rendered(NamedTuple):
    """Counts of block tokens by type; links, raw HTML, fences by language, and the text outside code."""

    blocks: Counter[str]
    links: tuple[str, ...]
    html: tuple[str, ...]
    fences: tuple[str, ...]
    text: tuple[str, ...]

    @property
    def live(self) -> list[str]:
        """Text that GitHub makes a mention, a reference or an emoji of."""
        return [text for text in self.text if _LIVE.search(text)]


def rendered(markdown: str) -> Rendered:
    """Parse as GitHub does: tables, strikethrough, addresses to links."""
    assert not _UNSEEN.search(markdown)
    tokens = list(_flat(_parser().parse(markdown)))
    return Rendered(
        blocks=Counter(token.type for token in tokens if token.type.endswith("_open")),
        links=tuple(str(token.attrs["href"]) for token in tokens if token.type == "link_open"),
        html=tuple(token.content.strip() for token in tokens if token.type in ("html_block", "html_inline")),
        fences=tuple(token.info for token in tokens if token.type in ("fence", "code_block")),
        text=tuple(token.content for token in tokens if token.type == "text"),
    )


@lru_cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("gfm-like", {"html": True})
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})  # GitHub makes no links of bare names
    return parser


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])
