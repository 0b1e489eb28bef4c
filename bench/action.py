"""What the GitHub Action costs a job, as a runner would start it: ``python -m bench.action [--rounds N]``.

The seed's pins, and a command that prints the seed's crash and fails; the command itself takes no time. numlock is
installed anew each time, by uv or by pip, out of their caches; the store of facts is empty, as on a fresh runner, or
warm. No comment is posted.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.picture import seed_case
from bench.seed import ROOT

_LIMIT = 20.0  # seconds


def main(argv: Sequence[str]) -> int:
    """Print a table of medians over the rounds; 1 where one is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(argv)
    slow = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, (installer, command, warm) in _rows().items():
            _step(folder, installer, command, warm=warm)  # fills the caches
            runs = [_step(folder, installer, command, warm=warm) for _ in range(options.rounds)]
            seconds, busy = (statistics.median(column) for column in zip(*runs, strict=True))
            slow += seconds > _LIMIT
            print(f"{label:40} {seconds:6.1f} s, {busy:6.1f} s of processors", flush=True)
    return int(slow > 0)


def _rows() -> Mapping[str, tuple[str, str, bool]]:
    failing = "cat tests.log >&2; exit 1"
    return {
        "green, installed by uv": ("uv", "true", True),
        "green, installed by pip": ("pip", "true", True),
        "crash, installed by uv, warm store": ("uv", failing, True),
        "crash, installed by uv, empty store": ("uv", failing, False),
        "crash, installed by pip, empty store": ("pip", failing, False),
    }


def _step(folder: Path, installer: str, command: str, *, warm: bool) -> tuple[float, float]:
    """The seconds of one step, by the clock and of processors; folders are made anew, caches and a warm store stay."""
    work, tools = folder / "work", folder / f"tools-{installer}"
    for each in (work, folder / "temporary"):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir()
    pins, log = seed_case()
    (work / "requirements.txt").write_text(pins, encoding="utf-8")
    (work / "tests.log").write_text(log, encoding="utf-8")
    tools.mkdir(exist_ok=True)
    if installer == "uv" and not (tools / "uv").exists():
        (tools / "uv").symlink_to(Path(sysconfig.get_path("scripts"), "uv"))
    store = folder / "warm.sqlite" if warm else folder / "temporary" / "empty.sqlite"
    path = [tools, Path(sys.base_prefix, "bin"), Path("/usr/bin"), Path("/bin")]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(map(str, path)),
        "RUNNER_TEMP": str(folder / "temporary"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_WORKSPACE": str(work),
        "NUMLOCK_INPUT_RUN": command,
        "NUMLOCK_INPUT_STORE": str(store),
        "NUMLOCK_INPUT_PYTHON": "3.7",
    }
    start, busy = time.perf_counter(), _busy()
    script = ["bash", str(ROOT / "hooks" / "action.sh")]
    done = subprocess.run(
        script, cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode != (command != "true"):
        raise SystemExit(done.stdout.decode())
    return time.perf_counter() - start, _busy() - busy


def _busy() -> float:
    """Seconds of processors that the processes started here took so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
