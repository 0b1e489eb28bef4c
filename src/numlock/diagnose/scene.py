"""A crash in its environment: what every rule looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from packaging.utils import NormalizedName, canonicalize_name

from numlock.diagnose.interface import Owners
from numlock.model import Cause, Crash, Diagnosis, Frame, Origin, Pins, Place, Symbol, Target

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{1,60}")
_MEASURED = re.compile(
    r"\b([A-Za-z][A-Za-z0-9_-]{1,60})\s?[<>=!~]=\s?v?\d"
)  # whatever it is called, a package
_IMPORT = re.compile(r"^\s*(?:from\s+(?P<origin>\.*[\w.]*)\s+import\b|import\s+(?P<modules>[\w., ]+))")
_CYTHON = re.compile(r"(?:init )?(?P<module>[A-Za-z_][\w.]{0,200})")  # "init scipy.stats._biasedurn"
_LOOKED_AT = 4_000  # characters of a message


@dataclass(frozen=True)
class Scene:
    """One exception with the pins it happened under. ``frames`` know which pinned distribution owns their file.

    ``own_modules`` are the top-level modules and packages in the project's folder, as far as that was read.
    """

    crash: Crash
    pins: Pins
    owners: Owners
    target: Target
    own_modules: frozenset[str] = frozenset()

    @cached_property
    def message(self) -> str:
        return self.crash.message[:_LOOKED_AT]

    @cached_property
    def name(self) -> str:
        """The exception's class name without its module."""
        return self.crash.error.rpartition(".")[2]

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(self._owned(frame) for frame in self.crash.frames)

    def _owned(self, frame: Frame) -> Frame:
        if cython := self._compiled(frame):
            return replace(
                frame, place=Place.LIBRARY, inside=cython, owner=self.owners.owner_of(cython) or frame.owner
            )
        if frame.place is Place.LIBRARY and frame.inside:
            return replace(frame, owner=self.owners.owner_of(frame.inside))
        return frame

    def _compiled(self, frame: Frame) -> str | None:
        """The path of a module that Cython compiled: its frames name it by where it was built."""
        if not frame.file.endswith((".pyx", ".pxd", ".pxi")) or frame.place is not Place.PROJECT:
            return None
        built = _CYTHON.match(frame.function or "")
        module = built["module"] if built and "." in built["module"] else None
        path = f"{module.replace('.', '/')}.pyx" if module else frame.file.replace("\\", "/")
        return path if self.owners.owner_of(path) else None

    @cached_property
    def last(self) -> Frame | None:
        """The frame that raised, as far as it is somebody's code."""
        return next((f for f in reversed(self.frames) if f.place is not Place.SYNTHETIC), None)

    @cached_property
    def last_owned(self) -> Frame | None:
        """The innermost frame in a pinned distribution."""
        return next((frame for frame in reversed(self.frames) if frame.owner), None)

    def user_of(self, culprit: NormalizedName | None) -> Frame | None:
        """The innermost frame outside the culprit and outside the standard library: whose line asked for it."""
        for frame in reversed(self.frames):
            if frame.place is Place.PROJECT or (
                frame.place is Place.LIBRARY and (frame.owner != culprit or not culprit)
            ):
                return frame
        return None

    def provider(self, module: str) -> NormalizedName | None:
        """The one pinned distribution behind a module; of several, the one that is named like it."""
        found = self.owners.providers(module)
        named = canonicalize_name(module.split(".", 1)[0])
        return named if named in found else found[0] if found else None

    def named_in_message(self) -> tuple[NormalizedName, ...]:
        """Pinned packages whose name, or whose import name, the message spells out."""
        words = (word.strip(".-_") for word in _WORD.findall(self.message))
        measured = (self.provider(word.replace("-", "_")) for word in _MEASURED.findall(self.message))
        names = (*(self._pinned_name(word) for word in words), *measured)
        return tuple(dict.fromkeys(name for name in names if name))

    def _pinned_name(self, word: str) -> NormalizedName | None:
        name = canonicalize_name(word)
        if name in self.pins.active:
            return name
        # "numpy.dtype" is numpy's; a plain English word that happens to be a module's name is not taken for one.
        top, dot, _ = word.partition(".")
        return self._pinned_name(top) if dot and top else None

    def imported_by(self, frame: Frame | None) -> Iterator[str]:
        """The modules that a frame's code line imports, relative ones made absolute."""
        found = _IMPORT.match(frame.code or "") if frame else None
        if frame is None or found is None:
            return
        if found["modules"]:
            yield from (part.split(" as ")[0].strip() for part in found["modules"].split(","))
        elif found["origin"]:
            yield absolute(found["origin"], frame)

    def suspects(self, *first: NormalizedName | None) -> tuple[NormalizedName, ...]:
        """Pinned packages that the dying line touches: given, named in the message, imported, in the frames."""
        imported = (self.provider(module) for module in self.imported_by(self.last))
        in_frames = (frame.owner for frame in reversed(self.frames))
        several = (*first, *self.named_in_message(), *imported, *in_frames)
        return tuple(dict.fromkeys(name for name in several if name and name in self.pins.active))

    def origin(self, culprit: NormalizedName | None) -> Origin:
        """Whose API change it is."""
        if culprit is None:
            return Origin.UNKNOWN
        return Origin.LOCKED if culprit in self.pins.locked else Origin.TRANSITIVE

    def diagnosis(
        self,
        rule: str,
        cause: Cause,
        summary: str,
        *,
        culprit: NormalizedName | None = None,
        frame: Frame | None = None,
        symbol: Symbol | None = None,
        origin: Origin | None = None,
    ) -> Diagnosis:
        """A diagnosis with what follows from its parts: victim, origin, suspects."""
        frame = frame or self.user_of(culprit) or self.last
        victim = frame.owner if frame and frame.owner != culprit else None
        return Diagnosis(
            cause=cause,
            origin=origin or self.origin(culprit),
            rule=rule,
            summary=summary,
            culprit=culprit,
            victim=victim,
            symbol=symbol,
            frame=frame,
            suspects=self.suspects(culprit, victim),
        )

    def first_line(self) -> str:
        """The exception in one line, for a summary."""
        line = next((line for line in self.message.splitlines() if line.strip()), "")
        return f"{self.name}: {line.strip()}"[:200].rstrip(": ")


def absolute(module: str, frame: Frame) -> str:
    """``..utils`` in ``a/b/c.py`` to ``a.utils``."""
    dots = len(module) - len(module.lstrip("."))
    if not dots or not frame.inside:
        return module
    package = frame.inside.split("/")[:-1]
    base = package[: len(package) - dots + 1]
    return ".".join([*base, *filter(None, [module[dots:]])])
