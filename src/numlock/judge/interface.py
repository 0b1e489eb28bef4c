"""What judging code against code needs to be handed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import (
    Advisory,
    Asked,
    Check,
    Code,
    ConflictKind,
    Demands,
    InPackage,
    Interface,
    Key,
    Library,
    Links,
    Passed,
    Shape,
    Symbol,
    Unparsed,
    Wants,
)

Resolved = tuple[tuple[Key, Check], ...]  # a conjunction


class Break(NamedTuple):
    """``user`` (None: the project) asks for ``symbol`` in ``member`` at ``line``; ``provider`` (None: Python) lacks it.

    ``soft``: in a function, or on a way that is not certainly taken. ``refused``: comparisons of the provider's version
    under all of which the user raises. ``wants``: what a compiled user wants of the provider, ``why`` in words.
    """

    kind: ConflictKind
    user: Key | None
    member: str
    line: int
    symbol: Symbol
    provider: Key | None
    soft: bool = False
    refused: tuple[Check, ...] = ()
    wants: Wants | Library | None = None
    why: str = ""


class Told(NamedTuple):
    """What is known of an environment besides the code of its releases.

    ``patched``: names of others that the project writes. ``brought``: packages that an installer adds, since a release
    requires them; what a newer Python has may come from there. ``gone``: dotted names that a log saw missing.
    ``refused``: dotted names whose callers the pinned releases raise for, with the advisory that says so.
    """

    patched: frozenset[str] = frozenset()
    brought: frozenset[NormalizedName] = frozenset()
    gone: frozenset[str] = frozenset()
    refused: Mapping[str, Advisory] = {}


NOTHING_TOLD = Told()


class Surface(Protocol):
    """The code of one release."""

    key: Key

    def has(self, module: str) -> bool:
        """Whether the release installs a module of this name."""

    def path(self, module: str) -> str | None:
        """Where the source of a module stands."""

    def code(self, modules: Iterable[str]) -> Mapping[str, Code | Unparsed | None]:
        """What modules offer and use; None where there is no source."""

    def offers(self, module: str, name: str | None) -> bool | None:
        """Whether a module, or a name in it, is there; None where that cannot be told."""

    def shape(self, module: str, name: str) -> Shape | None:
        """The parameters of a function or a class; None where they are not certain."""

    def member(self, module: str, kind: str, name: str) -> bool | None:
        """Whether a class has a member, of its own or from its bases; None where that cannot be told."""


class Environment(Protocol):
    """The code of everything that one set of versions installs."""

    versions: Mapping[NormalizedName, Version]

    def owners(self, module: str) -> tuple[NormalizedName, ...]:
        """The packages that install a module or, failing that, into its top-level package."""

    def surface(self, name: NormalizedName) -> Surface | None:
        """The code of a package; None where it cannot be read."""

    def tops(self, names: frozenset[NormalizedName]) -> frozenset[str]:
        """The top-level names that one of these packages installs, perhaps with others; and ``distribution:NAME``."""

    def passed(self, places: Iterable[InPackage]) -> dict[InPackage, Passed]:
        """What an earlier walk saw of modules, as far as that is known to hold here."""

    def sound(self, name: NormalizedName, module: str) -> frozenset[str]:
        """The top-level names of which a module is known to find all that it asks for here."""

    def keep(self, name: NormalizedName, module: str, passed: Passed) -> None:
        """Remember what a walk saw of a module: it holds while all that it asks for, and rests on, is the same."""

    def demands(self, places: Iterable[InPackage]) -> dict[InPackage, Demands]:
        """Where modules lead, by their source; without those of which their code has to be asked."""

    def asked(self, wanted: Iterable[tuple[NormalizedName, str]]) -> dict[tuple[NormalizedName, str], Asked]:
        """What the modules of a package ask of a top-level name, by both."""

    def prefetch(self, wanted: Iterable[tuple[NormalizedName, str]]) -> None:
        """Modules that are about to be asked for: read in one go."""

    def gathering(self) -> AbstractContextManager[None]:
        """Inside, questions that need unread code raise Unread; all of that is read in one go at the end."""

    def links(
        self, wanted: Mapping[NormalizedName, Iterable[str]]
    ) -> Mapping[NormalizedName, tuple[Links, ...]]:
        """What compiled modules of packages ask of other binaries, as far as that can be read."""

    def interfaces(self) -> tuple[Interface, ...]:
        """The C interfaces of the packages that are here, as far as they are known."""

    def stdlib_offers(self, module: str, name: str | None) -> bool | None:
        """Whether the target's standard library has a module, or a name in it; None: not certain, or not its own."""

    def rests_on(self, check: Check) -> frozenset[str]:
        """The top-level names whose files decide what :meth:`resolve` says, or ``distribution:NAME``."""

    def resolve(self, check: Check) -> Resolved | None:
        """The releases whose versions a check compares, each with the comparison; None where that cannot be told."""
