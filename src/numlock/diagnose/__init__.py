"""What died, and what that means: the traceback parser and the rules."""

from numlock.diagnose.traceback import parse

__all__ = ["parse"]
