"""What a crash means, with all that facts say of it: the rules' word, checked and made exact."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock import diagnose, judge
from numlock.facts import Facts, Installed, module_of
from numlock.fits import misfits
from numlock.lacking import name_provider
from numlock.model import (
    Advisory,
    Cause,
    Crash,
    Diagnosis,
    Frame,
    Origin,
    Pins,
    Place,
    Symbol,
    Target,
)
from numlock.nearby import defines
from numlock.never import never_had
from numlock.refine import refine
from numlock.uses import frame_uses

_GONE = re.compile(
    r"\b(?:removed|moved|deprecated|discontinued|no longer|not supported any ?more)\b", re.IGNORECASE
)
_SAID = 2_000  # characters of a message that are looked at
_TELLING = (
    Cause.MISSING_MODULE,
    Cause.MISSING_NAME,
    Cause.MISSING_ATTRIBUTE,
    Cause.SIGNATURE,
    Cause.BINARY,
    Cause.GUARD,
)
Sources = tuple[tuple[str, str], ...]


def meaning(crash: Crash, pins: Pins, target: Target, facts: Facts, project: Sources) -> Diagnosis:
    """The diagnosis of a crash. ``project``: path and text of the project's own source files."""
    versions = pins.versions()
    installed = facts.installed(versions)
    tops = {path.split("/", 1)[0].removesuffix(".py") for path, _ in project}
    found = diagnose.diagnose(crash, pins, installed, target, tops)
    if found.cause is Cause.BEHAVIOUR:  # what led to it may say more
        causes = (diagnose.diagnose(each, pins, installed, target, tops) for each in crash.chain)
        found = next((each for each in causes if each.cause in _TELLING), found)
    found = _known(found, crash, pins, target, facts) or found
    found = _refused(found, crash, pins, facts, installed) or _raised(found, crash, pins, installed) or found
    if not found.versions_to_blame:
        return name_provider(found, facts, versions, project)
    found = refine(found, facts, versions, pins.locked, frame_uses(found.frame, project, facts))
    found = _handed_in(found, crash, facts, versions, installed) or found
    found = _nobodys(found, facts, versions) or never_had(found, facts, versions) or found
    return replace(found, misfits=misfits(crash, found, facts, versions, installed))


def _known(found: Diagnosis, crash: Crash, pins: Pins, target: Target, facts: Facts) -> Diagnosis | None:
    """What looks like the project's own error is a release's, where an advisory knows the crash."""
    if found.cause is not Cause.OWN_CODE:
        return None
    signed = [each for each in facts.advisories(pins.active) if each.error or each.message]
    universe = judge.Universe(pinned=pins.versions(), versions={})
    hit = next(
        (c for c in judge.advisories(signed, universe, crash, target) if c.hits(pins.versions())), None
    )
    if hit is None:
        return None
    return replace(found, cause=Cause.BEHAVIOUR, origin=Origin.TRANSITIVE, culprit=hit.members[0].name)


def _handed_in(
    found: Diagnosis,
    crash: Crash,
    facts: Facts,
    versions: Mapping[NormalizedName, Version],
    installed: Installed,
) -> Diagnosis | None:
    """The diagnosis of a parameter that died deep in the package it was handed to, with who handed it in."""
    parameter = found.symbol.parameter if found.symbol else None
    alone = found.victim is None and found.frame is not None and found.frame.owner == found.culprit
    if found.cause is not Cause.SIGNATURE or parameter is None or found.culprit is None or not alone:
        return None
    owned = ((frame, installed.owner_of(frame.inside)) for frame in reversed(crash.frames) if frame.inside)
    caller = next(((frame, name) for frame, name in owned if name not in (None, found.culprit)), None)
    module = module_of(caller[0].inside or "") if caller else None
    surface = facts.environment(versions).surface(caller[1]) if caller and caller[1] and module else None
    if caller is None or surface is None or module is None:
        return None
    frame, name = caller
    calls = (use for _, use in surface.calls([module]) if use.line == frame.line and use.call)
    called = next((use.name for use in calls if use.call and parameter in use.call.keywords), None)
    return replace(found, victim=name, frame=frame, through=called) if called else None


