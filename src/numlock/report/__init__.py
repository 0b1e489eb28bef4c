"""A repair as text: pins for standard output, a short report for a person, Markdown, HTML, JSON for tools. Pure."""

from numlock.report.html import as_html
from numlock.report.machine import as_json
from numlock.report.markdown import as_markdown
from numlock.report.pins import as_pins
from numlock.report.text import as_text

__all__ = ["as_html", "as_json", "as_markdown", "as_pins", "as_text"]
