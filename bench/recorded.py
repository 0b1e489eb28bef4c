"""The records in ``../shared/reqbench``: crashes and environments of deep-learning projects, and those projects."""

from __future__ import annotations

import ast
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from numlock import diagnose, read
from numlock.model import Crash, Place

DATA = Path(__file__).parents[2] / "shared" / "reqbench"
PLATFORM = "manylinux_2_31_x86_64"
Environment = tuple[str, frozenset[str]]
Sources = tuple[tuple[str, str], ...]


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The records of one file."""
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def sample(name: str, count: int, part: str) -> list[dict[str, Any]]:
    """Records spread evenly (``count`` 0: all), of every N-th project from the I-th on (``part`` I/N), by project."""
    number, parts = map(int, part.split("/"))
    everything = list(lines(name))
    taken = everything[:: max(1, len(everything) // count) if count else 1]
    projects = sorted({each["project"] for each in everything})[number - 1 :: parts]
    return sorted((each for each in taken if each["project"] in projects), key=itemgetter("project"))


def environments() -> dict[Environment, bool]:
    """Every recorded environment that always ran or always died."""
    seen: defaultdict[Environment, list[int]] = defaultdict(lambda: [0, 0])
    for each in lines("outcomes.jsonl.gz"):
        counts = seen[each["project"], normal(each["pins"])]
        counts[0] += each["ok"]
        counts[1] += each["crash"]
    return {key: ok > 0 for key, (ok, crash) in seen.items() if (ok > 0) != (crash > 0)}


def normal(pins: Sequence[str]) -> frozenset[str]:
    """Pins without order and spelling."""
    pairs = (pin.split("==", 1) for pin in pins)
    return frozenset(f"{canonicalize_name(name)}=={version}" for name, version in pairs)


def crash_of(mission: dict[str, Any]) -> Crash | None:
    """What a mission's log says."""
    return diagnose.parse(read.clean_log(mission["traceback"]))


# --- projects ------------------------------------------------------------------------------------


@cache
def project_sources(name: str, projects: Path | None) -> Sources:
    """Path and text of the files that a project's start command imports.

    From ``projects/NAME``, a copy of its repository; where there is none, or where it is not clear which script is
    meant, the import statements that the tracebacks of its recorded crashes show.
    """
    found = _from_copy(projects / name, name) if projects and (projects / name).is_dir() else ()
    return found or _from_frames(name)


def _from_copy(folder: Path, name: str) -> Sources:
    script = _script(name)
    places = [path for path in sorted(folder.rglob(script)) if path.is_file()]
    start = folder / script if folder / script in places else places[0] if len(places) == 1 else None
    if start is None:
        return ()
    root = start.parent if "/" not in script else folder
    reached: dict[Path, str] = {}
    pending = [start]
    while pending:
        path = pending.pop()
        if path in reached:
            continue
        reached[path] = path.read_text(encoding="utf-8", errors="replace")
        pending += [each for each in _imported(reached[path], path, root) if each.is_file()]
    return tuple((path.relative_to(root).as_posix(), text) for path, text in sorted(reached.items()))


def _script(name: str) -> str:
    words: list[str] = json.loads((DATA / "projects.json").read_text(encoding="utf-8"))[name][
        "command"
    ].split()
    if "-m" in words and words[1] == "-m":
        return words[2].replace(".", "/") + ".py"
    return words[1].removeprefix("./")


def _imported(text: str, path: Path, root: Path) -> Iterator[Path]:
    """The project's own files that one of them imports."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, root) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else root
            module = node.module or ""
            names = [(module, base), *((f"{module}.{alias.name}".strip("."), base) for alias in node.names)]
        else:
            continue
        for module, base in names:
            inside = base.joinpath(*module.split(".")) if module else base
            yield inside.with_suffix(".py")
            yield from (
                parent / "__init__.py" for parent in (inside, *inside.parents) if root in parent.parents
            )


def _from_frames(name: str) -> Sources:
    shown: dict[str, None] = {}
    for mission in lines("missions.jsonl.gz"):
        crash = crash_of(mission) if mission["project"] == name else None
        for frame in crash.frames if crash else ():
            code = (frame.code or "").strip()
            if (
                frame.place is Place.PROJECT
                and code.startswith(("import ", "from "))
                and not code.endswith("(")
            ):
                shown[code] = None
    return (("frames.py", "\n".join(shown) + "\n"),) if shown else ()
