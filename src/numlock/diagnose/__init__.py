"""What died, and what that means: the traceback parser and the rules. Pure."""

from numlock.diagnose.diagnose import diagnose
from numlock.diagnose.interface import Owners
from numlock.diagnose.traceback import parse

__all__ = ["Owners", "diagnose", "parse"]
