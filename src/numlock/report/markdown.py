"""A repair as Markdown for a comment, a summary or a file: as GitHub renders it, and within its limit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from numlock.report.escape import code_span, fence, label, link, prose
from numlock.report.graph import Graph

LIMIT = 65_536  # characters of a comment on GitHub
_SHORTENED = "_Left out, for the length: the last parts of this report._"


def as_markdown(repair: Repair, *, head: str = "", foot: Line = (), limit: int = LIMIT) -> str:
    """The report in at most ``limit`` characters: the last sections give way, never the verdict.

    ``head`` is a line of its own above everything and goes in as it is; ``foot`` is small print below it.
    """
    small = small_print(foot) if foot else ""
    sections = [_section(section) for section in document(repair)]
    whole = _whole(head, sections, small)
    while len(whole) > limit and len(sections) > 1:
        sections = sections[:-1]
        whole = _whole(head, [*sections, f"{_SHORTENED}\n"], small)
    return whole


def small_print(line: Line) -> str:
    """A line in small letters."""
    return f"<sub>{_line(line)}</sub>\n"


def _whole(head: str, sections: list[str], small: str) -> str:
    return f"{head}\n" * bool(head) + "\n".join([*sections, small] if small else sections)


def _section(section: Section) -> str:
    text = "\n".join(_part(part) for part in section.parts)
    if section.folded is None:
        return text
    # A blank line on both sides, or GitHub takes the Markdown inside for HTML.
    return f"<details><summary>{prose(section.folded)}</summary>\n\n{text}\n</details>\n"


def _part(part: Part) -> str:
    match part:
        case Heading(line):
            return f"### {_line(line)}\n"
        case Paragraph(line):
            return f"{_line(line)}\n"
        case Table(head, rows):
            return (
                "\n".join([_row(head), _row("---" for _ in head), *(_row(map(_line, row)) for row in rows)])
                + "\n"
            )
        case Items(lines):
            return "".join(f"- {_line(line)}\n" for line in lines)
        case Block(text, language):
            return f"{fence(text, language, LIMIT)}\n"
        case Graph():
            return "\n".join(["```mermaid", *_mermaid(part), "```"]) + "\n"


def _line(line: Line) -> str:
    return "".join(map(_inline, line))


def _inline(piece: str | Code | Strong | Link) -> str:
    match piece:
        case Code(text):
            return code_span(text)
        case Strong(text):
            return f"**{shown}**" if (shown := prose(text).strip()) else ""
        case Link(text, address):
            return link(text, address)
    return prose(piece)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _mermaid(graph: Graph) -> Iterator[str]:
    yield "flowchart LR"
    names = dict.fromkeys(name for edge in graph.edges for name in (edge.start, edge.end))
    numbers = {name: f"n{number}" for number, name in enumerate(names)}
    yield from (f'  {number}["{label(name)}"]' for name, number in numbers.items())
    for edge in graph.edges:
        left, right = ("==", "==>") if edge.move else ("--", "--x")
        yield f'  {numbers[edge.start]} {left} "{label(edge.label)}" {right} {numbers[edge.end]}'
