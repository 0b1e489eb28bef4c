"""The seed's case, side by side in one run: ``python -m bench.seed [--rounds N]``.

numlock with an empty store and with a warm one (seconds, bytes read from the index, peak memory), the same without
the pip-tools gate, and on the same 32 pins ``pip-compile`` and ``uv pip compile``. pip-tools resolves for the Python
that runs it, so ``pip-compile`` runs on a Python 3.7 that has it (``PYTHON37``, default ``python3.7`` on PATH), into
which it is installed in a folder of its own; what is not on the machine is skipped, and said so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEED = ROOT / "examples" / "hifi-gan.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: wall seconds, peak memory in MB, exit code, what it said on standard error."""

    seconds: float
    megabytes: float
    returncode: int
    stderr: str


def main(argv: Sequence[str]) -> int:
    """Print a table of medians over the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pins = folder / "pins.in"
        pins.write_text("\n".join(_pins()) + "\n", encoding="utf-8")
        print(f"{'what':44} {'seconds':>8} {'MB peak':>8} {'MB read':>8} {'requests':>8}  exit")
        for label, commands in _contenders(folder, pins).items():
            _row(label, [run(command, folder) for command in commands for _ in range(options.rounds)])
    return 0


def _pins() -> list[str]:
    text = SEED.read_text(encoding="utf-8")
    return re.findall(r"^(?:.*environment: )?([\w.-]+==\S+)$", text.split("Python version")[0], re.MULTILINE)


def _contenders(folder: Path, pins: Path) -> Mapping[str, list[list[str]]]:
    fix = [sys.executable, "-m", "numlock", "fix", "-v", "--case", str(SEED)]
    warm = folder / "warm.sqlite"
    found = {
        "numlock, empty store": [["rm-store", *fix, "--store", str(folder / "cold.sqlite")]],
        "numlock, warm store": [[*fix, "--store", str(warm)]],
    }
    subprocess.run([*fix, "--store", str(warm)], capture_output=True, check=False)
    if uv := shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent)):
        compiled = [
            uv,
            "pip",
            "compile",
            "--quiet",
            "--python-version",
            "3.7",
            "-o",
            str(folder / "uv.txt"),
            str(pins),
        ]
        found["uv pip compile, empty cache"] = [
            ["rm-store", *compiled, "--cache-dir", str(folder / "uv-cold")]
        ]
        subprocess.run([*compiled, "--cache-dir", str(folder / "uv-warm")], capture_output=True, check=False)
        found["uv pip compile, warm cache"] = [[*compiled, "--cache-dir", str(folder / "uv-warm")]]
    else:
        print("skipped: uv is not on this machine")
    if python := _pip_tools(folder):
        compiled = [
            python,
            "-m",
            "piptools",
            "compile",
            "--resolver=backtracking",
            "--quiet",
            "-o",
            str(folder / "piptools.txt"),
            str(pins),
        ]
        found["pip-compile on 3.7, warm cache"] = [[*compiled, "--cache-dir", str(folder / "piptools")]]
    return found


def _pip_tools(folder: Path) -> str | None:
    """A Python 3.7 with pip-tools in an environment of its own; None where there is no Python 3.7."""
    python = os.environ.get("PYTHON37") or shutil.which("python3.7")
    own = folder / "py37"
    if (
        python is None
        or subprocess.run([python, "-m", "venv", own], capture_output=True, check=False).returncode
    ):
        print("skipped: pip-compile, no Python 3.7 (name one in PYTHON37)")
        return None
    install = [str(own / "bin/python"), "-m", "pip", "install", "--quiet", "pip==23.1.2", "pip-tools"]
    subprocess.run(install, capture_output=True, check=True)
    return str(own / "bin" / "python")


def run(command: Sequence[str], folder: Path) -> Run:
    """Run one process and read its own peak memory; a leading ``rm-store`` empties store and cache first."""
    if command[0] == "rm-store":
        command = command[1:]
        (folder / "cold.sqlite").unlink(missing_ok=True)
        shutil.rmtree(folder / "uv-cold", ignore_errors=True)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        stderr.seek(0)
        said = stderr.read().decode(errors="replace")
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds=seconds, megabytes=usage.ru_maxrss / 1024, returncode=process.returncode, stderr=said)


def _row(label: str, runs: Sequence[Run]) -> None:
    read = [json.loads(found[1]) for each in runs if (found := re.search(r"traffic: (\{.*\})", each.stderr))]
    traffic = [f"{statistics.median(each['bytes'] for each in read) / 1e6:8.1f}"] if read else [f"{'':8}"]
    traffic += [f"{statistics.median(each['requests'] for each in read):8.0f}"] if read else [f"{'':8}"]
    seconds = statistics.median(each.seconds for each in runs)
    megabytes = max(each.megabytes for each in runs)
    codes = ",".join(sorted({str(each.returncode) for each in runs}))
    gates = [
        float(found[1]) for each in runs if (found := re.search(r"([\d.]+) s: asking pip-tools", each.stderr))
    ]
    print(f"{label:44} {seconds:8.2f} {megabytes:8.0f} {' '.join(traffic)}  {codes}", flush=True)
    if gates:
        print(f"{'  of that, before pip-tools is asked':44} {statistics.median(gates):8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