def _refused(
    found: Diagnosis, crash: Crash, pins: Pins, facts: Facts, installed: Installed
) -> Diagnosis | None:
    """The diagnosis where a release raises for whoever calls a name of its own, pinned or not: who called it."""
    if found.cause is not Cause.BEHAVIOUR:
        return None
    for advisory in facts.advisories(None):
        died = judge.fitting(advisory, crash) if advisory.refuses else None
        if died is None:
            continue
        frame = next((each for each in reversed(died.frames) if not _is_inside(each, advisory)), None)
        code = (frame.code if frame else None) or ""
        called = next(
            (name for name in advisory.refuses if name.rpartition(".")[2] in code), advisory.refuses[0]
        )
        victim = installed.owner_of(frame.inside) if frame and frame.inside else None
        culprit = advisory.package if advisory.package in pins.active else None
        module, _, name = called.rpartition(".")
        summary = f"{found.summary}, which is {advisory}"
        told = replace(found, frame=frame, symbol=Symbol(module, name), summary=summary, refusal=advisory)
        return _between(told, culprit, victim, pins)
    return None


def _raised(found: Diagnosis, crash: Crash, pins: Pins, installed: Installed) -> Diagnosis | None:
    """The diagnosis where a pinned package refuses to be imported, or says that a function of its own is gone.

    Other releases are then asked for the line at which it was entered; only where nothing else explains the crash.
    """
    last = crash.frames[-1] if crash.frames else None
    if crash.chain or found.cause is not Cause.BEHAVIOUR:
        return None
    if last is None or not (last.code or "").startswith("raise "):
        return None
    owned = [(each, installed.owner_of(each.inside) if each.inside else None) for each in crash.frames]
    culprit = owned[-1][1]
    own = list(takewhile(lambda each: each[1] == culprit, reversed(owned)))
    outside = next(
        (each for each in reversed(owned[: -len(own)]) if each[1] or each[0].place is Place.PROJECT), None
    )
    entered = own[-1][0]
    module = module_of(entered.inside) if entered.inside else None
    if culprit is None or outside is None or module is None:
        return None
    if entered.function == "<module>" and (named := _named(crash.message, pins, culprit)):
        summary = f"{found.summary.rstrip('.')}; {named} is pinned, and could not be imported"
        return replace(found, cause=Cause.UNINSTALLED, culprit=named, frame=entered, summary=summary)
    imported = entered.function == "<module>" and len(own) == 1 and crash.error.endswith("ImportError")
    gone = entered.function is not None and entered.function.isidentifier() and _GONE.search(crash.message)
    if not imported and not gone:
        return None
    told = replace(
        found,
        cause=Cause.MISSING_MODULE if imported else Cause.MISSING_NAME,
        frame=outside[0],
        symbol=Symbol(module, None if imported else entered.function),
        raised=entered,
    )
    return _between(told, culprit, outside[1], pins)


def _between(
    found: Diagnosis, culprit: NormalizedName | None, victim: NormalizedName | None, pins: Pins
) -> Diagnosis:
    """The diagnosis laid between two packages."""
    origin = Origin.LOCKED if culprit in pins.locked else Origin.TRANSITIVE
    suspects = tuple(each for each in (culprit, victim) if each)
    return replace(found, culprit=culprit, victim=victim, origin=origin, suspects=suspects)


def _named(message: str, pins: Pins, raised: NormalizedName) -> NormalizedName | None:
    """The one pinned package that a message says is to be installed, although it is."""
    words = {canonicalize_name(each) for each in re.findall(r"[A-Za-z][\w.-]*\w", message[:_SAID])}
    named = (words & pins.active.keys()) - {raised}
    return named.pop() if len(named) == 1 and "install" in message[:_SAID] else None


def _is_inside(frame: Frame, advisory: Advisory) -> bool:
    """Whether a frame is of the code that refuses, or of Python's."""
    module = module_of(frame.inside) if frame.inside else None
    if frame.place is Place.PROJECT:
        return False
    return frame.place is not Place.LIBRARY or any(name.startswith(f"{module}.") for name in advisory.refuses)


def _nobodys(found: Diagnosis, facts: Facts, versions: Mapping[NormalizedName, Version]) -> Diagnosis | None:
    """What no pinned package defines is the project's own, where the project asked it for an attribute or called it."""
    asked = found.frame is not None and found.frame.place is Place.PROJECT
    if found.culprit or not asked or found.symbol is None:
        return None
    if found.cause is Cause.SIGNATURE and found.symbol.name:
        foreign = defines(found.symbol.name, facts, versions) is not False
    else:
        # A value that a library handed out may have changed its type.
        foreign = found.cause is not Cause.MISSING_ATTRIBUTE or hasattr(builtins, found.symbol.module)
    if foreign:
        return None
    summary = f"{found.summary}, and no pinned package defines that"
    return replace(found, cause=Cause.OWN_CODE, origin=Origin.PROJECT, summary=summary)
