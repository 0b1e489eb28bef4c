"""A repair as text: pins for standard output, a short report for a person, JSON for tools. Pure."""

from numlock.report.machine import as_json
from numlock.report.pins import as_pins
from numlock.report.text import as_text

__all__ = ["as_json", "as_pins", "as_text"]
