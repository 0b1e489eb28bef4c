"""What the source of a module says: the names that it offers, the names of other modules that it uses."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version


class Call(NamedTuple):
    """How something is called. ``open``: stars hide how many arguments, or which keywords, there are."""

    positional: int
    keywords: tuple[str, ...] = ()
    open: bool = False


class Form(Enum):
    """How a version is compared: as text, as packaging orders versions, or as a tuple of numbers.

    ``ELSEWHERE``: as the module says that the subject stands in.
    """

    TEXT = "text"
    WHOLE = "version"
    NUMBERS = "numbers"
    ELSEWHERE = "elsewhere"


_OPPOSITE = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "is": "is not",
    "is not": "is",
    "startswith": "not startswith",
    "not startswith": "startswith",
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "startswith": str.startswith,
    "not startswith": lambda text, prefix: not text.startswith(prefix),
}


class Check(NamedTuple):
    """A comparison of another distribution's version with a literal.

    ``subject`` is the dotted name of the version (``numpy.__version__``, ``distribution:numpy``) or, with the operator
    ``is``, of a name that another module binds to checks. ``numbers``: how many of them are compared (0: all).
    ``version`` may be ``@`` and the dotted name of a constant of another module.
    """

    subject: str
    form: Form
    numbers: int
    operator: str
    version: str

    def __str__(self) -> str:
        return f"{self.subject} {self.operator} {self.version}".strip()

    def row(self) -> list[Any]:
        """As JSON values."""
        return [self.subject, self.form.value, self.numbers, self.operator, self.version]

    @classmethod
    def of(cls, row: Sequence[Any]) -> Check:
        """The inverse of :meth:`row`."""
        subject, form, numbers, comparison, version = row
        return cls(subject, Form(form), numbers, comparison, version)

    def negated(self) -> Check:
        """The opposite comparison."""
        return self._replace(operator=_OPPOSITE[self.operator])

    def holds(self, version: Version) -> bool | None:
        """Whether a version fulfils this; None where another module has the answer."""
        compare = _COMPARE.get(self.operator)
        if compare is None or self.form is Form.ELSEWHERE:
            return None
        if self.form is Form.TEXT:
            return compare(version.public, self.version)
        if self.form is Form.WHOLE:
            return compare(version, Version(self.version))
        release = version.release[: self.numbers] if self.numbers else version.release
        return compare(release, tuple(map(int, self.version.split("."))))


class Guard(NamedTuple):
    """A module raises at ``line`` where all these checks hold; ``at_import``: when it is imported."""

    line: int
    when: tuple[Check, ...]
    at_import: bool


class Use(NamedTuple):
    """A dotted name of another module, as one line of source asks for it; ``C().x``: of what a call of ``C`` made.

    ``module``: an import statement names it as a module. ``at_import``: reached when the module is imported.
    ``guarded``: the code is ready for it to be missing. ``sure``: no condition that the target leaves open stands
    around it. ``rescues``: first and last line of the ``try`` body whose failure this is reached after. ``when``: the
    checks of other versions that it is reached under.
    """

    name: str
    line: int
    at_import: bool = True
    guarded: bool = False
    sure: bool = True
    module: bool = False
    rescues: tuple[int, int] | None = None
    call: Call | None = None
    when: tuple[Check, ...] = ()

    @property
    def top(self) -> str:
        """The top-level name that it begins with."""
        return self.name.split(".", 1)[0]

    @property
    def certain(self) -> bool:
        """Whether importing the module is bound to die where the name is missing, if ``when`` holds."""
        return self.at_import and self.sure and not self.guarded and self.rescues is None


_AT_IMPORT, _GUARDED, _SURE, _MODULE = 1, 2, 4, 8
_FLAGS = tuple((bool(bits & 1), bool(bits & 2), bool(bits & 4), bool(bits & 8)) for bits in range(16))


@dataclass(frozen=True, slots=True)
class Uses:
    """What a module uses, in the order of its lines. Each is unpacked when it is asked for, since of most little is.

    ``rows`` are JSON values: name, line, flags; as far as they are needed ``rescues``, ``call`` and ``when``.
    """

    rows: Sequence[list[Any]]

    @classmethod
    def of(cls, uses: Iterable[Use]) -> Uses:
        """These uses, packed."""
        return cls([_pack(use) for use in uses])

    def __iter__(self) -> Iterator[Use]:
        return map(_unpack, self.rows)

    def __getitem__(self, place: int) -> Use:
        return _unpack(self.rows[place])

    def asks(self) -> frozenset[str]:
        """The top-level names of what is used for sure."""
        names = {row[0] for row in self.rows if row[2] & _SURE}
        return frozenset({name.split(".", 1)[0] for name in names})

    def about(self, tops: frozenset[str]) -> Iterator[Use]:
        """What is used for sure of these top-level names."""
        for row in self.rows:
            if row[2] & _SURE and row[0].split(".", 1)[0] in tops:
                yield _unpack(row)

    def certain(self) -> Iterator[tuple[str, tuple[Check, ...]]]:
        """Names without which importing the module is bound to die, where these checks hold.

        Lines that need what an import that may fail brings are not reached where it does.
        """
        tried = {row[0] for row in self.rows if row[2] & (_AT_IMPORT | _GUARDED) == _AT_IMPORT | _GUARDED}
        certain = [
            row
            for row in self.rows
            if row[2] & (_AT_IMPORT | _GUARDED | _SURE) == _AT_IMPORT | _SURE
            and not (len(row) > 3 and row[3])
        ]
        tried -= {row[0] for row in certain if row[2] & _MODULE}  # it is imported without a trial, too
        for row in certain:
            if not tried or tried.isdisjoint(_prefixes(row[0])):
                yield row[0], _when(row)

    def checks(self) -> frozenset[Check]:
        """The comparisons of other versions that any of them hangs on."""
        return frozenset(check for row in self.rows for check in _when(row))


def _prefixes(name: str) -> Iterator[str]:
    """A dotted name, and each that it begins with."""
    parts = name.replace("()", "").split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _pack(use: Use) -> list[Any]:
    flags = use.at_import * _AT_IMPORT | use.guarded * _GUARDED | use.sure * _SURE | use.module * _MODULE
    row: list[Any] = [use.name, use.line, flags]
    if use.rescues or use.call or use.when:
        row.append(list(use.rescues) if use.rescues else 0)
    if use.call or use.when:
        row.append([use.call.positional, list(use.call.keywords), int(use.call.open)] if use.call else 0)
    if use.when:
        row.append([check.row() for check in use.when])
    return row


def _unpack(row: list[Any]) -> Use:
    if len(row) == 3:  # most of them
        return Use(row[0], row[1], *_FLAGS[row[2]])
    name, line, flags, rescues, *more = row
    call = Call(more[0][0], tuple(more[0][1]), bool(more[0][2])) if more and more[0] else None
    return Use._make((name, line, *_FLAGS[flags], tuple(rescues) if rescues else None, call, _when(row)))


def _when(row: list[Any]) -> tuple[Check, ...]:
    return tuple(map(Check.of, row[5])) if len(row) > 5 else ()


class Shape(NamedTuple):
    """The parameters of a function, without ``self``: ``positional`` ones, how many of those must be given.

    ``keywords``: what may be given by name (None: anything). ``most``: how many positional ones there may be (None:
    any number). ``wrapped``: the decorators that may take something else, by their last names.
    """

    needed: int
    most: int | None
    keywords: frozenset[str] | None
    wrapped: tuple[str, ...] = ()

    def takes(self, call: Call) -> bool:
        """Whether a call fits; one that stars hide fits always."""
        if self.keywords is not None and any(each not in self.keywords for each in call.keywords):
            return False
        if self.most is not None and call.positional > self.most:
            return False
        return call.open or call.positional + len(call.keywords) >= self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCode:
    """A class: its bases as dotted names (None: one that cannot be named), its members as far as source shows them.

    Of members whose names are computed ``*`` stands for what is not spelled out. ``dynamic``: it may be another class.
    """

    bases: tuple[str | None, ...]
    members: frozenset[str]
    dynamic: bool = False

    def may_have(self, name: str) -> bool:
        """Whether a member of this name may be among the computed ones."""
        return any("*" in member and fnmatchcase(name, member) for member in self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a module offers and uses.

    ``names`` are bound at its top level on the target; ``removed`` are those that its ``__getattr__`` knows and raises
    for; ``stars`` are the modules whose names it takes over; ``dynamic``: it may have names that its source does not
    show. ``shapes`` by name, methods as ``Class.method``.
    ``imported``: where names come from that an import binds. ``exports``: what ``__all__`` lists, ``*MODULE`` for
    what another module's lists; None: there is none, or it cannot be told. ``hooks``: the modules that it puts
    into the import system, ``X*`` for any whose name begins like that.
    ``guards``: where it refuses versions of others. ``versions`` and ``checks``: names that stand for another
    distribution's version (subject, form, numbers), or for comparisons of such. ``patches``: names of
    other modules that it writes, ``X.*`` where it gives X names that it computes, and as ``.NAME`` the attributes that
    it gives to any object but its own ``self``.
    """

    names: frozenset[str]
    removed: frozenset[str] = frozenset()
    stars: tuple[str, ...] = ()
    dynamic: bool = False
    uses: Uses = field(default_factory=lambda: Uses([]))
    classes: Mapping[str, ClassCode] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    exports: tuple[str, ...] | None = None
    hooks: frozenset[str] = frozenset()
    guards: tuple[Guard, ...] = ()
    versions: Mapping[str, tuple[str, Form, int]] = field(default_factory=dict)
    checks: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
    patches: frozenset[str] = frozenset()


