"""Whether compiled packages load beside a numpy, as read and as run: ``python -m bench.binaries [WORD...]``.

Reads ``binaries.txt``: a Python, a module and exact pins a line. Each set is judged from its files and advisories, then
installed without resolution into a fresh environment, and the module is imported. ``false alarm``: said to die, and
runs; ``missed``: dies of a binary, and nothing was said. WORD: only lines that hold it.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from bench.environments import interpreter, run_in
from numlock.facts import Facts, Store, read_settings
from numlock.judge import Universe, advisories, breaks
from numlock.model import Target
from numlock.prove import default_index

_DATA = Path(__file__).with_name("binaries.txt")
_BINARY = re.compile(
    r"size changed|multiarray failed to import|_ARRAY_API|compiled against|compiled using NumPy 1"
)


class Case(NamedTuple):
    """One line of the data."""

    python: str
    module: str
    pins: tuple[str, ...]


def main(argv: Sequence[str]) -> int:
    """Prints a line a case and the counts."""
    counts: Counter[str] = Counter()
    settings = read_settings(os.environ, default_index=default_index)
    with Store() as store:
        for case in _cases(argv):
            python = interpreter(case.python)
            if python is None:
                print(f"skipped: no Python {case.python}")
                continue
            major, minor = map(int, case.python.split("."))
            target = Target(python=(major, minor), platform="manylinux_2_28_x86_64")
            said = _judged(Facts(settings, store, target), target, case)
            ran = run_in(python, case.pins, f"import {case.module}\n")
            last = ran.stderr.strip().splitlines()[-1][:80] if ran.returncode else "runs"
            verdict = _verdict(said, None if ran.returncode is None else ran.returncode == 0, ran.stderr)
            counts[verdict] += 1
            print(f"{verdict:12} {' '.join(case.pins):50} {said or '-'} | {last}", flush=True)
    for verdict, count in sorted(counts.items()):
        print(f"{count:4} {verdict}")
    return int(counts["false alarm"] > 0)


def _cases(words: Sequence[str]) -> Iterator[Case]:
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#") and (not words or any(word in line for word in words)):
            python, module, *pins = line.split()
            yield Case(python, module, tuple(pins))


def _judged(facts: Facts, target: Target, case: Case) -> str | None:
    """Why importing the module is said to be bound to die of a binary."""
    versions: dict[NormalizedName, Version] = {}
    for pin in case.pins:
        name, _, version = pin.partition("==")
        versions[canonicalize_name(name)] = Version(version)
    everything = frozenset(versions)
    found = breaks([case.module], facts.environment(versions), everything, everything)
    universe = Universe(pinned=versions, versions={name: (version,) for name, version in versions.items()})
    known = advisories(facts.advisories(versions), universe, None, target)
    said = [f"{each.user} {each.why}" for each in found if each.wants and not each.soft]
    said += [each.because[0].text for each in known if not each.soft]
    return next(iter(said), None)


def _verdict(said: str | None, runs: bool | None, message: str) -> str:
    if runs is None:
        return "not run"
    if said:
        return "false alarm" if runs else "dies"
    return "runs" if runs else "missed" if _BINARY.search(message) else "dies else"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
