"""Make the standard library's data: ``python -m bench.stdlib PYTHON... [X.Y...]`` asks interpreters what they hold.

Writes ``src/numlock/facts/stdlib.json.gz``. Give one CPython of each version, 3.6 and newer, on Linux. Kept are only
differences: for each module the versions that have it, for each name of it that some of those lack, the versions
that have it. What a build could not import counts as there.

A version ``X.Y`` in place of an interpreter is the newest one given as typeshed's stubs (those that mypy carries) say
that it changed since: a name that their conditions drop is gone, one that they bring is there.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from numlock.facts import scan
from numlock.model import Code, Target

_MYPY = find_spec("mypy")
TYPESHED = Path(_MYPY.origin or "").parent / "typeshed" / "stdlib" if _MYPY else Path()
TARGET = Path(__file__).parents[1] / "src" / "numlock" / "facts" / "stdlib.json.gz"
_ASK = r"""
import importlib, io, json, os, sys, warnings
warnings.simplefilter("ignore")
top = os.path.dirname(os.__file__)
left_out = ("site-packages", "test", "tests", "idlelib", "idle_test", "turtledemo", "__pycache__", "_bundled", "pgen2",
            "lib2to3", "ensurepip", "antigravity", "this", "__phello__", "_sysconfigdata")
found = set(sys.builtin_module_names)
for folder, inner, files in os.walk(top):
    inner[:] = [i for i in inner if i not in left_out and ("-" not in i or i == "lib-dynload")]
    package = os.path.relpath(folder, top).replace(os.sep, ".")
    prefix = "" if package in (".", "lib-dynload") else package + "."
    for name in files:
        stem = name.split(".")[0]
        if name.endswith((".py", ".so")) and not stem.startswith(left_out) and "-" not in stem:
            found.add(prefix.rstrip(".") if stem == "__init__" else prefix + stem)
answer, out = {}, sys.stdout
for module in sorted(found - {"", "__main__"}):
    if module.split(".")[-1] == "__main__":
        continue
    try:
        sys.stdout = io.StringIO()
        answer[module] = sorted(vars(importlib.import_module(module)))
    except BaseException:
        answer[module] = None
    finally:
        sys.stdout = out
more = getattr(sys, "stdlib_module_names", ())
json.dump({"version": list(sys.version_info[:2]), "modules": answer, "more": sorted(more)}, out)
"""

_ASK_AGAIN = r"""
import importlib, io, json, sys, warnings
warnings.simplefilter("ignore")
found, out = {}, sys.stdout
for module, names in json.load(sys.stdin).items():
    try:
        sys.stdout = io.StringIO()
        held = importlib.import_module(module)
        found[module] = [name for name in names if hasattr(held, name)]
    except BaseException:
        pass
    finally:
        sys.stdout = out
