"""What modules offer and use, read from their source."""

from numlock.facts.code.rows import code_of, row_of
from numlock.facts.code.scan import scan

__all__ = ["code_of", "row_of", "scan"]
