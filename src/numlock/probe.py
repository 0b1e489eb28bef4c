"""The question that a crash puts to other releases: do they offer what was missing, do they still ask for it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock import judge
from numlock.facts import NOWHERE, Facts, Modules, Seen, module_of
from numlock.model import (
    Advisory,
    Because,
    Cause,
    Code,
    Conflict,
    Crash,
    Diagnosis,
    Evidence,
    Frame,
    Key,
    Source,
    Symbol,
    Unknown,
    Unparsed,
    Unread,
    Use,
)
from numlock.offering import decorators, offered

_ASKED = (
    Cause.MISSING_MODULE,
    Cause.MISSING_NAME,
    Cause.MISSING_ATTRIBUTE,
    Cause.SIGNATURE,
    Cause.SYNTAX,
)


class _Found(NamedTuple):
    """Where a release asks for the symbol; ``sure``: under no condition that the target leaves open."""

    module: str
    because: Because
    sure: bool


class Probe:
    """What the releases read so far say to the crash's question."""

    def __init__(
        self,
        facts: Facts,
        crash: Crash | None,
        diagnosis: Diagnosis | None,
        pinned: Mapping[NormalizedName, Version],
    ) -> None:
        # Pinned releases that were not the ones which the log is of.
        self._unfit = frozenset(each.release for each in diagnosis.misfits) if diagnosis else frozenset()
        self.unknown: set[Key] = set()
        self._moved_on: set[Key] = set()  # releases of the victim that lack the module which died
        self._facts = facts
        self._crash = crash
        asked = diagnosis is not None and (diagnosis.cause in _ASKED or diagnosis.refusal is not None)
        self._diagnosis = diagnosis if asked else None
        self._pinned = pinned
        self._lacking: dict[Version, Because] = {}
        self._offering: set[Version] = set()
        self._using: dict[Version, Because] = {}
        # Whether the scan of the pinned releases shows what the crash shows; then it can be trusted for others too.
        self._use_seen: bool | None = None
        self._use_sure = False
        self._raising: list[Key] = []  # releases of the culprit that may say the same
        self._unseen: list[Key] = []  # releases of the victim whose use scanning does not see
        self._place: str | None = None  # the module of the pinned victim that shows the use
        self._lack_seen = False
        self._through: frozenset[str] = frozenset()  # decorators that the call went through

    def may_speak_for(self, key: Key) -> bool:
        """Whether a release's source says whether it would die in the same place, or may, once it is read."""
        return self._diagnosis is not None and key not in self._moved_on

    def read(self, keys: Iterable[Key]) -> None:
        """Ask releases of the culprit and of the victim."""
        if self._diagnosis is None:
            return
        concerned = {self._diagnosis.culprit, self._diagnosis.victim}
        wanted = sorted((key for key in keys if key.name in concerned), key=self._pinned_first)
        found = self._facts.modules(wanted)
        self._read_ahead(self._diagnosis, [each for each in found.values() if not isinstance(each, Unknown)])
        for key, modules in found.items():
            if isinstance(modules, Unknown):
                self._not_readable(key)
            elif key.name == self._diagnosis.culprit and self._diagnosis.cause is not Cause.SYNTAX:
                self._ask_culprit(self._diagnosis, modules)
            else:
                self._ask_victim(self._diagnosis, modules)
        self._ask_lines(self._diagnosis)
        self._ask_raising(self._diagnosis)

    def _read_ahead(self, diagnosis: Diagnosis, releases: Iterable[Modules]) -> None:
        """Have the code that is about to be asked for read of all releases at once, step by step as it leads on."""
        asked = list(releases)
        if self._place is not None:
            users = [each for each in asked if each.key.name == diagnosis.victim and each.has(self._place)]
            self._facts.read_codes((each, [self._place]) for each in users)
        if diagnosis.symbol is None or diagnosis.cause is Cause.SYNTAX or diagnosis.refusal:
            return
        unread = [each for each in asked if each.key.name == diagnosis.culprit]
        while unread:
            with self._facts.gathering():
                unread = [each for each in unread if not _is_read(diagnosis, each, diagnosis.symbol)]

    def _pinned_first(self, key: Key) -> tuple[bool, Key]:
        return self._pinned.get(key.name) != key.version, key

    def _not_readable(self, key: Key) -> None:
        """Of a release whose code cannot be read only the log can tell."""
        diagnosis = self._diagnosis
        if diagnosis is None or self._pinned.get(key.name) != key.version:
            self.unknown.add(key)
        elif key.name == diagnosis.culprit:
            self._lacking[key.version] = self._lacks_as_logged(diagnosis, key)
        else:
            self._using[key.version] = self._uses_as_logged(diagnosis, key)

    def conflicts(self) -> Iterator[Conflict]:
        """The one conflict that all answers so far amount to."""
        if self._diagnosis is not None:
            culprit = None if self._diagnosis.cause is Cause.SYNTAX else self._diagnosis.culprit
            victim = self._diagnosis.victim or (self._diagnosis.culprit if culprit is None else None)
            yield from judge.missing(
                self._diagnosis.symbol,
                culprit,
                self._lacking,
                victim,
                self._using,
                self._diagnosis.cause,
                offering=self._offering,
            )

    # --- the side that offers --------------------------------------------------------------------

    def _ask_culprit(self, diagnosis: Diagnosis, modules: Modules) -> None:
        key, symbol = modules.key, diagnosis.symbol
        if symbol is None:
            return
        if diagnosis.refusal is not None:
            self._ask_refusal(diagnosis.refusal, key)
            return
        if diagnosis.raised is not None and modules.offers(symbol.module, symbol.name) is not False:
            self._raising.append(key)
            return
        if key.version == self._pinned[key.name]:
            if key in self._unfit and offered(diagnosis, modules, symbol, plain=False):
                return
            self._lacking[key.version] = self._lacks_as_logged(diagnosis, key)
            self._through = decorators(modules, symbol)
            # What a module makes up when it runs did not make up the symbol here, so it hardly does elsewhere.
            made_up = offered(diagnosis, modules, symbol, plain=False) is None
            self._lack_seen = made_up and offered(diagnosis, modules, symbol, plain=True) is False
            return
        has = offered(diagnosis, modules, symbol, plain=False, through=self._through)
        if has is None and self._lack_seen:
            has = offered(diagnosis, modules, symbol, plain=True)
        if has is None:
            self.unknown.add(key)
        elif not has:
            self._lacking[key.version] = Because(text=f"{key} has no {symbol}", evidence=Evidence.SOURCE)
        else:
            self._offering.add(key.version)

    def _ask_raising(self, diagnosis: Diagnosis) -> None:
        """Whether the line by which the culprit says that something is gone stands in other releases, too.

        What an older one does in its place worked; what a newer one does is not known.
        """
        keys, self._raising = self._raising, []
        frame = diagnosis.raised
        for key, place in self._places(keys, frame).items():
            if place == NOWHERE and key.version < self._pinned[key.name]:
                self._offering.add(key.version)
            elif frame is None or place is None or place == NOWHERE:
                self.unknown.add(key)
            else:
                self._lacking[key.version] = _because_at(key, frame, place, f"raises: {frame.code}")

    def _places(self, keys: Iterable[Key], frame: Frame | None) -> dict[Key, int | None]:
        """At which line the one that a frame shows stands in releases; None where that cannot be told."""
        if frame is None or not frame.inside or not frame.code:
            return dict.fromkeys(keys)
        seen = Seen(frame.inside, frame.line or 1, frame.code)
        asked = list(keys)
        found = self._facts.places((key, seen) for key in asked)
        return {key: found.get((key, seen)) for key in asked}

    def _ask_refusal(self, refusal: Advisory, key: Key) -> None:
        if not refusal.hits(key.version):
            self._offering.add(key.version)
            return
        text = f"{key} raises for whoever calls {refusal.refuses[0]} ({refusal})"
        self._lacking[key.version] = Because(text=text, evidence=Evidence.ADVISORY, link=refusal.link)

    def _lacks_as_logged(self, diagnosis: Diagnosis, key: Key) -> Because:
        lacks = "does not take the call of" if diagnosis.cause is Cause.SIGNATURE else "has no"
        return Because(text=f"{key} {lacks} {diagnosis.symbol}, the log says", evidence=Evidence.RUN)

    # --- the side that asks ----------------------------------------------------------------------

    def _ask_victim(self, diagnosis: Diagnosis, modules: Modules) -> None:
        pinned = modules.key.version == self._pinned[modules.key.name]
        died = self._place or (module_of(diagnosis.frame.inside or "") if diagnosis.frame else None)
        if not pinned and died and not modules.has(died):
            self._moved_on.add(modules.key)
        # What a release asks for elsewhere is found when a plan that holds it is walked through.
        found = self._use_in(diagnosis, modules) if pinned else self._same_module(diagnosis, modules)
        if pinned:
            self._use_seen = found is not None
            self._place, self._use_sure = (found.module, found.sure) if found else (None, False)
            if found is None and modules.key in self._unfit:
                return
            self._using[modules.key.version] = (
                found.because if found else self._uses_as_logged(diagnosis, modules.key)
            )
        elif found is not None and (found.sure or not self._use_sure):
            self._using[modules.key.version] = found.because
        elif found is not None:
            self.unknown.add(modules.key)
        elif not self._use_seen:
            self._unseen.append(modules.key)

    def _same_module(self, diagnosis: Diagnosis, modules: Modules) -> _Found | None:
        """A use in the module where the pinned release has it: the likeliest place, and one read.

        A release that lacks the module may have the use anywhere else.
        """
        if self._place and not modules.has(self._place):
            return self._use_in(diagnosis, modules)
        code = modules.code([self._place])[self._place] if self._place else None
        return self._found(diagnosis, modules, self._place or "", code)

    def _use_in(self, diagnosis: Diagnosis, modules: Modules) -> _Found | None:
        """A use of the symbol that a release reaches from where the crash went: source file and line."""
        entries = [*self._entries(modules), *modules.tops()]
        unsure = None
        for module, code in modules.reached(entries).items():
            found = self._found(diagnosis, modules, module, code)
            if found is not None and found.sure:
                return found
            unsure = unsure or found
        return unsure

    def _found(
        self, diagnosis: Diagnosis, modules: Modules, module: str, code: Code | Unparsed | None
    ) -> _Found | None:
        if isinstance(code, Unparsed) and diagnosis.cause is Cause.SYNTAX:
            because = self._because(modules, module, code.line, f"cannot be parsed: {code.why}")
            return _Found(module, because, sure=True)
        if not isinstance(code, Code):
            return None
        dying = diagnosis.frame
        at_run = dying is not None and dying.function not in ("<module>", None)
        own = module_of(dying.inside) if dying is not None and dying.inside else None
        uses = [
            use
            for use in code.uses
            if (use.at_import or (at_run and module == own))
            and not use.guarded
            and use.rescues is None  # a second choice is asked for only where the first one fails
            and not use.when
            and _asks(use, diagnosis)
        ]
        if not uses:
            return None
        use = next((use for use in uses if use.sure), uses[0])
        return _Found(module, self._because(modules, module, use.line, f"uses {use.name}"), sure=use.sure)

    def _entries(self, modules: Modules) -> Iterator[str]:
        """The modules of this package that the crash went through."""
        for frame in self._crash.frames if self._crash else ():
            module = module_of(frame.inside) if frame.inside else None
            if module and modules.has(module):
                yield module

    def _uses_as_logged(self, diagnosis: Diagnosis, key: Key) -> Because:
        frame = diagnosis.frame
        place = f" at {frame.inside or frame.file}:{frame.line}" if frame else ""
        return Because(text=f"{key} asks for {diagnosis.symbol}{place}, the log says", evidence=Evidence.RUN)

    def _ask_lines(self, diagnosis: Diagnosis) -> None:
        """Where scanning cannot see the use: whether the line that died still stands in the same file."""
        keys, self._unseen = self._unseen, []
        frame = diagnosis.frame
        for key, place in self._places(keys, frame).items():
            if frame is None or place is None or place == NOWHERE:
                self.unknown.add(key)
            else:
                self._using[key.version] = _because_at(key, frame, place, "has the line that died")

    def _because(self, modules: Modules, module: str, line: int | None, what: str) -> Because:
        path = modules.path(module) or module
        source = Source(url=str(modules.key), member=path, line=line)
        return Because(text=f"{modules.key} {path}:{line} {what}", evidence=Evidence.SOURCE, source=source)


def _because_at(key: Key, frame: Frame, line: int, what: str) -> Because:
    source = Source(url=str(key), member=frame.inside, line=line)
    return Because(text=f"{key} {frame.inside}:{line} {what}", evidence=Evidence.SOURCE, source=source)


def _is_read(diagnosis: Diagnosis, modules: Modules, symbol: Symbol) -> bool:
    """Whether all code is known that says whether a release offers a symbol; while gathering, the rest is noted."""
    try:
        offered(diagnosis, modules, symbol, plain=False)
    except Unread:
        return False
    return True


def _asks(use: Use, diagnosis: Diagnosis) -> bool:
    """Whether a use asks for the symbol, or for something inside it."""
    symbol = diagnosis.symbol
    if symbol is None:
        return False
    if diagnosis.refusal is not None:
        return use.call is not None and use.name in diagnosis.refusal.refuses
    if diagnosis.cause is Cause.SIGNATURE:
        called = use.name.rpartition(".")[2] == (diagnosis.through or symbol.name or "").rpartition(".")[2]
        return called and use.call is not None and symbol.parameter in use.call.keywords
    return use.name == symbol.dotted or use.name.startswith(f"{symbol.dotted}.")
