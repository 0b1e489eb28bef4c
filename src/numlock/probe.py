"""The question that a crash puts to other releases: do they offer what was missing, do they still ask for it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.facts import Code, Facts, Modules, Unparsed, module_of
from numlock.model import (
    Because,
    Cause,
    Conflict,
    Crash,
    Diagnosis,
    Evidence,
    Frame,
    Key,
    Source,
    Symbol,
    Unknown,
)

_ASKED = (Cause.MISSING_MODULE, Cause.MISSING_NAME, Cause.MISSING_ATTRIBUTE, Cause.SYNTAX)


class Probe:
    """What the releases read so far say to the crash's question."""

    def __init__(
        self,
        facts: Facts,
        crash: Crash | None,
        diagnosis: Diagnosis | None,
        pinned: Mapping[NormalizedName, Version],
    ) -> None:
        self.unknown: set[Key] = set()
        self._facts = facts
        self._crash = crash
        self._diagnosis = diagnosis if diagnosis and diagnosis.cause in _ASKED else None
        self._pinned = pinned
        self._lacking: dict[Version, Because] = {}
        self._using: dict[Version, Because] = {}
        self._seen: bool | None = (
            None  # whether the scan of the pinned victim shows the use that the crash shows
        )

    def read(self, keys: Iterable[Key]) -> None:
        """Ask releases of the culprit and of the victim."""
        if self._diagnosis is None:
            return
        concerned = {self._diagnosis.culprit, self._diagnosis.victim}
        wanted = sorted((key for key in keys if key.name in concerned), key=self._pinned_first)
        for key, modules in self._facts.modules(wanted).items():
            if isinstance(modules, Unknown):
                self.unknown.add(key)
                continue
            if key.name == self._diagnosis.culprit and self._diagnosis.cause is not Cause.SYNTAX:
                self._ask_culprit(self._diagnosis, modules)
            else:
                self._ask_victim(self._diagnosis, modules)

    def _pinned_first(self, key: Key) -> tuple[bool, Key]:
        return self._pinned.get(key.name) != key.version, key

    def conflicts(self) -> Iterator[Conflict]:
        """The one conflict that all answers so far amount to."""
        if self._diagnosis is not None:
            culprit = None if self._diagnosis.cause is Cause.SYNTAX else self._diagnosis.culprit
            victim = self._diagnosis.victim or (self._diagnosis.culprit if culprit is None else None)
            yield from judge.missing(
                self._diagnosis.symbol, culprit, self._lacking, victim, self._using, self._diagnosis.cause
            )

    # --- the side that offers --------------------------------------------------------------------

    def _ask_culprit(self, diagnosis: Diagnosis, modules: Modules) -> None:
        key, symbol = modules.key, diagnosis.symbol
        if symbol is None:
            return
        if key.version == self._pinned[key.name]:
            self._lacking[key.version] = Because(
                text=f"{key} has no {symbol}, the log says", evidence=Evidence.RUN
            )
            return
        attribute = diagnosis.cause is Cause.MISSING_ATTRIBUTE
        offered = modules.offers(symbol.module, symbol.name, attribute=attribute)
        if offered is None:
            self.unknown.add(key)
        elif not offered:
            self._lacking[key.version] = Because(text=f"{key} has no {symbol}", evidence=Evidence.SOURCE)

    # --- the side that asks ----------------------------------------------------------------------

    def _ask_victim(self, diagnosis: Diagnosis, modules: Modules) -> None:
        found = self._use_in(diagnosis, modules)
        if modules.key.version == self._pinned[modules.key.name]:
            self._seen = found is not None
            found = found or self._as_logged(diagnosis, modules.key)
        elif not self._seen:
            found = self._same_line(diagnosis, modules)
        if found is not None:
            self._using[modules.key.version] = found

    def _use_in(self, diagnosis: Diagnosis, modules: Modules) -> Because | None:
        """A use of the symbol that a release reaches from where the crash went: source file and line."""
        entries = [*self._entries(modules), *modules.tops()]
        dying = diagnosis.frame
        at_run = dying is not None and dying.function not in ("<module>", None)
        own = module_of(dying.inside) if dying is not None and dying.inside else None
        for module, code in modules.reached(entries).items():
            if isinstance(code, Unparsed) and diagnosis.cause is Cause.SYNTAX:
                return self._because(modules, module, code.line, f"cannot be parsed: {code.why}")
            if not isinstance(code, Code) or diagnosis.symbol is None:
                continue
            for use in code.uses:
                counts = use.at_import or (at_run and module == own)
                if counts and not use.guarded and _names(use.name, diagnosis.symbol):
                    return self._because(modules, module, use.line, f"uses {use.name}")
        return None

    def _entries(self, modules: Modules) -> Iterator[str]:
        """The modules of this package that the crash went through."""
        for frame in self._crash.frames if self._crash else ():
            module = module_of(frame.inside) if frame.inside else None
            if module and modules.has(module):
                yield module

    def _as_logged(self, diagnosis: Diagnosis, key: Key) -> Because:
        frame = diagnosis.frame
        place = f" at {frame.inside or frame.file}:{frame.line}" if frame else ""
        return Because(text=f"{key} asks for {diagnosis.symbol}{place}, the log says", evidence=Evidence.RUN)

    def _same_line(self, diagnosis: Diagnosis, modules: Modules) -> Because | None:
        """Where scanning cannot see the use: whether the line that died still stands in the same file."""
        frame = diagnosis.frame
        if frame is None or not frame.inside or not frame.code:
            self.unknown.add(modules.key)
            return None
        text = self._facts.sources([(modules.key, frame.inside)])[modules.key, frame.inside]
        if not isinstance(text, str):
            self.unknown.add(modules.key)
            return None
        line = next((n for n, line in enumerate(text.splitlines(), 1) if line.strip() == frame.code), None)
        if line is None:
            self.unknown.add(modules.key)
            return None
        return self._because_at(modules.key, frame, line)

    def _because(self, modules: Modules, module: str, line: int | None, what: str) -> Because:
        path = modules.path(module) or module
        source = Source(url=str(modules.key), member=path, line=line)
        return Because(text=f"{modules.key} {path}:{line} {what}", evidence=Evidence.SOURCE, source=source)

    def _because_at(self, key: Key, frame: Frame, line: int) -> Because:
        source = Source(url=str(key), member=frame.inside, line=line)
        text = f"{key} {frame.inside}:{line} has the line that died"
        return Because(text=text, evidence=Evidence.SOURCE, source=source)


def _names(used: str, symbol: Symbol) -> bool:
    """Whether a dotted name is the symbol or something inside it."""
    wanted = f"{symbol.module}.{symbol.name}" if symbol.name else symbol.module
    return used == wanted or used.startswith(f"{wanted}.")
