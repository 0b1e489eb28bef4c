"""Whatever came from a log, an index, a wheel or a pull request, made harmless for the place it is shown in.

The one module that does so: Markdown as GitHub renders it, Mermaid labels, and the workflow commands that the runner
reads off a log (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_HIDDEN = "***"
_BREAK = "\u200b"  # a zero-width space: what it stands in no longer reads as a command
_ESCAPES = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)?|[()*+./-][0-~]|[0-?]|[@-Z\\\\^_])"
)
# C0 and C1 controls, line separators, what has no width, what turns the direction of text, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_MARKUP = re.compile(r"([\\`*_\[\]<&|~$#])")
_STARTS = re.compile(r"^([-+=:>]|\d{1,9}(?=[.)]))")  # what a line must not start with: lists, rules, headings
_LIVE = re.compile(  # what GitHub makes links, mentions and pictures of, also where it is escaped
    r"(?<=@)|(?<=#)(?=\w)|(?<=\bGH-)(?=\d)|(?<=:)(?=[\w+-]+:)|(?=://)|(?<=\bwww)(?=\.)|(?<=\bmailto:)|(?<=\bxmpp:)",
    re.IGNORECASE,
)
_MENTION = re.compile(r"(?<![\w/])@(?=\w)")
_NAMED = r"(?:token|secret|passw(?:or)?d|pwd|api[-_]?key|access[-_]?key|private[-_]?key|credentials?)"
_CREDENTIALS = (
    re.compile(r"(?<=://)[^/\s@'\"]{1,500}(?=@)"),
    re.compile(r"\b(?:gh[pousr]_\w{16,255}|github_pat_\w{16,255}|glpat-[\w-]{16,255}|v1\.[0-9a-f]{40})"),
    re.compile(
        r"\b(?:A[KS]IA[0-9A-Z]{16}|AIza[\w-]{35}|xox[abeoprs]-[\w-]{10,255}|(?:sk|rk)[-_][\w-]{20,255})"
    ),
    re.compile(r"\b(?:pypi-[\w-]{40,1000}|npm_\w{30,255}|hf_\w{30,255}|dop_v1_\w{40,255})"),
    re.compile(r"\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,4000}(?:\.[\w-]{0,4000})?"),
    re.compile(r"(?<=\bBasic )[A-Za-z0-9+/=]{8,4000}|(?<=\bBearer )[\w.~+/=-]{8,4000}", re.IGNORECASE),
    re.compile(r"(?<=[?&]sig=)[^&\s'\"]{1,4000}|(?<=[?&]signature=)[^&\s'\"]{1,4000}", re.IGNORECASE),
    # ``NAME=value`` and ``name: value``; ``name = value`` is source code.
    re.compile(rf"{_NAMED}['\"]?(?:=|\s?:\s{{0,3}})['\"]?[^\s'\",;]{{8,4000}}", re.IGNORECASE),
    re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,40}-----)?"),
)
_LABEL = re.compile(r"[^A-Za-z0-9 ._+!,=()-]")
_ADDRESS = re.compile(
    r"https://[a-z0-9.-]{1,200}(?::\d{1,5})?(?:/[\w.~/%+?=&#-]{0,300})?", re.ASCII | re.IGNORECASE
)
_SECRET_NAME = re.compile(r"token|secret|passw|credential|_key$", re.IGNORECASE)


def plain(text: str, limit: int = 500) -> str:
    """One line of visible characters without credentials, at most ``limit`` of them."""
    return _cut(" ".join(visible(text[: 20 * limit]).split()), limit)


def visible(text: str) -> str:
    """Lines of visible characters without what looks like a credential."""
    text = _UNSEEN.sub("", _ESCAPES.sub("", text))
    for pattern in _CREDENTIALS:
        text = pattern.sub(_HIDDEN, text)
    return text


def hide(text: str, secrets: Iterable[str]) -> str:
    """``text`` without the ``secrets``."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def secrets_of(environ: Mapping[str, str]) -> frozenset[str]:
    """The values of an environment whose names say that they are secret; a plain word would take others along."""
    values = (value.strip() for name, value in environ.items() if _SECRET_NAME.search(name))
    return frozenset(value for value in values if len(value) >= 8 and not value.isalpha())


def prose(text: str, limit: int = 500) -> str:
    """Foreign text inside a paragraph of Markdown or a cell of a table: no character of it means anything."""
    shown = _STARTS.sub(r"\\\1", _MARKUP.sub(r"\\\1", _LIVE.sub(_BREAK, plain(text, limit))))
    if not shown:
        return " " * text[:1].isspace()
    return f"{' ' * text[0].isspace()}{shown}{' ' * text[-1].isspace()}"


def code_span(text: str) -> str:
    """Foreign text as inline code, also inside a table."""
    shown = _MENTION.sub(f"@{_BREAK}", plain(text, 200))
    if not shown:
        return ""
    ticks = "`" * (1 + _longest_run(shown))
    space = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{ticks}{space}{shown}{space}{ticks}".replace("|", "\\|")


def fence(text: str, language: str = "", limit: int = 20_000) -> str:
    """Foreign lines as a block of code, cut before it is fenced so that it always ends."""
    shown = _cut(visible(text[: 2 * limit]).strip("\n"), limit)
    shown = _MENTION.sub(f"@{_BREAK}", shown).replace("<!--", f"<{_BREAK}!--")
    ticks = "`" * max(3, 1 + _longest_run(shown))
    return f"{ticks}{language}\n{shown}\n{ticks}"


def link(text: str, address: str) -> str:
    """A link in Markdown where the address is a plain ``https`` one, else the text alone."""
    return f"[{prose(text)}]({address})" if is_address(address) else prose(text)


def is_address(text: str) -> bool:
    """Whether ``text`` is an ``https`` address that holds nothing but the address."""
    return _ADDRESS.fullmatch(text) is not None


def label(text: str) -> str:
    """Foreign text inside a quoted label of a Mermaid graph."""
    return _LABEL.sub("", plain(text, 60)) or "unnamed"


def spoken(text: str) -> str:
    """Foreign lines for the runner's log: none of them reads as a workflow command."""
    shown = re.sub(":(?=:)", f":{_BREAK}", visible(text))
    return re.sub(r"##(?=\[)", f"##{_BREAK}", shown)


def command(name: str, message: str, **properties: str | int | None) -> str:
    """A workflow command of the runner, ``::error file=a.txt,line=3::message``: one line, whatever it is given."""
    given = {key: _property(str(value)) for key, value in properties.items() if value is not None}
    named = ",".join(f"{key}={value}" for key, value in given.items())
    return f"::{name}{' ' * bool(named)}{named}::{_data(message, 4000)}"


def _property(text: str) -> str:
    return _data(text, 500).replace(":", "%3A").replace(",", "%2C")


def _data(text: str, limit: int) -> str:
    """One line has neither line feeds nor carriage returns; the percent sign is what escapes are written with."""
    return spoken(plain(text, limit)).replace("%", "%25")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
