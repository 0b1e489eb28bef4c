"""The hooks on crashes that were really run: ``python -m bench.hook [--cases DIR] [--install] [ID...]``.

Each case becomes a git repository of its own: the crash's program, ``[tool.numlock]`` with its Python and lock, and a
commit that holds a recorded repair (cases without one: no pins at all). Then the crashing pins come as a change:

* *stopped*: ``numlock-check`` fails, at the line of a package that a recorded repair moves;
* *passes*: with the recorded repair in place of the crashing pins it does not;
* *led*: ``numlock-fix`` fails, and what it wrote passes at its second run (*recorded*: it is a repair that was run).

``--install``: how long pre-commit takes to install the hooks from this repository, and how large their environment is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bench.crashes import CRASHES, case_files

_FILE = "requirements.txt"
Case = dict[str, Any]


def main(argv: Sequence[str]) -> int:
    """Run the cases named (all without names), small ones first; prints a line a case and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=CRASHES, metavar="DIR")
    parser.add_argument("--install", action="store_true", help="only install the hooks")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("ids", nargs="*")
    options = parser.parse_args(argv)
    if options.install:
        print(_installed())
        return 0
    if not options.cases.is_dir():
        print(f"skipped: no {options.cases}")
        return 0
    counts: Counter[str] = Counter()
    files = case_files(options.cases, options.ids)
    read: list[Case] = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    cases = sorted(read, key=lambda case: len(case["pins"]))
    with ThreadPoolExecutor(options.jobs) as pool:
        for case, words, seconds in pool.map(_try, cases):
            counts.update([f"{case['verdict']}: {word}" for word in words])
            print(
                f"{case['id']:50} {len(case['pins']):3} pins {seconds:6.1f} s  {', '.join(words)}", flush=True
            )
    for said, count in sorted(counts.items()):
        print(f"{count:4} {said}")
    return 0


def _installed() -> str:
    root = Path(__file__).parents[1]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    hooks = {"repo": str(root), "rev": head.strip(), "hooks": [{"id": "numlock-check"}]}
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name, "project"), Path(name, "home")
        folder.mkdir()
        (folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [hooks]}), encoding="utf-8")
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "pre_commit", "install-hooks"],
            cwd=folder,
            check=True,
            capture_output=True,
            env=os.environ | {"PRE_COMMIT_HOME": str(home)},
        )
        seconds = time.perf_counter() - start
        size = sum(
            path.stat().st_size for path in home.rglob("*") if path.is_file() and not path.is_symlink()
        )
    return f"installed in {seconds:.1f} s, {size / 1e6:.0f} MB"


def _try(case: Case) -> tuple[Case, list[str], float]:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repaired = repaired_pins(case)
        _start(folder, case, repaired)
        words = list(_words(folder, case, repaired))
    return case, words, time.perf_counter() - start


def _words(folder: Path, case: Case, repaired: list[str] | None) -> Iterator[str]:
    _write(folder, case["pins"])
    code, out = _hook(folder, "numlock-check")
    stopped = code == 1
    yield "stopped" if stopped else "not stopped" if code == 0 else f"exit {code}"
    if stopped and case["repairs"]:
        yield "right line" if _lines(out) & _wanted(case) else "other line"
    if repaired is not None:
        _write(folder, repaired)
        yield "repair passes" if _hook(folder, "numlock-check")[0] == 0 else "REPAIR FAILS"
    if not stopped:
        return
    _write(folder, case["pins"])
    first, second = _hook(folder, "numlock-fix")[0], _hook(folder, "numlock-fix")[0]
    after = (folder / _FILE).read_text(encoding="utf-8").splitlines()
    if (first, second) == (1, 0) and after != case["pins"]:
        yield "led to a recorded repair" if _is_recorded(case, after) else "led to another set"
    else:
        yield "not led"


def _start(folder: Path, case: Case, repaired: list[str] | None) -> None:
    table = f'[tool.numlock]\npython = "{case["python"]}"\nlocks = ["{case["lock"]["name"]}"]\n'
    (folder / "pyproject.toml").write_text(table, encoding="utf-8")
    (folder / "main.py").write_text(case["probe"], encoding="utf-8")
    if repaired is not None:
        _write(folder, repaired)
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        [*identity, "commit", "--quiet", "--message", "before"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def _hook(folder: Path, name: str) -> tuple[int, str]:
    program = Path(sys.executable).with_name(name)
    done = subprocess.run(
        [program, _FILE], cwd=folder, capture_output=True, text=True, check=False, env=os.environ
    )
    return done.returncode, done.stdout


def _write(folder: Path, pins: Sequence[str]) -> None:
    (folder / _FILE).write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")


def repaired_pins(case: Case) -> list[str] | None:
    """The pins with the first recorded repair."""
    if not case["repairs"]:
        return None
    moves = {canonicalize_name(name): ranges[0] for name, ranges in case["repairs"][0].items()}
    names = [(pin.split("==")[0], pin) for pin in case["pins"]]
    return [
        f"{name}{moves[key]}" if (key := canonicalize_name(name)) in moves else pin for name, pin in names
    ]


def _lines(out: str) -> set[str]:
    """The packages on whose lines findings stand."""
    return {canonicalize_name(name) for name in re.findall(rf"^{_FILE}:\d+: ([\w.-]+)==", out, re.MULTILINE)}


def _wanted(case: Case) -> set[str]:
    return {canonicalize_name(name) for repair in case["repairs"] for name in repair}


def _is_recorded(case: Case, after: Sequence[str]) -> bool:
    pairs = [(old, new.split("==")) for old, new in zip(case["pins"], after, strict=True) if old != new]
    moves = {canonicalize_name(name): version for _, (name, version) in pairs}
    return any(
        moves.keys() == {canonicalize_name(name) for name in repair}
        and all(
            any(
                SpecifierSet(spec).contains(moves[canonicalize_name(name)], prereleases=True)
                for spec in ranges
            )
            for name, ranges in repair.items()
        )
        for repair in case["repairs"]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
