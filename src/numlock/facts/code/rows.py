"""Code as JSON values and back, for the store."""

from __future__ import annotations

from typing import Any

from numlock.model import Call, ClassCode, Code, Shape, Unparsed, Use

FORMAT = 5  # raised whenever the same source would be read differently; older rows are not looked at any more


def row_of(code: Code | Unparsed) -> Any:
    """A module's code as JSON values."""
    if isinstance(code, Unparsed):
        return [code.why, code.line]
    return {
        "n": sorted(code.names),
        "*": list(code.stars),
        "d": int(code.dynamic),
        "u": [_use_row(use) for use in code.uses],
        "c": {
            name: [list(each.bases), sorted(each.members), int(each.dynamic)]
            for name, each in code.classes.items()
        },
        "s": {
            name: [s.needed, s.most, None if s.keywords is None else sorted(s.keywords)]
            for name, s in code.shapes.items()
        },
        "i": dict(code.imported),
        "a": None if code.exports is None else list(code.exports),
        "h": int(code.hooks),
    }


def code_of(row: Any) -> Code | Unparsed:
    """The inverse of :func:`row_of`."""
    if isinstance(row, list):
        return Unparsed(*row)
    return Code(
        names=frozenset(row["n"]),
        stars=tuple(row["*"]),
        dynamic=bool(row["d"]),
        uses=tuple(_use(each) for each in row["u"]),
        classes={
            name: ClassCode(bases=tuple(bases), members=frozenset(members), dynamic=bool(dynamic))
            for name, (bases, members, dynamic) in row["c"].items()
        },
        shapes={
            name: Shape(needed, most, None if keywords is None else frozenset(keywords))
            for name, (needed, most, keywords) in row["s"].items()
        },
        imported=row["i"],
        exports=None if row["a"] is None else tuple(row["a"]),
        hooks=bool(row["h"]),
    )


def _use_row(use: Use) -> list[Any]:
    flags = use.at_import | use.guarded << 1 | use.sure << 2 | use.module << 3
    row: list[Any] = [use.name, use.line, flags]
    if use.rescues or use.call:
        row.append(list(use.rescues) if use.rescues else 0)
    if use.call:
        row.append([use.call.positional, list(use.call.keywords), int(use.call.open)])
    return row


def _use(row: list[Any]) -> Use:
    name, line, flags, *more = row
    call = more[1] if len(more) > 1 else None
    return Use(
        name,
        line,
        at_import=bool(flags & 1),
        guarded=bool(flags & 2),
        sure=bool(flags & 4),
        module=bool(flags & 8),
        rescues=(more[0][0], more[0][1]) if more and more[0] else None,
        call=Call(call[0], tuple(call[1]), bool(call[2])) if call else None,
    )
