"""Answers to recorded crashes of deep-learning projects: ``python -m bench.reqbench missions|outcomes [--sample N]``.

Reads ``../shared/reqbench`` (skipped, and said so, where it is absent). ``missions``: a crash with its pins goes in;
the answer must be legal (names, order, lock, exactness), and is then looked up among the environments that were
recorded: known to run, known to crash, or not known. ``solvable`` are missions for which a recorded environment ran
with the same names and the same lock. One process, one store; a second round shows what a warm store costs.
``--shared`` lets the missions of a project share what is in memory, too, which is for a round over all of them;
``--part I/N`` takes every N-th project, so that several processes can share the work.
``outcomes``: judges environments without their crash (see :mod:`bench.outcomes`). ``--projects DIR`` holds copies of
the projects' repositories, each in a folder of the project's name; without it the tracebacks stand in for them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from bench import outcomes, recorded
from numlock import prove, read
from numlock.cli import collect_rarely
from numlock.errors import NumlockError
from numlock.facts import Facts, IndexSettings, Store, read_settings
from numlock.model import Repair, Skipped, Target
from numlock.read.requirements import parse_pins
from numlock.repair import repair

AIM = 0.3  # seconds a mission
Known = dict[recorded.Environment, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One mission: what became of it, the crash's cause, and how long it took."""

    verdict: str
    cause: str
    solvable: bool
    seconds: float


def main(argv: Sequence[str]) -> int:
    """Measure a sample; prints counts and seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("missions", "outcomes"))
    parser.add_argument("--sample", type=int, default=100, help="records, spread evenly (0: all)")
    parser.add_argument("--rounds", type=int, default=2, help="over the missions")
    parser.add_argument("--projects", type=Path, metavar="DIR", help="copies of the projects' repositories")
    parser.add_argument(
        "--shared", action="store_true", help="one memory of facts for all missions of a project"
    )
    parser.add_argument(
        "--part", default="1/1", metavar="I/N", help="every N-th project only, from the I-th on"
    )
    parser.add_argument("--gate", action="store_true", help="ask pip-tools, too")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args(argv)
    if not recorded.DATA.is_dir():
        print(f"skipped: no {recorded.DATA}")
        return 0
    collect_rarely()
    with Store() as store:
        settings = read_settings(
            os.environ, default_index=lambda: store.remembered("bench: default index", prove.default_index)
        )
        if options.what == "outcomes":
            outcomes.run(options, store, settings)
        else:
            _missions(options, store, settings)
    return 0


def _missions(options: argparse.Namespace, store: Store, settings: IndexSettings) -> None:
    if not options.gate:
        prove.close = _no_gate
    known = recorded.environments()
    missions = recorded.sample("missions.jsonl.gz", options.sample, options.part)
    for number in range(options.rounds):
        results: list[Result] = []
        for _, some in groupby(missions, key=itemgetter("project")):
            memory: dict[Target, Facts] = {}
            for mission in some:
                memory = memory if options.shared else {}
                facts = memory.setdefault(target := _target(mission), Facts(settings, store, target))
                results.append(answer(mission, known, facts, target, options.projects))
                if options.verbose:
                    print(mission["id"], mission["project"], results[-1], flush=True)
        _report(f"round {number + 1}", results)


def answer(
    mission: dict[str, Any], known: Known, facts: Facts, target: Target, projects: Path | None
) -> Result:
    """One mission through the pipeline."""
    start = time.perf_counter()
    before = mission["pins"]
    try:
        found = _repair(mission, facts, target, projects)
    except NumlockError as error:
        verdict, cause = f"error: {error.reference}", ""
    else:
        cause = found.diagnosis.cause.value if found.diagnosis else ""
        verdict = _verdict(mission, before, list(found.pins), known)
    seconds = time.perf_counter() - start
    return Result(verdict=verdict, cause=cause, solvable=_solvable(mission, known), seconds=seconds)


def _target(mission: dict[str, Any]) -> Target:
    return Target(python=read.parse_python(mission["python"], "mission"), platform=recorded.PLATFORM)


def _no_gate(*_: object, **__: object) -> Skipped:
    return Skipped(why="left out of the benchmark")


def _repair(mission: dict[str, Any], facts: Facts, target: Target, projects: Path | None) -> Repair:
    pins = read.activate(parse_pins(mission["pins"], mission["id"]), (), target, list(_locks(mission)))
    sources = recorded.project_sources(mission["project"], projects) if projects else ()
    return repair(pins, target, facts=facts, crash=recorded.crash_of(mission), project=sources)


def _locks(mission: dict[str, Any]) -> Iterable[read.Lock]:
    """The mission's lock, at the version that the pins hold it at: some environments were not the one asked for."""
    name = mission["lock"]["name"]
    if any(canonicalize_name(pin.split("==")[0]) == canonicalize_name(name) for pin in mission["pins"]):
        yield read.parse_lock(name)


def _verdict(mission: dict[str, Any], before: list[str], after: list[str], known: Known) -> str:
    lock = canonicalize_name(mission["lock"]["name"])
    same = [pin.split("==")[0] for pin in before] == [pin.split("==")[0] for pin in after]
    moved = {
        canonicalize_name(new.split("==")[0]) for old, new in zip(before, after, strict=False) if old != new
    }
    if not same or lock in moved:
        return "ILLEGAL"
    if not moved:
        return "unchanged"
    ran = known.get((mission["project"], recorded.normal(after)))
    return {True: "known to run", False: "known to crash", None: "not known"}[ran]


def _solvable(mission: dict[str, Any], known: Known) -> bool:
    names = {canonicalize_name(pin.split("==")[0]) for pin in mission["pins"]}
    lock = f"{canonicalize_name(mission['lock']['name'])}=={mission['lock']['version']}"
    return any(
        ran
        and project == mission["project"]
        and lock in pins
        and {pin.split("==")[0] for pin in pins} == names
        for (project, pins), ran in known.items()
    )


def _report(label: str, results: Sequence[Result]) -> None:
    seconds = sorted(result.seconds for result in results)
    spread = f"{statistics.median(seconds):.2f} s median, {statistics.mean(seconds):.2f} s mean"
    spread += f", {seconds[-1]:.1f} s at most, {sum(each <= AIM for each in seconds)} within {AIM} s"
    print(f"{label}: {len(results)} missions, {spread}")
    for title, some in (("all", results), ("solvable", [each for each in results if each.solvable])):
        counts = Counter(each.verdict for each in some)
        print(
            f"  {title} {len(some)}: "
            + ", ".join(f"{verdict} {count}" for verdict, count in counts.most_common())
        )
    causes = Counter((each.cause, each.verdict) for each in results)
    for (cause, verdict), count in sorted(causes.items()):
        print(f"    {cause:28} {verdict:20} {count}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
