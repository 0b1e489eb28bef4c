"""How numlock answers crashes that were really run: ``python -m bench.crashes [--run] [--cases DIR] [ID...]``.

Reads ``../shared/crashes`` (skipped, and said so, where it is absent). An answer is *legal* when names, order, count
and the lock are as they came; *recorded* when it is one of the repairs that were run for the case, or, for cases
without a repair, leaves the pins alone with the right exit code. With ``--run`` any other answer is installed into a
fresh environment (uv; wheels only) and the case's probe is run: *runs* or *fails*.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bench.environments import interpreter, run_in

CRASHES = Path(__file__).parents[2] / "shared" / "crashes"
_EXITS = {"fixable": 0, "unsatisfiable": 4, "not-dependency": 5}
_SETUPTOOLS = {"3.6": "59.6.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What numlock said to one case."""

    case: dict[str, Any]
    returncode: int
    pins: tuple[str, ...]
    report: str
    seconds: float

    @property
    def moves(self) -> dict[str, str]:
        """Moved packages with their new versions."""
        pairs = zip(self.case["pins"], self.pins, strict=False)
        return {canonicalize_name(new.split("==")[0]): new.split("==")[1] for old, new in pairs if old != new}


def main(argv: Sequence[str]) -> int:
    """Run the cases named (all without names); prints a line a case and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true", help="install and run answers that are not recorded")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--cases", type=Path, default=CRASHES, metavar="DIR", help="other cases of the same form"
    )
    parser.add_argument("ids", nargs="*")
    options = parser.parse_args(argv)
    if not options.cases.is_dir():
        print(f"skipped: no {options.cases}")
        return 0
    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(options.jobs) as pool:
        for answer in pool.map(ask, list(case_files(options.cases, options.ids))):
            verdict = grade(answer, run=options.run)
            counts[f"{answer.case['verdict']}: {verdict.split(':')[0]}"] += 1
            moves = " ".join(f"{name}=={version}" for name, version in answer.moves.items()) or "-"
            print(f"{answer.case['id']:50} {verdict:24} {answer.seconds:5.1f} s  {moves}", flush=True)
    for verdict, count in sorted(counts.items()):
        print(f"{count:4} {verdict}")
    return 0


def case_files(folder: Path, ids: Sequence[str]) -> Iterator[Path]:
    """The files of the cases named, in order; all of them without names."""
    for path in sorted(folder.glob("*.json")):
        if not ids or any(path.name.startswith(each) for each in ids):
            yield path


def ask(path: Path) -> Answer:
    """One run of the command line."""
    case = json.loads(path.read_text(encoding="utf-8"))
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "numlock", "fix", "--case", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    pins = tuple(done.stdout.splitlines())
    return Answer(case=case, returncode=done.returncode, pins=pins, report=done.stderr, seconds=seconds)


def grade(answer: Answer, *, run: bool) -> str:
    """One word on an answer, with a reason after a colon where there is one."""
    case = answer.case
    if not legal(answer):
        return "ILLEGAL"
    if case["verdict"] != "fixable" or not answer.moves:
        weak = case["weak"] and not answer.moves and answer.returncode == 4
        expected = answer.returncode == _EXITS[case["verdict"]] and not answer.moves
        if case["verdict"] != "fixable":
            return "recorded" if expected else f"WRONG: exit {answer.returncode}"
        return "no plan (weak)" if weak else f"no answer: exit {answer.returncode}"
    if any(_is_repair(answer.moves, repair) for repair in case["repairs"]):
        return "recorded"
    fewest = min((len(repair) for repair in case["repairs"]), default=0)
    more = f" (+{len(answer.moves) - fewest})" if len(answer.moves) > fewest else ""
    if not run:
        return f"other{more}"
    died = probe(case, answer.pins)
    return f"FAILS{more}: {died}" if died else f"runs{more}"


def legal(answer: Answer) -> bool:
    """The same names in the same order, each exact, the lock where it was."""
    old = [pin.split("==")[0] for pin in answer.case["pins"]]
    new = [pin.split("==")[0] for pin in answer.pins]
    return old == new and canonicalize_name(answer.case["lock"]["name"]) not in answer.moves


def _is_repair(moves: dict[str, str], repair: dict[str, list[str]]) -> bool:
    named: dict[str, list[str]] = {canonicalize_name(name): ranges for name, ranges in repair.items()}
    return moves.keys() == named.keys() and all(
        any(SpecifierSet(spec).contains(version, prereleases=True) for spec in named[name])
        for name, version in moves.items()
    )


def probe(case: dict[str, Any], pins: Sequence[str]) -> str:
    """Install ``pins`` without resolution into a fresh environment, run the case's program; how it died, if it did."""
    wanted = list(pins)
    names = {canonicalize_name(pin.split("==")[0]) for pin in pins}
    if "setuptools" not in names and tuple(map(int, case["python"].split("."))) < (3, 12):
        wanted.append(f"setuptools=={_SETUPTOOLS.get(case['python'], '65.5.0')}")
    ran = run_in(interpreter(case["python"]) or case["python"], wanted, case["probe"])
    if ran.returncode == 0:
        return ""
    return (ran.stderr.strip() or f"exit {ran.returncode}").splitlines()[-1][:150]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
