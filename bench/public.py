"""False alarms: checks of widely used repositories' own pinned requirements files: ``python -m bench.public``.

``bench/public.tsv`` lists repository, commit and path. The files themselves are no part of this repository: they are
read from ``--files DIR`` (DIR/OWNER+NAME/COMMIT/PATH), and fetched there from the code host where they are missing.
Every line of a file counts as changed (``--all``); errors are printed in full, to be looked at by hand. With
``--sources DIR`` (DIR/OWNER+NAME/COMMIT: all files of a repository) those there are checked together with their source.
``--python X.Y`` asks of one Python, as configured repositories do; old files then fail for what it no longer has.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

LIST = Path(__file__).with_name("public.tsv")
_HOST = "https://raw.githubusercontent.com"
_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file of a public repository at a commit."""

    repository: str
    commit: str
    path: str

    def __str__(self) -> str:
        return f"{self.repository} {self.path}"

    def root(self, folder: Path) -> Path:
        """Where the files of its repository lie in a folder."""
        return folder / self.repository.replace("/", "+") / self.commit

    def text(self, folder: Path) -> str | None:
        """Its text; None where it can neither be found nor fetched."""
        place = self.root(folder) / self.path
        if not place.is_file():
            try:
                with urlopen(f"{_HOST}/{self.repository}/{self.commit}/{self.path}", timeout=30) as answer:
                    data = answer.read()
            except URLError:
                return None
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return place.read_text(encoding="utf-8", errors="replace")


def main(argv: Sequence[str]) -> int:
    """Check them all; prints a line a file, its errors, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--files", type=Path, default=Path(tempfile.gettempdir(), "numlock-public"), metavar="DIR"
    )
    parser.add_argument("--sources", type=Path, metavar="DIR")
    parser.add_argument("--python", metavar="X.Y")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("words", nargs="*", help="only files whose repository or path holds one of these")
    options = parser.parse_args(argv)
    wanted = [
        each for each in _listed() if not options.words or any(word in str(each) for word in options.words)
    ]
    if options.sources:
        wanted = [each for each in wanted if (each.root(options.sources) / each.path).is_file()]
    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(options.jobs) as pool:
        for each, found, seconds in pool.map(lambda each: _check(each, options), wanted):
            errors = [finding for finding in found.get("findings", []) if finding["standing"] == "error"]
            said = found.get("failure") or (
                "errors" if errors else "unknown" if found["unknowns"] else "sound"
            )
            counts[said.split(":")[0]] += 1
            print(f"{each}: {said}, {len(found.get('unknowns', []))} unknown, {seconds:.1f} s", flush=True)
            for finding in errors:
                where = f"{finding['path']}:{finding['line']}"
                print(f"    {where}: {finding['message']} -> {finding['fix']}", flush=True)
    print(", ".join(f"{count} {said}" for said, count in sorted(counts.items())))
    return 0


def _listed() -> Iterator[Listed]:
    for line in LIST.read_text(encoding="utf-8").splitlines():
        repository, commit, path = line.split("\t")
        yield Listed(repository=repository, commit=commit, path=path)


def _check(listed: Listed, options: argparse.Namespace) -> tuple[Listed, dict[str, Any], float]:
    python = ["--python", options.python] if options.python else []
    if options.sources:
        return listed, *_asked(listed, listed.root(options.sources), ["--project", ".", *python])
    text = listed.text(options.files)
    if text is None:
        return listed, {"failure": "not fetched"}, 0.0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name, listed.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        return listed, *_asked(listed, Path(name), python)


def _asked(listed: Listed, folder: Path, more: list[str]) -> tuple[dict[str, Any], float]:
    """What numlock says, and the seconds that it takes."""
    argv = [sys.executable, "-m", "numlock", "check", "--all", "--format", "json", *more, listed.path]
    start = time.perf_counter()
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return {"failure": "out of time"}, time.perf_counter() - start
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        return {"failure": f"exit {done.returncode}: {done.stderr.strip()[-200:]}"}, seconds
    return json.loads(done.stdout), seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
