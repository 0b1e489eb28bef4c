"""Answers to recorded crashes of deep-learning projects: ``python -m bench.reqbench [--sample N] [--gate]``.

Reads ``../shared/reqbench`` (skipped, and said so, where it is absent). *Missions*: a crash with its pins goes in; the
answer must be legal (names, order, lock, exactness), and is then looked up among the environments that were recorded:
known to run, known to crash, or not known. ``solvable`` are missions for which a recorded environment ran with the same
names and the same lock. One process, one store; a second round shows what a warm store costs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from numlock import diagnose, prove, read
from numlock.errors import NumlockError
from numlock.facts import Facts, Store, read_settings
from numlock.model import Repair, Skipped, Target
from numlock.read.requirements import parse_pins
from numlock.repair import repair

DATA = Path(__file__).parents[2] / "shared" / "reqbench"
PLATFORM = "manylinux_2_31_x86_64"
Environment = tuple[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One mission: what became of it, the crash's cause, and how long it took."""

    verdict: str
    cause: str
    solvable: bool
    seconds: float


def main(argv: Sequence[str]) -> int:
    """Run a sample of the missions twice; prints counts and seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=100, help="missions, spread evenly (0: all)")
    parser.add_argument("--gate", action="store_true", help="ask pip-tools, too")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args(argv)
    if not DATA.is_dir():
        print(f"skipped: no {DATA}")
        return 0
    if not options.gate:
        prove.close = _no_gate
    known = recorded()
    missions = list(_lines("missions.jsonl.gz"))
    step = max(1, len(missions) // options.sample) if options.sample else 1
    with Store() as store:
        for label in ("first", "second"):
            results = []
            for mission in missions[::step]:
                results.append(answer(mission, known, store))
                if options.verbose:
                    print(mission["id"], mission["project"], results[-1], flush=True)
            _report(label, results)
    return 0


def _lines(name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def recorded() -> dict[Environment, bool]:
    """Every recorded environment that always ran or always died."""
    seen: defaultdict[Environment, list[int]] = defaultdict(lambda: [0, 0])
    for each in _lines("outcomes.jsonl.gz"):
        counts = seen[each["project"], _normal(each["pins"])]
        counts[0] += each["ok"]
        counts[1] += each["crash"]
    return {key: ok > 0 for key, (ok, crash) in seen.items() if (ok > 0) != (crash > 0)}


def _normal(pins: Sequence[str]) -> frozenset[str]:
    pairs = (pin.split("==", 1) for pin in pins)
    return frozenset(f"{canonicalize_name(name)}=={version}" for name, version in pairs)


def answer(mission: dict[str, Any], known: dict[Environment, bool], store: Store) -> Result:
    """One mission through the pipeline."""
    start = time.perf_counter()
    before = mission["pins"]
    try:
        found = _repair(mission, store)
    except NumlockError as error:
        verdict, cause = f"error: {error.reference}", ""
    else:
        cause = found.diagnosis.cause.value if found.diagnosis else ""
        verdict = _verdict(mission, before, list(found.pins), known)
    seconds = time.perf_counter() - start
    return Result(verdict=verdict, cause=cause, solvable=_solvable(mission, known), seconds=seconds)


def _no_gate(*_: object, **__: object) -> Skipped:
    return Skipped(why="left out of the benchmark")


def _repair(mission: dict[str, Any], store: Store) -> Repair:
    target = Target(python=read.parse_python(mission["python"], "mission"), platform=PLATFORM)
    lock = mission["lock"]
    locks = [read.parse_lock(f"{lock['name']}=={lock['version']}")]
    pins = read.activate(parse_pins(mission["pins"], mission["id"]), (), target, locks)
    settings = read_settings(
        os.environ, default_index=lambda: store.remembered("bench: default index", prove.default_index)
    )
    facts = Facts(settings, store, target)
    crash = diagnose.parse(read.clean_log(mission["traceback"]))
    return repair(pins, target, facts=facts, crash=crash)


def _verdict(
    mission: dict[str, Any], before: list[str], after: list[str], known: dict[Environment, bool]
) -> str:
    lock = canonicalize_name(mission["lock"]["name"])
    same = [pin.split("==")[0] for pin in before] == [pin.split("==")[0] for pin in after]
    moved = {
        canonicalize_name(new.split("==")[0]) for old, new in zip(before, after, strict=False) if old != new
    }
    if not same or lock in moved:
        return "ILLEGAL"
    if not moved:
        return "unchanged"
    ran = known.get((mission["project"], _normal(after)))
    return {True: "known to run", False: "known to crash", None: "not known"}[ran]


def _solvable(mission: dict[str, Any], known: dict[Environment, bool]) -> bool:
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
    spread = f"{statistics.median(seconds):.2f} s median, {seconds[-1]:.1f} s at most"
    print(f"{label} round: {len(results)} missions, {spread}")
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
