"""A call that the function called does not take."""

from __future__ import annotations

import re
from dataclasses import replace

from numlock.diagnose.scene import Scene
from numlock.model import Call, Cause, Diagnosis, Symbol

RULE = "signature"
_KEYWORD = re.compile(
    r"(?P<function>[\w.<>]+)\(\) got (?:an unexpected keyword argument|multiple values for argument) "
    r"'(?P<key>\w+)'"
)
_COUNT = re.compile(
    r"(?P<function>[\w.<>]+)\(\) (?:takes (?:from )?(?:\d+|no|exactly|at most|at least)|missing \d+ required)"
)
_GIVEN = re.compile(
    r"\(\) takes .{1,80}? but (\d{1,3}) (?:positional arguments? .{1,80}? )?(?:was|were) given"
)
_BUILTIN = re.compile(r"'(?P<key>\w+)' is an invalid keyword argument for (?P<function>[\w.]+)\(?\)?")
_CALLED = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*)\s*\(")


def signature(scene: Scene) -> Diagnosis | None:
    """``f() got an unexpected keyword argument 'k'``, ``f() takes 1 positional argument but 4 were given``."""
    if scene.name != "TypeError":
        return None
    found = _KEYWORD.search(scene.message) or _BUILTIN.search(scene.message)
    parameter = found["key"] if found else None
    found = found or _COUNT.search(scene.message)
    if not found:
        return None
    function = found["function"]
    module = _module(scene, function)
    culprit = scene.provider(module) if module else None
    symbol = Symbol(module or "", function, parameter)
    summary = f"{scene.first_line().removeprefix('TypeError: ')}"
    said = scene.diagnosis(RULE, Cause.SIGNATURE, summary, culprit=culprit, frame=scene.last, symbol=symbol)
    given = _GIVEN.search(scene.message)
    return replace(said, call=Call(int(given[1]), open=True)) if given else said


def _module(scene: Scene, function: str) -> str | None:
    """The module in front of the call, where the code line spells it as a pinned package: ``yaml.load(...)``."""
    code = scene.last.code if scene.last and scene.last.code else ""
    last = function.rpartition(".")[2]
    for called in _CALLED.findall(code):
        top, _, rest = called.partition(".")
        if rest and (rest.rpartition(".")[2] == last or last == "__init__") and scene.owners.providers(top):
            return str(called.rpartition(".")[0])
    return None