json.dump({"version": list(sys.version_info[:2]), "found": found}, out)
"""


def main(pythons: Sequence[str]) -> int:
    """Ask, compare, write."""
    stubbed = [each for each in pythons if re.fullmatch(r"\d+\.\d+", each)]
    pythons = [each for each in pythons if each not in stubbed]
    asked = [_ask(python) for python in pythons]
    asked.sort(key=lambda each: each["version"])
    _ask_again(pythons, asked)
    for version in stubbed:
        asked.append(_as_stubs_say(asked[-1], version))
    modules: dict[str, int] = {}
    here = {module for each in asked for module in each["modules"]}
    for bit, each in enumerate(asked):
        # Other systems' modules are only listed from 3.10 on; before, they were what the first list says.
        elsewhere = each["more"] or {*next(other["more"] for other in asked if other["more"])} - here
        for module in {*each["modules"], *elsewhere}:
            modules[module] = modules.get(module, 0) | 1 << bit
    names = {
        module: different
        for module, mask in modules.items()
        if (different := _different(asked, module, mask))
    }
    document = {"versions": [each["version"] for each in asked], "modules": modules, "names": names}
    data = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    TARGET.write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{len(modules)} modules, {TARGET.stat().st_size} bytes")
    return 0


def _ask(python: str, program: str = _ASK, wanted: str = "") -> dict[str, Any]:
    done = subprocess.run(
        [python, "-I", "-c", program], input=wanted, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _as_stubs_say(before: dict[str, Any], version: str) -> dict[str, Any]:
    """The answer of a version, from that of the one before and what typeshed says of both."""
    old = Target(python=(before["version"][0], before["version"][1]))
    major, _, minor = version.partition(".")
    new = Target(python=(int(major), int(minor)))
    modules: dict[str, Any] = dict(before["modules"])
    for line in (TYPESHED / "VERSIONS").read_text(encoding="utf-8").splitlines():
        listed = re.match(r"([\w.]+): (\d+\.\d+)-(\d+\.\d+)?", line)
        if listed is None:
            continue
        module, first, last = listed[1], *(_numbers(each) for each in (listed[2], listed[3]))
        if last is not None and last < new.python:
            gone = [each for each in modules if each == module or each.startswith(f"{module}.")]
            modules = {each: names for each, names in modules.items() if each not in gone}
        elif first is not None and first > old.python and first <= new.python and (stub := _stub(module)):
            modules[module] = sorted(_names(stub, module, new).own)
    for module, held in modules.items():
        if held is not None and module in before["modules"] and (stub := _stub(module)):
            old_names, new_names = _names(stub, module, old), _names(stub, module, new)
            dropped, come = old_names.own - new_names.all, new_names.own - old_names.all
            modules[module] = sorted((set(held) - dropped) | come)
    more = sorted({*before["more"]} - (before["modules"].keys() - modules.keys()))
    return {"version": list(new.python), "modules": modules, "more": more}


def _numbers(version: str | None) -> tuple[int, ...] | None:
    return tuple(map(int, version.split("."))) if version else None


def _stub(module: str) -> Path | None:
    place = TYPESHED.joinpath(*module.split("."))
    return next(
        (each for each in (place.with_suffix(".pyi"), place / "__init__.pyi") if each.is_file()), None
    )


class _Names(NamedTuple):
    """What a stub binds, and what of that it defines itself: what it only imports need not be in the module."""

    all: frozenset[str]
    own: frozenset[str]


def _names(stub: Path, module: str, target: Target) -> _Names:
    package = stub.name == "__init__.pyi"
    code = scan(stub.read_text(encoding="utf-8"), module, is_package=package, target=target)
    if not isinstance(code, Code):
        return _Names(frozenset(), frozenset())
    own = frozenset(name for name in code.names - code.imported.keys() if not name.startswith("_"))
    return _Names(code.names, own)


def _ask_again(pythons: Sequence[str], asked: Sequence[dict[str, Any]]) -> None:
    """Names that a module's ``__getattr__`` makes up are not listed; so those of other versions are asked for."""
    modules = {module for each in asked for module in each["modules"]}
    masks = {
        module: sum((module in each["modules"]) << bit for bit, each in enumerate(asked))
        for module in modules
    }
    different = {module: sorted(_different(asked, module, mask)) for module, mask in masks.items()}
    wanted = json.dumps({module: names for module, names in different.items() if names})
    for answer in (_ask(python, _ASK_AGAIN, wanted) for python in pythons):
        each = next(each for each in asked if each["version"] == answer["version"])
        for module, names in answer["found"].items():
            if each["modules"].get(module) is not None:
                each["modules"][module] = sorted({*each["modules"][module], *names})


def _different(asked: Sequence[dict[str, Any]], module: str, mask: int) -> dict[str, int]:
    """The names of a module that some of the versions which have it lack."""
    listed = [each["modules"].get(module, []) for each in asked]
    unknown = sum(1 << bit for bit, names in enumerate(listed) if names is None)
    found: dict[str, int] = {}
    for bit, names in enumerate(listed):
        for name in names or ():
            found[name] = found.get(name, unknown) | 1 << bit
    submodules = {name for name in found if any(f"{module}.{name}" in each["modules"] for each in asked)}
    return {name: bits for name, bits in found.items() if bits != mask and name not in submodules}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
