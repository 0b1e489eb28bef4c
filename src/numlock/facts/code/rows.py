"""Code as JSON values and back, for the store."""

from __future__ import annotations

from typing import Any

from numlock.model import Call, Check, ClassCode, Code, Form, Guard, Shape, Unparsed, Use

FORMAT = 21  # raised whenever the same source is read differently; older rows are not looked at any more


def row_of(code: Code | Unparsed) -> Any:
    """A module's code as JSON values."""
    if isinstance(code, Unparsed):
        return [code.why, code.line]
    return {
        "n": sorted(code.names),
        "r": sorted(code.removed),
        "*": list(code.stars),
        "d": int(code.dynamic),
        "u": [_use_row(use) for use in code.uses],
        "c": {
            name: [list(each.bases), sorted(each.members), int(each.dynamic)]
            for name, each in code.classes.items()
        },
        "s": {
            name: [s.needed, s.most, None if s.keywords is None else sorted(s.keywords), *s.wrapped]
            for name, s in code.shapes.items()
        },
        "i": dict(code.imported),
        "a": None if code.exports is None else list(code.exports),
        "h": int(code.hooks),
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
        uses=tuple(_use(each) for each in row["u"]),
        classes={
            name: ClassCode(bases=tuple(bases), members=frozenset(members), dynamic=bool(dynamic))
            for name, (bases, members, dynamic) in row["c"].items()
        },
        shapes={
            name: Shape(needed, most, None if keywords is None else frozenset(keywords), tuple(wrapped))
            for name, (needed, most, keywords, *wrapped) in row["s"].items()
        },
        imported=row["i"],
        exports=None if row["a"] is None else tuple(row["a"]),
        hooks=bool(row["h"]),
        guards=tuple(Guard(line, _checks(when), bool(at_import)) for line, when, at_import in row["g"]),
        versions={
            name: (subject, Form(form), numbers) for name, (subject, form, numbers) in row["v"].items()
        },
        checks={name: _checks(rows) for name, rows in row["k"].items()},
        patches=frozenset(row["p"]),
    )


def _check_rows(checks: tuple[Check, ...]) -> list[Any]:
    return [[c.subject, c.form.value, c.numbers, c.operator, c.version] for c in checks]


def _checks(rows: list[Any]) -> tuple[Check, ...]:
    return tuple(Check(row[0], Form(row[1]), row[2], row[3], row[4]) for row in rows)


def _use_row(use: Use) -> list[Any]:
    flags = use.at_import | use.guarded << 1 | use.sure << 2 | use.module << 3
    row: list[Any] = [use.name, use.line, flags]
    if use.rescues or use.call or use.when:
        row.append(list(use.rescues) if use.rescues else 0)
    if use.call or use.when:
        row.append([use.call.positional, list(use.call.keywords), int(use.call.open)] if use.call else 0)
    if use.when:
        row.append(_check_rows(use.when))
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
        when=_checks(more[2]) if len(more) > 2 else (),
    )
