"""Code as JSON values and back, for the store.

What few questions are about, the shapes, the classes and the uses, is text inside the row and unpacked when it is asked
for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from numlock.model import Check, ClassCode, Code, Form, Guard, Shape, Unparsed, Uses

FORMAT = 30  # raised whenever the same source is read differently; older rows are not looked at any more


def row_of(code: Code | Unparsed) -> Any:
    """A module's code as JSON values."""
    if isinstance(code, Unparsed):
        return [code.why, code.line]
    return {
        "n": sorted(code.names),
        "r": sorted(code.removed),
        "*": list(code.stars),
        "d": int(code.dynamic),
        "u": _text(Uses.of(code.uses).rows),  # also a check of what came from elsewhere
        "c": _text({name: _class_row(each) for name, each in code.classes.items()}),
        "s": _text({name: _shape_row(each) for name, each in code.shapes.items()}),
        "i": dict(code.imported),
        "a": None if code.exports is None else list(code.exports),
        "h": sorted(code.hooks),
        "g": [[guard.line, _check_rows(guard.when), int(guard.at_import)] for guard in code.guards],
        "v": {
            name: [subject, form.value, numbers] for name, (subject, form, numbers) in code.versions.items()
        },
        "p": sorted(code.patches),
        "k": {name: _check_rows(checks) for name, checks in code.checks.items()},
    }


def code_of(row: Any) -> Code | Unparsed:
    """The inverse of :func:`row_of`."""
    if isinstance(row, list):
        return Unparsed(*row)
    return Code(
        names=frozenset(row["n"]),
        removed=frozenset(row["r"]),
        stars=tuple(row["*"]),
        dynamic=bool(row["d"]),
        uses=Uses(_PackedRows(row["u"])),
        classes=_Packed(row["c"], _class),
        shapes=_Packed(row["s"], _shape),
        imported=row["i"],
        exports=None if row["a"] is None else tuple(row["a"]),
        hooks=frozenset(row["h"]),
        guards=tuple(Guard(line, _checks(when), bool(at_import)) for line, when, at_import in row["g"]),
        versions={
            name: (subject, Form(form), numbers) for name, (subject, form, numbers) in row["v"].items()
        },
        checks={name: _checks(rows) for name, rows in row["k"].items()},
        patches=frozenset(row["p"]),
    )


_Value = TypeVar("_Value")


class _Packed(Mapping[str, _Value], Generic[_Value]):
    """A map that is unpacked from its text when it is first asked."""

    __slots__ = ("_map", "_text", "_value")

    def __init__(self, text: str, value: Callable[[Any], _Value]) -> None:
        self._text, self._value = text, value
        self._map: dict[str, _Value] | None = None if text else {}

    def _known(self) -> dict[str, _Value]:
        if self._map is None:
            self._map = {name: self._value(row) for name, row in json.loads(self._text).items()}
        return self._map

    def __getitem__(self, name: str) -> _Value:
        return self._known()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._known()

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())


class _PackedRows(Sequence[list[Any]]):
    """Rows that are unpacked from their text when they are first asked for."""

    __slots__ = ("_rows", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._rows: list[list[Any]] | None = None if text else []

    def _known(self) -> list[list[Any]]:
        if self._rows is None:
            self._rows = json.loads(self._text)
        return self._rows

    @overload
    def __getitem__(self, place: int) -> list[Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[list[Any]]: ...

    def __getitem__(self, place: int | slice) -> list[Any]:
        return self._known()[place]

    def __iter__(self) -> Iterator[list[Any]]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._known() == list(other)

    __hash__ = None  # type: ignore[assignment]


def _text(rows: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(rows, separators=(",", ":")) if rows else ""


def _class_row(found: ClassCode) -> list[Any]:
    return [list(found.bases), sorted(found.members), int(found.dynamic)]


def _class(row: list[Any]) -> ClassCode:
    bases, members, dynamic = row
    return ClassCode(bases=tuple(bases), members=frozenset(members), dynamic=bool(dynamic))


def _shape_row(found: Shape) -> list[Any]:
    keywords = None if found.keywords is None else sorted(found.keywords)
    return [found.needed, found.most, keywords, *found.wrapped]


def _shape(row: list[Any]) -> Shape:
    needed, most, keywords, *wrapped = row
    return Shape(needed, most, None if keywords is None else frozenset(keywords), tuple(wrapped))


def _check_rows(checks: tuple[Check, ...]) -> list[Any]:
    return [check.row() for check in checks]


def _checks(rows: list[Any]) -> tuple[Check, ...]:
    return tuple(map(Check.of, rows))
