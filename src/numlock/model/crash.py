"""What died, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model.code import Call
from numlock.model.facts import Advisory, Key


class Place(Enum):
    """Where a frame's file lives."""

    LIBRARY = "library"
    STDLIB = "standard library"
    PROJECT = "project"
    SYNTHETIC = "synthetic"  # <frozen importlib._bootstrap>, <string>


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of a traceback. ``inside`` is the path below site-packages (or below the standard library), with '/'.

    ``owner`` is the pinned distribution that the file belongs to, once that is known.
    """

    file: str
    line: int | None
    function: str | None
    code: str | None
    place: Place
    inside: str | None = None
    owner: NormalizedName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """What a log says died. Frames run from the outermost to the one that raised.

    ``chain`` holds the exceptions that led to this one, first cause first. ``excerpt`` is a bounded piece of
    the log around the error. ``python`` is the version that the paths show, ``platform`` a tag guessed from them.
    """

    error: str
    message: str
    frames: tuple[Frame, ...] = ()
    chain: tuple[Crash, ...] = ()
    excerpt: str = ""
    python: tuple[int, int] | None = None
    platform: str | None = None

    @property
    def at_import(self) -> bool:
        """Whether it came while modules were imported, maybe in a function that one of a library's calls then.

        The hook by which a module refuses a name is part of that.
        """
        inside = [frame for frame in self.frames if frame.place is not Place.SYNTHETIC]
        if len(inside) > 1 and inside[-1].function == "__getattr__":
            inside.pop()
        importing = list(takewhile(_imports, inside))
        return len(importing) == len(inside) or any(frame.place is Place.LIBRARY for frame in importing)


def _imports(frame: Frame) -> bool:
    """Whether a frame is of a module being imported, compiled ones included, or of the importing library."""
    if frame.place is Place.STDLIB and (frame.inside or "").startswith("importlib/"):
        return True
    return frame.function is None or frame.function == "<module>" or frame.function.startswith("init ")


class Cause(Enum):
    """The families of crashes."""

    MISSING_MODULE = "missing module"
    MISSING_NAME = "missing name"
    MISSING_ATTRIBUTE = "missing attribute"
    SIGNATURE = "signature mismatch"
    SYNTAX = "syntax the target cannot parse"
    GUARD = "version check of a library"
    BINARY = "binary mismatch"
    NATIVE = "native runtime error"
    UNINSTALLED = "uninstalled or uninstallable pin"
    BEHAVIOUR = "changed behaviour"
    OWN_CODE = "error in the project's own code"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


class Origin(Enum):
    """Whose change broke it."""

    LOCKED = "API of the locked package"
    TRANSITIVE = "API of another package"
    PROJECT = "the project"
    PYTHON = "the Python version"
    ENVIRONMENT = "the environment"
    UNKNOWN = "unknown"


class Symbol(NamedTuple):
    """What the dying line asked for: a module, a name in it, a parameter of that."""

    module: str
    name: str | None = None
    parameter: str | None = None

    @property
    def dotted(self) -> str:
        """The module or the name, as source spells it in full."""
        return f"{self.module}.{self.name}" if self.name else self.module

    def __str__(self) -> str:
        return f"{self.dotted}({self.parameter}=)" if self.parameter else self.dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A line of the log that is not in the pinned release at that place: the log's environment was another one.

    ``fits``: the nearest release in which it is, where one was found.
    """

    release: Key
    path: str
    line: int
    fits: Version | None = None

    def __str__(self) -> str:
        other = f"; it fits {self.release.name} {self.fits}" if self.fits else ""
        return f"{self.path}:{self.line} is not so in {self.release}: another release was installed{other}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What a crash means.

    ``culprit`` offers (or no longer offers) the symbol; ``victim`` uses it (None: the project). ``suspects`` are the
    packages whose API the dying line touches, most suspect first. ``frame`` is the frame that shows it; ``call`` how it
    calls the symbol, where that matters; ``through`` what the victim calls, where the symbol lies behind that;
    ``misfits`` what of the log does not fit the pins; ``raised`` where the culprit was entered that says it is gone;
    ``refusal`` the advisory by which the culprit has the symbol and
    raises for it. ``rule`` is the rule that said so, ``summary`` one line for a person.
    """

    cause: Cause
    origin: Origin
    rule: str
    summary: str
    culprit: NormalizedName | None = None
    victim: NormalizedName | None = None
    symbol: Symbol | None = None
    frame: Frame | None = None
    suspects: tuple[NormalizedName, ...] = ()
    call: Call | None = None
    through: str | None = None
    misfits: tuple[Misfit, ...] = ()
    raised: Frame | None = None
    refusal: Advisory | None = None

    @property
    def implicated(self) -> frozenset[NormalizedName]:
        """Every package that the crash has to do with."""
        named = (self.culprit, self.victim, *self.suspects)
        return frozenset(name for name in named if name is not None)

    @property
    def versions_to_blame(self) -> bool:
        """False where no version change can help: the project's own bug, the environment."""
        return self.cause not in (Cause.OWN_CODE, Cause.ENVIRONMENT)
