"""TOML, JSON and YAML whose strings know where they stand, so that pins have lines and can be written back.

The parsers of Python tell no places. So every string that is a value is replaced by its number, the parser says
which number arrives where, and the numbers are turned back into strings that know their place.
"""

from __future__ import annotations

import json
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from numlock.errors import BadInput

_BASIC = r'"(?:\\.|[^"\\\n])*"'
_TOML = re.compile(rf"#[^\n]*|\"\"\"(?:\\.|[^\\])*?\"{{3,5}}|'''.*?'{{3,5}}|{_BASIC}|'[^'\n]*'", re.DOTALL)
_JSON = re.compile(_BASIC)
_KEY = re.compile(r"\s*[=.:]")
_HEADER = re.compile(r"[ \t]*\[\[?[^\]=#]*")
_HEADER_LENGTH = 500  # characters of a table's header that are looked at
_MARK = "\ue000"
BREAK = re.compile(r"\r\n|\n|\r")


class Placed(str):
    """A string of a document. ``span``: its characters in the text, without the quotes; ``line`` counts from 1."""

    __slots__ = ("line", "span")
    line: int
    span: tuple[int, int]


def place(value: str, span: tuple[int, int], line: int) -> Placed:
    """A string with its place."""
    placed = Placed(value)
    placed.span, placed.line = span, line
    return placed


def load_toml(text: str, path: str) -> dict[str, Any]:
    """A TOML document; the strings among its values are Placed. Raises BadInput where it is none."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return _load(text, path, _TOML, tomllib.loads, "TOML")


def load_json(text: str, path: str) -> dict[str, Any]:
    """A JSON object; the strings among its values are Placed. Raises BadInput where it is none."""
    return _load(text, path, _JSON, json.loads, "JSON")


def load_yaml(text: str, path: str) -> Any:
    """A YAML document whose scalars are all Placed strings, as written. Raises BadInput where it is none.

    Aliases are refused: with them a small file can be a huge document.
    """
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        for token in yaml.scan(text, Loader=loader):
            if isinstance(token, yaml.AliasToken):
                where = f"{path}:{token.start_mark.line + 1}"
                raise BadInput("pins-invalid", "uses a YAML alias", where=where)
        return _from_yaml(yaml.compose(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "cannot be parsed"
        where = f"{path}:{mark.line + 1}" if mark else path
        raise BadInput("pins-invalid", f"is no YAML: {reason}", where=where) from error
    except (RecursionError, ValueError) as error:
        raise BadInput("pins-invalid", "cannot be parsed", where=path) from error


def _from_yaml(node: Any) -> Any:
    if node is None:
        return None
    if node.id == "sequence":
        return [_from_yaml(each) for each in node.value]
    if node.id == "mapping":
        return {str(key.value): _from_yaml(value) for key, value in node.value}
    return place(node.value, (node.start_mark.index, node.end_mark.index), node.start_mark.line + 1)


def _load(
    text: str, path: str, token: re.Pattern[str], parse: Callable[[str], Any], kind: str
) -> dict[str, Any]:
    try:
        tokens = list(_values(text, token))
        document = _unmarked(parse(_marked(text, tokens)), _placed(text, tokens, parse))
    except (ValueError, RecursionError) as error:
        reason = _reason(text, parse) or str(error)
        raise BadInput("pins-invalid", f"is no {kind}: {reason}", where=path) from error
    if not isinstance(document, dict):
        raise BadInput("pins-invalid", f"is no {kind} object", where=path)
    return document


def _reason(text: str, parse: Callable[[str], Any]) -> str | None:
    """What the parser says of the text itself."""
    try:
        parse(text)
    except (ValueError, RecursionError) as error:
        return str(error)[:200]
    return None


def _values(text: str, token: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The strings that are neither in comments nor keys."""
    for found in token.finditer(text):
        if text[found.start()] == "#" or _KEY.match(text, found.end()):
            continue
        nearest = max(0, found.start() - _HEADER_LENGTH)
        start = text.rfind("\n", nearest, found.start()) + 1 or nearest
        if not _HEADER.fullmatch(text, start, found.start()):
            yield found


def _marked(text: str, tokens: list[re.Match[str]]) -> str:
    """The text with the number of each token in the token's place."""
    parts, last = [], 0
    for number, found in enumerate(tokens):
        parts += [text[last : found.start()], f'"{_MARK}{number}"']
        last = found.end()
    return "".join((*parts, text[last:]))


def _placed(text: str, tokens: list[re.Match[str]], parse: Callable[[str], Any]) -> list[Placed]:
    starts = [0, *(found.end() for found in BREAK.finditer(text))]
    placed = []
    for found in tokens:
        quotes = 3 if found[0][:3] in ('"""', "'''") else 1
        span = found.start() + quotes, found.end() - quotes
        plain = "\\" not in found[0] and "\n" not in found[0]
        value = text[slice(*span)] if plain else _value(found[0], parse)
        placed.append(place(value, span, bisect_right(starts, found.start())))
    return placed


def _value(token: str, parse: Callable[[str], Any]) -> str:
    """What a quoted string stands for."""
    if parse is json.loads:
        return str(json.loads(token))
    return str(parse(f"value = {token}")["value"])


def _unmarked(value: Any, strings: list[Placed]) -> Any:
    if isinstance(value, dict):
        return {key: _unmarked(each, strings) for key, each in value.items()}
    if isinstance(value, list):
        return [_unmarked(each, strings) for each in value]
    if isinstance(value, str) and value.startswith(_MARK):
        return strings[int(value[len(_MARK) :]) % len(strings)]
    return value
