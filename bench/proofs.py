"""How ``--prove`` ends over crashes that were really run: ``python -m bench.proofs [--cases DIR] [--again] [ID...]``.

Reads the fixable cases of ``../shared/crashes`` (skipped, and said so, where it is absent), small ones first, runs each
with its probe, and prints a line a case: whether it ended proved, with how many moves beyond the recorded fewest, in
how many rounds and seconds. ``--again`` asks a second time, when no environment may be made.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from bench.crashes import CRASHES


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """How one case ended. ``more``: moves beyond the fewest recorded; ``why``: where it is not proved."""

    case: dict[str, Any]
    returncode: int
    moves: tuple[str, ...]
    more: int
    proof: dict[str, Any]
    seconds: float

    @property
    def proved(self) -> bool:
        return self.proof.get("returncode") == 0 and bool(self.moves)

    @property
    def why(self) -> str:
        return str(self.proof.get("why") or f"exit {self.returncode}")


def main(argv: Sequence[str]) -> int:
    """Run the cases named (all fixable ones without names)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=CRASHES, metavar="DIR")
    parser.add_argument("--again", action="store_true", help="ask each case twice")
    parser.add_argument("--allow-source", action="store_true", help="install source archives, too")
    parser.add_argument("ids", nargs="*")
    options = parser.parse_args(argv)
    if not options.cases.is_dir():
        print(f"skipped: no {options.cases}")
        return 0
    extra = ["--allow-source"] if options.allow_source else []
    counts: Counter[str] = Counter()
    print("| case | | moves | rounds | environments | seconds, of that runs |")
    print("|---|---|---|---|---|---|")
    for path in _fixable(options.cases, options.ids):
        found = ask(path, extra)
        counts["proved" if found.proved else "not proved"] += 1
        counts["proved with no more moves than recorded"] += found.proved and found.more <= 0
        print(_row(found), flush=True)
        if options.again:
            again = ask(path, extra)
            counts["asked again: an environment was made"] += bool(again.proof.get("fresh"))
            counts["asked again: another answer"] += again.moves != found.moves
    for verdict, count in sorted(counts.items()):
        print(f"{count:4} {verdict}")
    return 0


def _fixable(folder: Path, ids: Sequence[str]) -> Iterator[Path]:
    cases = [(json.loads(path.read_text(encoding="utf-8")), path) for path in sorted(folder.glob("*.json"))]
    for case, path in sorted(cases, key=lambda each: len(each[0]["pins"])):
        if case["verdict"] == "fixable" and (not ids or any(path.name.startswith(each) for each in ids)):
            yield path


def ask(path: Path, extra: Sequence[str]) -> Proved:
    """One run of the command line."""
    case = json.loads(path.read_text(encoding="utf-8"))
    command = [
        sys.executable,
        "-m",
        "numlock",
        "fix",
        "--case",
        str(path),
        "--prove",
        "--format",
        "json",
        *extra,
    ]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    document = (
        json.loads(done.stdout) if done.stdout else {"pins": case["pins"], "proof": {"why": done.stderr}}
    )
    moves = tuple(new for old, new in zip(case["pins"], document["pins"], strict=True) if old != new)
    fewest = min((len(repair) for repair in case["repairs"]), default=0)
    return Proved(
        case=case,
        returncode=done.returncode,
        moves=moves,
        more=len(moves) - fewest,
        proof=document["proof"],
        seconds=seconds,
    )


def _row(found: Proved) -> str:
    verdict = "proved" if found.proved else f"not proved: {found.why[:120]}"
    more = f" (+{found.more})" if found.proved and found.more > 0 else ""
    moves = " ".join(
        f"{canonicalize_name(each.split('==')[0])} {each.split('==')[1]}" for each in found.moves
    )
    proof = found.proof
    cells = (
        found.case["id"],
        verdict + more,
        moves or "-",
        str(proof.get("rounds", "-")),
        str(proof.get("fresh", "-")),
        f"{found.seconds:.0f}, {proof.get('all_seconds', 0):.0f}",
    )
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
