"""One file a family of crashes. A rule looks at a scene and says what it means, or nothing."""

from collections.abc import Callable

from numlock.diagnose.rules.binary import binary
from numlock.diagnose.rules.environment import environment
from numlock.diagnose.rules.guard import guard
from numlock.diagnose.rules.installation import installation
from numlock.diagnose.rules.missing_module import missing_module
from numlock.diagnose.rules.missing_name import missing_attribute, missing_import
from numlock.diagnose.rules.native import native
from numlock.diagnose.rules.remaining import remaining
from numlock.diagnose.rules.shadowing import shadowing
from numlock.diagnose.rules.signature import signature
from numlock.diagnose.rules.syntax import syntax
from numlock.diagnose.scene import Scene
from numlock.model import Diagnosis

Rule = Callable[[Scene], Diagnosis | None]

RULES: tuple[Rule, ...] = (
    environment,
    installation,
    syntax,
    shadowing,
    missing_module,
    missing_import,
    missing_attribute,
    signature,
    binary,
    native,
    guard,
)
"""The first rule that says something is heard; ``remaining`` where none does."""

__all__ = ["RULES", "Rule", "remaining"]
