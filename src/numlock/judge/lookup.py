"""What a name that code asks for is found to be in an environment, or what is missing of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from packaging.utils import NormalizedName

from numlock.judge.interface import Environment, Surface, Told
from numlock.model import Call, Code, ConflictKind, Key, Symbol, Unread, Use

_Asked = tuple[Key | None, str, bool, Call | None]  # who uses which name, as a module or not, how called


class Missing(NamedTuple):
    """What a use does not find, or (``why``) what it is refused."""

    kind: ConflictKind
    symbol: Symbol
    provider: Key | None
    why: str = ""


class Lookup:
    """Questions of packages to each other, one of which is ``concerned``."""

    def __init__(self, environment: Environment, concerned: frozenset[NormalizedName], told: Told) -> None:
        self._environment = environment
        self._concerned = concerned
        self._told = told

    def owner(self, module: str) -> Surface | None:
        """The one package that installs a module."""
        owners = self._environment.owners(module)
        return self._environment.surface(owners[0]) if len(owners) == 1 else None

    def ask(self, questions: Sequence[tuple[Surface | None, Use]]) -> list[Missing | None]:
        """What each use does not find. Code that several of them need is read in one go, in few rounds."""
        keys = [(user.key if user else None, use.name, use.module, use.call) for user, use in questions]
        pending = dict(zip(keys, questions, strict=True))
        answers: dict[_Asked, Missing | None] = {}
        while pending:
            with self._environment.gathering():
                for key, question in pending.items():
                    with suppress(Unread):
                        answers[key] = self._missing(*question)
            pending = {key: question for key, question in pending.items() if key not in answers}
        return [answers[key] for key in keys]

    def _missing(self, user: Surface | None, use: Use) -> Missing | None:
        """What a use does not find; None where it does, or where that cannot be told."""
        owners = self._environment.owners(use.name)
        if not owners:
            return self._missing_in_python(user, use) if user else None
        surface = self.owner(use.name)
        if surface is None or (user and surface.key.name == user.key.name):
            return None
        if not {surface.key.name, user.key.name if user else None} & self._concerned:
            return None
        module = _module_of(surface, use.name)
        if module is None or module == use.name or (not use.module and _is_shadowed(surface, module)):
            return None
        name, *inside = use.name[len(module) + 1 :].split(".")
        if "()" in use.name:
            return self._memberless(surface, module, name.removesuffix("()"), inside)
        if use.module:
            gone = surface.offers(f"{module}.{name}", None) is False
            return Missing(ConflictKind.MODULE, Symbol(f"{module}.{name}"), surface.key) if gone else None
        if surface.offers(module, name) is False or f"{module}.{name}" in self._told.gone:
            return Missing(ConflictKind.NAME, Symbol(module, name), surface.key)
        if use.call is not None and (refusal := self._told.refused.get(use.name)):
            return Missing(ConflictKind.ADVISORY, Symbol(module, name), surface.key, str(refusal))
        return self._memberless(surface, module, name, inside) or self._misfit(surface, module, name, use)

    def _memberless(self, surface: Surface, module: str, kind: str, inside: Sequence[str]) -> Missing | None:
        """A member that a class does not have."""
        if not inside or inside[0].startswith("__") or "()" in inside[0]:
            return None
        if surface.member(module, kind, inside[0]) is not False:
            return None
        return Missing(ConflictKind.NAME, Symbol(module, f"{kind}.{inside[0]}"), surface.key)

    def _misfit(self, surface: Surface, module: str, name: str, use: Use) -> Missing | None:
        """A call that the function called does not take."""
        if use.call is None or use.name != f"{module}.{name}" or surface.has(use.name):
            return None
        shape = surface.shape(module, name)
        if shape is None or shape.wrapped or shape.takes(use.call):
            return None
        wrong = [
            each for each in use.call.keywords if shape.keywords is not None and each not in shape.keywords
        ]
        parameter = wrong[0] if wrong else None
        return Missing(ConflictKind.SIGNATURE, Symbol(module, name, parameter), surface.key)

    def _missing_in_python(self, user: Surface, use: Use) -> Missing | None:
        if user.key.name not in self._concerned:
            return None
        parts = use.name.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            offered = self._environment.stdlib_offers(module, None)
            if offered is not True:
                break
        else:
            return None
        if count == 1:
            gone = self._environment.stdlib_offers(parts[0], None) is False
            return Missing(ConflictKind.PYTHON, Symbol(parts[0]), None) if gone else None
        inside, name = ".".join(parts[: count - 1]), parts[count - 1]
        if use.module or self._environment.stdlib_offers(inside, name) is not False:
            gone = use.module and self._environment.stdlib_offers(f"{inside}.{name}", None) is False
            return Missing(ConflictKind.PYTHON, Symbol(f"{inside}.{name}"), None) if gone else None
        return Missing(ConflictKind.PYTHON, Symbol(inside, name), None)


def _is_shadowed(surface: Surface, module: str) -> bool:
    """Whether a package binds the name of its submodule, or of one around it, to something else."""
    parent, _, child = module.rpartition(".")
    if not parent:
        return False
    code = surface.code([parent])[parent]
    bound = isinstance(code, Code) and _binds(code, child, module)
    return bound or _is_shadowed(surface, parent)


def _binds(code: Code, child: str, module: str) -> bool:
    """Whether a package's own code binds the name of a submodule; what its ``__getattr__`` makes of it is that."""
    if child not in code.names or code.imported.get(child) == module:
        return False
    written = child in code.imported or child in code.shapes or child in code.classes
    return written or "__getattr__" not in code.names


def _module_of(surface: Surface, dotted: str) -> str | None:
    """The longest prefix of a dotted name that is a module of the release."""
    module = dotted
    while module and not surface.has(module):
        module = module.rpartition(".")[0]
    return module or None
