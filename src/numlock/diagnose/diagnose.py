"""From a crash to what it means: the rules over the exception and over those that led to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from numlock.diagnose.interface import Owners
from numlock.diagnose.rules import RULES, remaining
from numlock.diagnose.scene import Scene
from numlock.model import Cause, Crash, Diagnosis, Pins, Target

# An exception that names another package's version tells more than the one it was wrapped in; one that says nothing
# of an API tells less than the one that led to it.
_TELLING = (Cause.GUARD,)
_VAGUE = (Cause.BEHAVIOUR, Cause.OWN_CODE, Cause.UNKNOWN)


def diagnose(
    crash: Crash, pins: Pins, owners: Owners, target: Target, own_modules: Iterable[str] = ()
) -> Diagnosis:
    """What a crash means in a pinned environment. Pure: all that it knows of distributions comes from ``owners``.

    ``own_modules``: top-level modules in the project's folder.
    """
    own = frozenset(own_modules)
    found = [_one(Scene(each, pins, owners, target, own)) for each in (crash, *reversed(crash.chain))]
    best = next((each for each in found if each.cause in _TELLING), found[0])
    if best.cause in _VAGUE:
        best = next((each for each in found[1:] if each.cause not in _VAGUE), best)
    everyone = dict.fromkeys(name for each in (best, *found) for name in each.suspects)
    return replace(best, suspects=tuple(everyone))


def _one(scene: Scene) -> Diagnosis:
    return next((said for rule in RULES if (said := rule(scene))), None) or remaining(scene)
