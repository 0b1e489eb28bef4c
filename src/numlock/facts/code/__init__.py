"""Source text to what modules offer and use. Pure: no distribution's code is run."""

from numlock.facts.code.scan import Code, Unparsed, Use, scan

__all__ = ["Code", "Unparsed", "Use", "scan"]
