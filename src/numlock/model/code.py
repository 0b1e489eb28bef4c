"""What the source of a module says: the names that it offers, the names of other modules that it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Call(NamedTuple):
    """How something is called. ``open``: stars hide how many arguments, or which keywords, there are."""

    positional: int
    keywords: tuple[str, ...] = ()
    open: bool = False


class Use(NamedTuple):
    """A dotted name of another module, as one line of source asks for it.

    ``module``: an import statement names it as a module. ``at_import``: reached when the module is imported.
    ``guarded``: the code is ready for it to be missing. ``sure``: no condition that the target leaves open stands
    around it. ``rescues``: first and last line of the ``try`` body whose failure this is reached after.
    """

    name: str
    line: int
    at_import: bool = True
    guarded: bool = False
    sure: bool = True
    module: bool = False
    rescues: tuple[int, int] | None = None
    call: Call | None = None

    @property
    def certain(self) -> bool:
        """Whether importing the module is bound to die where the name is missing."""
        return self.at_import and self.sure and not self.guarded and self.rescues is None


class Shape(NamedTuple):
    """The parameters of a function, without ``self``: ``positional`` ones, how many of those must be given.

    ``keywords``: what may be given by name (None: anything). ``most``: how many positional ones there may be (None:
    any number).
    """

    needed: int
    most: int | None
    keywords: frozenset[str] | None

    def takes(self, call: Call) -> bool:
        """Whether a call fits; one that stars hide fits always."""
        if self.keywords is not None and any(each not in self.keywords for each in call.keywords):
            return False
        if self.most is not None and call.positional > self.most:
            return False
        return call.open or call.positional + len(call.keywords) >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCode:
    """A class: its bases as dotted names (None: one that cannot be named), its members as far as source shows them."""

    bases: tuple[str | None, ...]
    members: frozenset[str]
    dynamic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a module offers and uses.

    ``names`` are bound at its top level on the target; ``stars`` are the modules whose names it takes over;
    ``dynamic``: it may have names that its source does not show. ``shapes`` by name, methods as ``Class.method``.
    ``imported``: where names come from that an import binds. ``exports``: what ``__all__`` lists, ``*MODULE`` for
    what another module's lists; None: there is none, or it cannot be told.
    """

    names: frozenset[str]
    stars: tuple[str, ...] = ()
    dynamic: bool = False
    uses: tuple[Use, ...] = ()
    classes: Mapping[str, ClassCode] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    exports: tuple[str, ...] | None = None
    hooks: bool = False


class Unparsed(NamedTuple):
    """Source that the target's Python cannot parse, with the parser's reason."""

    why: str
    line: int | None
