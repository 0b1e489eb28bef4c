"""Strings of TOML, JSON and YAML know where they stand; everything else is as the parsers of Python have it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numlock.read.placed import Placed, load_json, load_toml, load_yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def placed(value: Any) -> list[Placed]:
    """The strings among the values of a document, in order."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in placed(each)]
    if isinstance(value, list):
        return [found for each in value for found in placed(each)]
    return [value] if isinstance(value, Placed) else []


TOML = {
    "kinds of quotes": (
        "a = \"x\"\nb = 'y'\nc = \"\"\"z\"\"\"\nd = '''w'''\n",
        [("x", 1), ("y", 2), ("z", 3), ("w", 4)],
    ),
    "empty ones": (
        "a = \"\"\nb = ''\nc = \"\"\"\"\"\"\nd = ''''''\n",
        [("", 1), ("", 2), ("", 3), ("", 4)],
    ),
    "quotes in quotes": (
        'a = "\'"\nb = \'"\'\nc = """ "x" """\nd = """x""""\n',
        [("'", 1), ('"', 2), (' "x" ', 3), ('x"', 4)],
    ),
    "comments": ("""# "no"\na = "x" # 'no'\nb = "#"\n""", [("x", 2), ("#", 3)]),
    "keys": (
        """"k" = "x"\n'k k'."l" = "y"\n["t"."u"]\nz = { "v" = "w" }\n""",
        [("x", 1), ("y", 2), ("w", 4)],
    ),
    "arrays": ("""a = [\n  "x", # no\n  'y',\n]\n""", [("x", 2), ("y", 3)]),
    "line ends": ("a = 'x'\r\nb = 'y'\r\n", [("x", 1), ("y", 2)]),
}


@pytest.mark.parametrize(("text", "expected"), TOML.values(), ids=TOML)
def test_toml(text: str, expected: list[tuple[str, int]]) -> None:
    document = load_toml(text, "x.toml")
    assert document == tomllib.loads(text)
    found = placed(document)
    assert [(str(each), each.line) for each in found] == expected
    assert [text[slice(*each.span)] for each in found] == [value for value, _ in expected]


def test_escapes_are_resolved_and_the_place_is_that_of_the_written_form() -> None:
    text = 'a = "\\u0041\\"b\\""\n'
    (found,) = placed(load_toml(text, "x.toml"))
    assert (found, text[slice(*found.span)]) == ('A"b"', '\\u0041\\"b\\"')


def test_yaml_scalars_are_strings_as_written() -> None:
    text = "é: 1.10\r\nb: [on, 'x y',\r\n  \"z\"]\r\n"
    document = load_yaml(text, "x.yml")
    assert document == {"é": "1.10", "b": ["on", "x y", "z"]}
    found = placed(document)
    assert [(each.line, text[slice(*each.span)]) for each in found] == [
        (1, "1.10"),
        (2, "on"),
        (2, "'x y'"),
        (3, '"z"'),
    ]


STRINGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
VALUES = st.recursive(
    STRINGS | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STRINGS, inner, max_size=3),
    max_leaves=12,
)


def as_key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def as_toml(value: Any) -> str:
    """A value as TOML writes it, in one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{as_key(key)} = {as_toml(each)}' for key, each in value.items())}}}"
    if isinstance(value, str) and "'" not in value and len(value) % 2:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


@settings(deadline=None)
@given(st.dictionaries(STRINGS, VALUES, max_size=4))
def test_any_toml_is_read_as_the_parser_reads_it(document: dict[str, Any]) -> None:
    text = "".join(f"{as_key(key)} = {as_toml(value)} # '\"\n" for key, value in document.items())
    assert load_toml(text, "x.toml") == tomllib.loads(text)


@settings(deadline=None)
@given(st.dictionaries(STRINGS, VALUES, max_size=4), st.sampled_from([None, 2]))
def test_any_json_is_read_as_the_parser_reads_it(document: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    found = load_json(text, "x.json")
    assert found == document
    assert [json.loads(f'"{text[slice(*each.span)]}"') for each in placed(found)] == placed(found)
