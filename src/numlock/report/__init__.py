"""A repair as text: pins for standard output, a short report for a person, Markdown, HTML, JSON for tools. Pure."""

from numlock.report.checked import as_findings, as_remarks
from numlock.report.html import as_html
from numlock.report.machine import as_json
from numlock.report.markdown import LIMIT, as_markdown, small_print
from numlock.report.pins import as_pins
from numlock.report.sarif import as_findings_json, as_sarif
from numlock.report.text import as_text

__all__ = [
    "LIMIT",
    "as_findings",
    "as_findings_json",
    "as_html",
    "as_json",
    "as_markdown",
    "as_pins",
    "as_remarks",
    "as_sarif",
    "as_text",
    "small_print",
]
