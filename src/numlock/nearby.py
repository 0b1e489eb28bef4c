"""Where something is defined that a message names without its module."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.facts import Facts, Modules
from numlock.model import Code, Key, Unknown

_LETTERS = 4  # of a module's name, at the least
_MODULES = 30  # of a package, that are looked into
_ALL_MODULES = 600  # of all packages together
_TESTS = {"test", "tests", "testing", "conftest"}


def defined_nearby(
    name: str, facts: Facts, pinned: Mapping[NormalizedName, Version]
) -> tuple[NormalizedName, str] | None:
    """The one pinned package that defines a class in a module named like it: ``CIFAR10`` in ``datasets.cifar``."""
    found = facts.modules(Key(*each) for each in pinned.items()).values()
    wanted = [(each, _near(name.lower(), each)) for each in found if not isinstance(each, Unknown)]
    facts.read_codes(wanted)
    places = [
        (modules.key.name, module)
        for modules, near in wanted
        for module, code in modules.code(near).items()
        if isinstance(code, Code) and name in code.classes
    ]
    return places[0] if len({package for package, _ in places}) == 1 else None


def defines(name: str, facts: Facts, pinned: Mapping[NormalizedName, Version]) -> bool | None:
    """Whether a pinned package defines a class, a function or a method of a name.

    None where one of them cannot be read, or where that would be too much to read.
    """
    last = name.rpartition(".")[2]
    found = facts.modules(Key(*each) for each in pinned.items()).values()
    known = [(each, each.all()) for each in found if not isinstance(each, Unknown)]
    if len(known) < len(found) or sum(len(modules) for _, modules in known) > _ALL_MODULES:
        return None
    facts.read_codes(known)
    for surface, modules in known:
        for code in surface.code(modules).values():
            if isinstance(code, Code) and (
                last in code.classes
                or any(each.rpartition(".")[2] == last for each in code.shapes)
                or any(last in each.members for each in code.classes.values())
            ):
                return True
    return False


def _near(lowered: str, modules: Modules) -> list[str]:
    """The modules whose names are part of a name, or hold it."""
    stems = ((module, module.rpartition(".")[2].strip("_").lower()) for module in modules.all())
    near = (
        module
        for module, stem in stems
        if len(stem) >= _LETTERS
        and (stem in lowered or lowered in stem)
        and not _TESTS & {*module.split(".")}
    )
    return sorted(near, key=len)[:_MODULES]
