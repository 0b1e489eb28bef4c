"""What modules offer and use, read from their source."""

from numlock.facts.code.rows import FORMAT, code_of, row_of
from numlock.facts.code.scan import scan
from numlock.facts.code.shapes import calls_in

__all__ = ["FORMAT", "calls_in", "code_of", "row_of", "scan"]