class Unparsed(NamedTuple):
    """Source that the target's Python cannot parse, with the parser's reason."""

    why: str
    line: int | None


InPackage = tuple[NormalizedName, str]  # a package, and a module of it


class Demands(NamedTuple):
    """Where a module leads, as its source says whatever is around it.

    ``certain``: the dotted names without which importing it is bound to die. ``asks``: the top-level names that it
    uses. ``patches`` as of :class:`Code`.
    """

    certain: tuple[str, ...]
    asks: frozenset[str]
    patches: frozenset[str]


class Asked(NamedTuple):
    """What modules ask of one top-level name: each question once (a use of no line), and by module their numbers."""

    questions: Uses
    modules: Mapping[str, Sequence[int]]


class Passed(NamedTuple):
    """What a walk saw of a module that it passed through.

    ``follows``: the modules that importing it imports for certain. ``asks``: the top-level names that it uses, and
    ``sound`` those of them of which it finds all that it asks for. ``patches`` as of :class:`Code`. ``is_source``: it
    is no compiled module, of which nothing else is known.
    """

    follows: frozenset[InPackage] = frozenset()
    asks: frozenset[str] = frozenset()
    sound: frozenset[str] = frozenset()
    patches: frozenset[str] = frozenset()
    is_source: bool = True
