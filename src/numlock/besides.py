"""What is known of environments besides the code of their releases: from the log, from advisories, of installers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Environment, Facts
from numlock.judge import Break, Told
from numlock.model import Advisory, Cause, ConflictKind, Crash, Diagnosis, Key, Release

_LACKS = (ConflictKind.MODULE, ConflictKind.NAME, ConflictKind.SIGNATURE)
_BROUGHT = 40  # packages that an installer adds, that are looked into


class Added(NamedTuple):
    """What an installer adds to the pins.

    ``required`` by releases, ``asked`` for by lines without an exact version; ``more``: and what nobody can tell.
    """

    required: frozenset[NormalizedName] = frozenset()
    asked: frozenset[NormalizedName] = frozenset()
    more: bool = False

    @property
    def names(self) -> frozenset[NormalizedName]:
        """All that are known."""
        return self.required | self.asked


NOTHING_ADDED = Added()


class Besides:
    """``patched``: names of others that the project writes."""

    def __init__(
        self, facts: Facts, crash: Crash | None, diagnosis: Diagnosis | None, patched: frozenset[str]
    ) -> None:
        self._facts = facts
        self._patched = patched
        self._culprit = diagnosis.culprit if diagnosis else None
        self._missing = _missing(crash, diagnosis)
        self._logged: Mapping[NormalizedName, Version] = {}  # the environment of the log
        symbol = diagnosis.symbol if diagnosis else None
        self._seen_missing = {symbol.module.split(".", 1)[0]} if symbol else set()
        self._refusals: list[Advisory] | None = None
        self._added: dict[frozenset[NormalizedName], Environment] = {}  # what an installer adds

    def told(
        self,
        versions: Mapping[NormalizedName, Version],
        brought: frozenset[NormalizedName],
        *,
        crashed: bool,
    ) -> Told:
        """What is known of an environment; ``crashed``: of that of the log."""
        if crashed:
            self._logged = versions
        # What the log saw the culprit lack, as long as that has not moved.
        same = self._culprit is not None and versions.get(self._culprit) == self._logged.get(self._culprit)
        gone = self._missing if same else frozenset()
        return Told(self._patched, brought, gone, self._refused(versions))

    def _refused(self, versions: Mapping[NormalizedName, Version]) -> dict[str, Advisory]:
        """The names whose callers these releases raise for."""
        if self._refusals is None:
            self._refusals = [each for each in self._facts.advisories(versions) if each.refuses]
        hitting = (each for each in self._refusals if self._hits(each, versions[each.package]))
        return {name: advisory for advisory in hitting for name in advisory.refuses}

    def refusing(self, name: NormalizedName, versions: Iterable[Version]) -> set[Version]:
        """Those of a package's versions that raise for whoever calls what they refuse."""
        refusals = [each for each in self._refusals or () if each.package == name]
        return {version for version in versions if any(self._hits(refusal, version) for refusal in refusals)}

    def _hits(self, refusal: Advisory, version: Version) -> bool:
        """Whether a release refuses, as it is installed here."""
        if not refusal.hits(version):
            return False
        key = Key(refusal.package, version)
        release = self._facts.release_of([key])[key] if refusal.compiled else None
        file = release.file if isinstance(release, Release) else None
        return not refusal.compiled or (file is not None and file.is_compiled)

    def _may_be_brought(self, found: Break) -> bool:
        """Whether it is a module that Python lost, not a name of one that it has, and that no log saw missing."""
        if found.kind is not ConflictKind.PYTHON or found.symbol.name is not None:
            return False
        return not found.symbol.module.startswith("syntax ") and _top(found) not in self._seen_missing

    def without(self, found: Iterable[Break], added: Added) -> Iterator[Break]:
        """The breaks that stay with what an installer adds; soft where it may add what nobody can tell."""
        for each in found:
            if not self._is_brought(each, added):
                yield each._replace(soft=True) if added.more and self._may_be_brought(each) else each

    def _is_brought(self, found: Break, added: Added) -> bool:
        """Whether what is added has a module that Python lost, or one that may stand in the place of a pinned one."""
        if self._may_be_brought(found) and added.names:
            environment, top = self._with(added.names), _top(found)
            return bool(environment.owners(top)) or environment.stdlib_offers(top, None) is None
        if found.kind in _LACKS and found.provider is not None and added.asked:
            return bool(self._with(added.asked).owners(found.symbol.module))
        return False

    def _with(self, names: frozenset[NormalizedName]) -> Environment:
        """What an installer would take of these, alone."""
        if names not in self._added:
            added = sorted(names)[:_BROUGHT]
            self._added[names] = self._facts.environment(dict(self._facts.newest(added)))
        return self._added[names]


def _top(found: Break) -> str:
    return found.symbol.module.split(".", 1)[0]


def _missing(crash: Crash | None, diagnosis: Diagnosis | None) -> frozenset[str]:
    """The name that a log saw missing for good, not only until its module was loaded."""
    if crash is None or diagnosis is None or diagnosis.symbol is None or diagnosis.misfits:
        return frozenset()
    named = diagnosis.cause in (Cause.MISSING_NAME, Cause.MISSING_ATTRIBUTE) and diagnosis.symbol.name
    passing = "partially initialized" in crash.message or diagnosis.raised is not None
    return frozenset({diagnosis.symbol.dotted}) if named and not passing else frozenset()
