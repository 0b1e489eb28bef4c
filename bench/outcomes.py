"""Judging recorded environments without their crash: which of those that died are flagged, which of those that ran.

An *error* says that the environment does not run (code, binaries, advisories), or that it does not install (files,
declared ranges, required packages): the two are counted apart, since these environments were installed without
resolution where resolution failed. A *warning* is a break in a function, or in a package that the project may not
import.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from bench import recorded
from numlock import diagnose, read
from numlock.errors import NumlockError
from numlock.facts import Facts, IndexSettings, Store
from numlock.model import Conflict, ConflictKind, Pins, Target
from numlock.read.requirements import parse_pins
from numlock.search import Search

_INSTALL = {ConflictKind.DECLARED, ConflictKind.ABSENT, ConflictKind.UNINSTALLABLE}
_FAMILIES = (
    ("module", r"No module named|ModuleNotFoundError"),
    ("name", r"cannot import name"),
    ("attribute", r"has no attribute|^AttributeError"),
    ("signature", r"unexpected keyword|positional argument|takes .* argument"),
    ("native", r"CUDA|cuda|cuDNN|libcu|CUBLAS|device"),
    ("environment", r"display|shutil|Connection|No space|EOFError"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One environment: how it ended, what was said of it."""

    ran: bool
    family: str
    dies: tuple[Conflict, ...]
    does_not_install: tuple[Conflict, ...]
    warns: tuple[Conflict, ...]
    right: bool | None
    seconds: float


def run(options: argparse.Namespace, store: Store, settings: IndexSettings) -> None:
    """Judge outcomes and print the table."""
    outcomes = recorded.sample("outcomes.jsonl.gz", options.sample, options.part)
    missions = {
        (each["project"], recorded.normal(each["pins"])): each for each in recorded.lines("missions.jsonl.gz")
    }
    results: list[Judged] = []
    for project, some in groupby(outcomes, key=itemgetter("project")):
        memory: dict[Target, Facts] = {}
        for each in some:
            if (each["ok"] > 0) == (each["crash"] > 0):
                continue  # it ran at times and died at others
            target = Target(python=read.parse_python(each["python"], "outcome"), platform=recorded.PLATFORM)
            facts = memory.setdefault(target, Facts(settings, store, target))
            mission = missions.get((project, recorded.normal(each["pins"])))
            try:
                results.append(_judge(each, mission, target, facts, options.projects))
            except NumlockError as error:
                print(f"left out: {project}: {error.reference}")
                continue
            if options.verbose:
                _show(each, results[-1])
    _report(results)


def _judge(
    outcome: dict[str, Any],
    mission: dict[str, Any] | None,
    target: Target,
    facts: Facts,
    projects: Path | None,
) -> Judged:
    start = time.perf_counter()
    pins = read.activate(parse_pins(outcome["pins"], "outcome"), (), target, [])
    sources = recorded.project_sources(outcome["project"], projects)
    search = Search(pins, target, facts, project=sources)
    broken = search.start()
    dies = tuple(each for each in broken if each.kind not in _INSTALL)
    return Judged(
        ran=outcome["ok"] > 0,
        family=_family(next(iter(outcome["errors"]), "")),
        dies=dies,
        does_not_install=tuple(each for each in broken if each.kind in _INSTALL),
        warns=search.warnings(),
        right=_is_right(broken, mission, pins, target, facts),
        seconds=time.perf_counter() - start,
    )


def _family(error: str) -> str:
    return next((name for name, pattern in _FAMILIES if re.search(pattern, error)), "other")


def _is_right(
    broken: Iterable[Conflict], mission: dict[str, Any] | None, pins: Pins, target: Target, facts: Facts
) -> bool | None:
    """Whether a flagged conflict names a package that the crash's diagnosis names; None where no log is recorded."""
    crash = recorded.crash_of(mission) if mission else None
    if crash is None:
        return None
    found = diagnose.diagnose(crash, pins, facts.installed(pins.versions()), target)
    return any(member.name in found.implicated for each in broken for member in each.members)


def _show(outcome: dict[str, Any], judged: Judged) -> None:
    said = "ran " if judged.ran else "died"
    print(f"{said} {outcome['project']} {judged.seconds:.2f} s {next(iter(outcome['errors']), '')[:90]}")
    for label, conflicts in _kinds(judged):
        for each in conflicts:
            print(f"    {label} {each.kind.name}: {each.because[0].text[:150]}", flush=True)


def _kinds(judged: Judged) -> Iterator[tuple[str, tuple[Conflict, ...]]]:
    yield "error", judged.dies
    yield "install", judged.does_not_install
    yield "warning", judged.warns


def _report(results: list[Judged]) -> None:
    groups: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in results:
        groups["ran" if each.ran else f"died: {each.family}"].append(each)
    print(
        "| environments | count | error | does not install | only warned of | right culprit, of those with a log |"
    )
    print("|---|---|---|---|---|---|")
    for name, some in sorted(groups.items()):
        count = Counter(_said(each) for each in some)
        flagged = [each for each in some if (each.dies or each.does_not_install) and each.right is not None]
        right = sum(bool(each.right) for each in flagged)
        print(
            f"| {name} | {len(some)} | {count['error']} | {count['install']} | {count['warning']} "
            f"| {right} of {len(flagged)} |"
        )
    seconds = sorted(each.seconds for each in results)
    mean = sum(seconds) / len(seconds)
    print(f"{seconds[len(seconds) // 2]:.2f} s median, {mean:.2f} s mean, {seconds[-1]:.1f} s at most")


def _said(judged: Judged) -> str:
    """The gravest thing said."""
    return next((label for label, conflicts in _kinds(judged) if conflicts), "nothing")
