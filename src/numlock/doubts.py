"""What speaks against trusting a release that a plan may move to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.breaks import Breaks
from numlock.elsewhere import ALL
from numlock.known import Known
from numlock.model import Conflict, Diagnosis, Key, Unknown
from numlock.probe import Probe


class Doubts:
    """Open questions about releases. ``guessed``: the package that a hypothesis lays the crash at the door of."""

    def __init__(
        self,
        diagnosis: Diagnosis | None,
        pinned: Mapping[NormalizedName, Version],
        known: Known,
        probes: Sequence[Probe],
        breaks: Breaks,
    ) -> None:
        self.guessed: NormalizedName | None = None
        self._diagnosis = diagnosis
        self._pinned = pinned
        self._known = known
        self._probes = probes
        self._breaks = breaks

    def count(self, key: Key) -> int:
        """How many questions about a release are open."""
        unread = key in self._known.unknowns or self._is_untold(key) or self._breaks.unsure(key)
        return unread + (self._is_silent(key) or self._is_behind(key) or self._is_beyond(key))

    def _is_open(self, key: Key) -> bool:
        """Whether a release's source does not answer what a crash asks."""
        return any(key in probe.unknown for probe in self._probes)

    def _is_untold(self, key: Key) -> bool:
        """Whether a release's source does not answer what a crash asks, or what a known break does."""
        return self._is_open(key) or self._breaks.untold(key)

    def _is_behind(self, key: Key) -> bool:
        """Whether a release is older than one that broke by itself: a newer one is likelier to have been mended."""
        frame = self._diagnosis.frame if self._diagnosis else None
        alone = (
            frame is not None
            and self._diagnosis is not None
            and frame.owner == self._diagnosis.culprit == key.name
        )
        return alone and key.version < self._pinned[key.name] and self._is_open(key)

    def _is_beyond(self, key: Key) -> bool:
        """Whether a release of the culprit is newer than its user, who knew older ones, and does not tell either."""
        victim = self._diagnosis.victim if self._diagnosis else None
        if self._diagnosis is None or key.name != self._diagnosis.culprit or victim in (None, key.name):
            return False
        return self._is_older(Key(victim, self._pinned[victim]), key) and self._is_open(key)

    def out_of_sight(self, key: Key) -> bool:
        """Whether nothing speaks for a release: silent, of an earlier major version, and its source says nothing.

        Nor does source speak for a silent one that has to be built, with tools that are newer than it is.
        """
        if self._known.must_be_built(key) and self._is_silent(key):
            return True
        old, new = self._pinned[key.name].release, key.version.release
        first = 2 if old[0] == new[0] == 0 else 1
        earlier = new[:first] < old[:first] and self._is_silent(key)
        return earlier and not any(probe.may_speak_for(key) for probe in self._probes)

    def passed_over(self, names: Iterable[NormalizedName], known: Iterable[Conflict]) -> Iterator[Key]:
        """Of each package the nearest release that was out of sight, and that no known conflict is against."""
        conflicts = [each for each in known if not each.soft]
        for name in sorted(names):
            sound = (
                key
                for key in self._known.nearest(name, ALL)
                if self.out_of_sight(key)
                and not any(each.hits({**self._pinned, name: key.version}) for each in conflicts)
            )
            yield from islice(sound, 1)

    def _is_silent(self, key: Key) -> bool:
        """Whether a release of the victim was made before the culprit's pinned one, and so cannot vouch for it.

        Source that was read may speak for a newer release all the same, but not for one that is older than the victim.
        """
        culprit = self._diagnosis.culprit if self._diagnosis else None
        victim = self.guessed or (self._diagnosis.victim if self._diagnosis else None)
        if key.name != victim or culprit is None or culprit == victim:
            return False
        if key.version > self._pinned[key.name] and not self.guessed:
            return False
        return self._is_older(key, Key(culprit, self._pinned[culprit]))

    def _is_older(self, one: Key, other: Key) -> bool:
        """Whether a release was certainly made before another one."""
        times = self._known.times.get(one), self._known.times.get(other)
        return times[0] is not None and times[1] is not None and times[0] < times[1]

    def about(self, key: Key) -> Iterator[Unknown]:
        """The open questions about a release that is moved to."""
        reasons = {
            f"whether {key} still has the break": (self._is_untold(key), "its source does not tell"),
            f"whether {key} knows what it meets": (self._is_silent(key), "it was made before that was"),
            f"whether {key} can be built": (
                self._known.must_be_built(key),
                "it has no wheel for the target",
            ),
        }
        for question, (holds, why) in reasons.items():
            if holds:
                yield Unknown(release=key, question=question, why=why)
