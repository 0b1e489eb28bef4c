"""How quick a check is: ``python -m bench.check [--rounds N] [--case ID | --pins SOUND BROKEN] [--environment DIR]``.

Takes the pins of a recorded crash with its first recorded repair, so that they are sound, or two files of pins that
differ in a line (for ``--python``), then measures in turn: the same check again; the check with one pin moved, from
the version that crashed to that which does not, and back, which looks for the repair, too; ``uv pip compile`` of the
same pins, and ``pip check`` of an environment (DIR). Facts of both versions are in the store; what numlock remembers of
its walks through them is of the pins before the move alone. Seconds of wall time and of processor time: the second are
what to compare on a busy machine. Python keeps its bytecode, as it does of what pip installs, whatever the environment
says.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.crashes import CRASHES
from bench.hook import repaired_pins

Measured = tuple[float, float]


def main(argv: Sequence[str]) -> int:
    """Print one table row a command: the medians of its rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", default="219", metavar="ID")
    parser.add_argument("--pins", type=Path, nargs=2, metavar=("SOUND", "BROKEN"))
    parser.add_argument("--python", default="3.11", metavar="X.Y")
    parser.add_argument("--environment", type=Path, metavar="DIR")
    options = parser.parse_args(argv)
    if options.pins:
        sound, broken = (path.read_text(encoding="utf-8").splitlines() for path in options.pins)
        _table(options.python, sound, broken, options)
        return 0
    place = next(iter(sorted(CRASHES.glob(f"{options.case}*.json"))), None)
    if place is None:
        print(f"skipped: no case {options.case} in {CRASHES}")
        return 0
    case = json.loads(place.read_text(encoding="utf-8"))
    _table(case["python"], repaired_pins(case) or case["pins"], case["pins"], options)
    return 0


def _table(python: str, sound: Sequence[str], broken: Sequence[str], options: argparse.Namespace) -> None:
    print(f"{len(sound)} lines, Python {python}\n\n| | seconds | processor seconds |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, again, argv_ in _commands(folder, python, sound, broken, options.environment):
            times = [_measured(argv_, folder, again) for _ in range(options.rounds)]
            wall, cpu = (sorted(each)[len(times) // 2] for each in zip(*times, strict=True))
            print(f"| {label} | {wall:.2f} | {cpu:.2f} |", flush=True)


def _commands(
    folder: Path, python: str, sound: Sequence[str], crashing: Sequence[str], environment: Path | None
) -> Iterator[tuple[str, Callable[[], None], list[str]]]:
    """What is measured: a label, what is done before each round, the command."""
    numlock = str(Path(sys.executable).with_name("numlock"))
    check = [numlock, "check", "--python", python, "requirements.txt"]

    def run(pins: Sequence[str], argv: Sequence[str]) -> None:
        _write(folder, pins)
        _run(argv, folder)

    run(crashing, check)
    run(sound, check)
    yield "numlock check, nothing changed", lambda: None, check
    facts, store, kept = str(folder / "facts.gz"), os.environ["NUMLOCK_STORE"], folder / "before.sqlite"
    _run([numlock, "facts", "export", facts], folder)
    for label, before, after in (
        ("sound", crashing, sound),
        ("broken: with its repair", sound, crashing),
    ):
        os.environ["NUMLOCK_STORE"] = str(folder / label.split(":")[0])
        _run([numlock, "facts", "import", facts], folder)
        run(before, check)
        shutil.copyfile(os.environ["NUMLOCK_STORE"], kept)
        _write(folder, after)

        def again() -> None:
            shutil.copyfile(kept, os.environ["NUMLOCK_STORE"])
            shutil.rmtree(f"{os.environ['NUMLOCK_STORE']}.answers", ignore_errors=True)

        yield f"numlock check, one pin moved, {label}", again, check
    os.environ["NUMLOCK_STORE"] = store
    if uv := shutil.which("uv"):
        compile_ = [uv, "pip", "compile", "--quiet", "--python-version", python, "requirements.txt"]
        run(sound, compile_)
        yield "uv pip compile, warm", lambda: None, compile_
    if environment is not None:
        pip_check = [str(environment.absolute() / "bin" / "python"), "-m", "pip", "check"]
        yield "pip check", lambda: None, pip_check


def _measured(argv: Sequence[str], folder: Path, again: Callable[[], None]) -> Measured:
    again()
    start, used = time.perf_counter(), _used()
    _run(argv, folder)
    return time.perf_counter() - start, _used() - used


def _used() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def _run(argv: Sequence[str], folder: Path) -> None:
    subprocess.run(argv, cwd=folder, capture_output=True, check=False)


def _write(folder: Path, pins: Sequence[str]) -> None:
    (folder / "requirements.txt").write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("NUMLOCK_STORE", str(Path(tempfile.gettempdir(), "numlock-bench.sqlite")))
    sys.exit(main(sys.argv[1:]))
