"""Make the standard library's data: ``python -m bench.stdlib PYTHON...`` asks interpreters what their modules hold.

Writes ``src/numlock/facts/stdlib.json.gz``. Give one CPython of each version, 3.6 and newer, on Linux. Kept are only
differences: for each module the versions that have it, for each name of it that some of those lack, the versions
that have it. What a build could not import counts as there.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    asked = [_ask(python) for python in pythons]
    asked.sort(key=lambda each: each["version"])
    modules: dict[str, int] = {}
    here = {module for each in asked for module in each["modules"]}
    for bit, each in enumerate(asked):
        # Other systems' modules are only listed from 3.10 on; before, they were what the first list says.
        elsewhere = each["more"] or {*next(other["more"] for other in asked if other["more"])} - here
        for module in {*each["modules"], *elsewhere}:
            modules[module] = modules.get(module, 0) | 1 << bit
    _ask_again(pythons, asked, modules)
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


def _ask_again(pythons: Sequence[str], asked: Sequence[dict[str, Any]], modules: dict[str, int]) -> None:
    """Names that a module's ``__getattr__`` makes up are not listed; so those of other versions are asked for."""
    different = {module: sorted(_different(asked, module, mask)) for module, mask in modules.items()}
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
