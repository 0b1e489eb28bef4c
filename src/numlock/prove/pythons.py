"""The target's interpreter on this machine: looked for where interpreters are kept, and asked before it is believed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from numlock.prove.makers import find_uv
from numlock.prove.process import run

_SECONDS = 20.0
_SCRIPT = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


def find_python(version: tuple[int, int]) -> Path | None:
    """An interpreter of this version: on PATH, in pyenv, conda, the hosted tool cache, by py, by uv; None if none."""
    wanted = f"{version[0]}.{version[1]}"
    seen: set[str] = set()
    for argv in (*_on_path(wanted), *_kept(wanted), *_asked(wanted)):
        if " ".join(argv) not in seen and (found := _confirmed(argv, wanted)):
            return found
        seen.add(" ".join(argv))
    return None


def _confirmed(argv: list[str], wanted: str) -> Path | None:
    """Where the interpreter that ``argv`` starts stands, if it is of the wanted version."""
    done = run([*argv, "-c", _SCRIPT], seconds=_SECONDS)
    said = done.stdout.splitlines()
    return Path(said[1]) if len(said) == 2 and said[0] == wanted and Path(said[1]).is_file() else None


def _on_path(wanted: str) -> Iterator[list[str]]:
    """Every program of a fitting name on PATH, since the first may be a shim for a version that is not there."""
    for name in (f"python{wanted}", "python3", "python"):
        for folder in os.get_exec_path():
            if found := shutil.which(name, path=folder):
                yield [found]
    yield [sys.executable]


def _kept(wanted: str) -> Iterator[list[str]]:
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    yield from _newest(pyenv.glob(f"versions/{wanted}*"), wanted)
    caches = [os.environ.get("RUNNER_TOOL_CACHE"), os.environ.get("AGENT_TOOLSDIRECTORY")]
    for cache in filter(None, caches):
        yield from _newest(Path(cache).glob(f"Python/{wanted}.*/*"), wanted)
    yield from _newest(_conda(home), wanted)


def _conda(home: Path) -> Iterator[Path]:
    """The folders of conda's environments."""
    if program := os.environ.get("CONDA_EXE"):
        yield from Path(program).parents[1].glob("envs/*")
    for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba"):
        yield from (home / name).glob("envs/*")
        yield home / name
    listed = home / ".conda" / "environments.txt"
    if listed.is_file():
        yield from map(Path, listed.read_text(encoding="utf-8", errors="replace").split("\n")[:500])


def _newest(folders: Iterable[Path], wanted: str) -> Iterator[list[str]]:
    """The interpreters below these folders, the one of the highest number first."""
    numbered = sorted(folders, key=lambda each: [int(n) for n in re.findall(r"\d+", str(each))], reverse=True)
    for folder in numbered:
        for inner in (f"bin/python{wanted}", "bin/python", "python.exe"):
            if (folder / inner).is_file():
                yield [str(folder / inner)]
                break


def _asked(wanted: str) -> Iterator[list[str]]:
    """Interpreters that other tools know."""
    if sys.platform == "win32" and (launcher := shutil.which("py")):
        yield [launcher, f"-{wanted}"]
    if uv := find_uv():
        done = run([uv, "python", "find", "--no-project", "--no-python-downloads", wanted], seconds=_SECONDS)
        if done.returncode == 0 and (found := done.stdout.strip()):
            yield [found]
