"""A repair as one HTML page without scripts or anything to load. Pure."""

from __future__ import annotations

from html import escape

from numlock.model import Repair
from numlock.report.document import (
    Block,
    Code,
    Heading,
    Items,
    Line,
    Link,
    Paragraph,
    Part,
    Section,
    Strong,
    Table,
    document,
)
from numlock.report.escape import is_address, visible
from numlock.report.graph import Edge, Graph

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}th,td{border:1px solid #d0d7de;padding:.3rem .8rem;text-align:left}"
    "code,pre{background:#f6f8fa;border-radius:4px}code{padding:.1rem .3rem}pre{padding:1rem;overflow:auto}"
)


def as_html(repair: Repair) -> str:
    """The whole report as a page."""
    body = "\n".join(map(_section, document(repair)))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>numlock</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _section(section: Section) -> str:
    inner = "\n".join(map(_part, section.parts))
    if section.folded is None:
        return inner
    return f"<details><summary>{_text(section.folded)}</summary>\n{inner}\n</details>"


def _part(part: Part) -> str:
    match part:
        case Heading(line):
            return f"<h1>{_line(line)}</h1>"
        case Paragraph(line):
            return f"<p>{_line(line)}</p>"
        case Table(head, rows):
            cells = "".join(f"<th>{_text(cell)}</th>" for cell in head)
            body = "".join(f"<tr>{''.join(f'<td>{_line(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
            return f"<table><tr>{cells}</tr>\n{body}</table>"
        case Items(lines):
            return f"<ul>{''.join(f'<li>{_line(line)}</li>' for line in lines)}</ul>"
        case Block(text):
            return f"<pre>{_text(text)}</pre>"
        case Graph(edges):
            return f"<ul>{''.join(map(_edge, edges))}</ul>"


def _edge(edge: Edge) -> str:
    return f"<li>{_text(edge.start)} <em>{_text(edge.label)}</em> {_text(edge.end)}</li>"


def _line(line: Line) -> str:
    return "".join(map(_inline, line))


def _inline(piece: str | Code | Strong | Link) -> str:
    match piece:
        case Code(text):
            return f"<code>{_text(text)}</code>"
        case Strong(text):
            return f"<strong>{_text(text)}</strong>"
        case Link(text, address) if is_address(address):
            return f'<a href="{escape(address)}">{_text(text)}</a>'
        case Link(text, _):
            return _text(text)
    return _text(piece)


def _text(text: str) -> str:
    return escape(visible(text))
