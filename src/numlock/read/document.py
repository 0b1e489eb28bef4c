"""What a file of pins says, in whichever form people keep pins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Range, Target, Unpinned, Where
from numlock.read.files import Raw


class Form(Enum):
    """The forms in which people keep pins, by the words that reports use for them."""

    REQUIREMENTS = "requirements file"
    PYPROJECT = "pyproject.toml"
    ENVIRONMENT = "environment.yml"
    PYLOCK = "pylock.toml"
    UV = "uv.lock"
    POETRY = "poetry.lock"
    PDM = "pdm.lock"
    PIPFILE = "Pipfile.lock"


# Lock files hold a digest of, or a graph over, everything in them: only their own tools write them.
_WRITERS = {
    Form.UV: "uv lock --upgrade-package NAME==VERSION",
    Form.POETRY: "set the version in pyproject.toml and run poetry lock",
    Form.PDM: "pdm update --unconstrained NAME==VERSION",
    Form.PIPFILE: "pipenv upgrade NAME==VERSION",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file of pins says, with all that it includes: one environment.

    ``constraints`` come from ``-c`` files and install nothing; ``limits`` are the ranges there. ``invalid``: why lines
    are no requirements, or include what cannot be had. ``options`` are (name, value) pairs in file order. ``python`` is
    the version that the file names for itself (the header of pip-compile or uv, conda's python). ``files`` are the file
    itself and all that it includes, as they were read. ``compiled``: a tool made some of them, from ``sources``, as far
    as these are there.
    """

    where: Where
    entries: tuple[Pin | Opaque, ...]
    constraints: tuple[Pin, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    python: tuple[int, int] | None = None
    unpinned: tuple[Unpinned, ...] = ()
    limits: tuple[Unpinned, ...] = ()
    invalid: tuple[BadInput, ...] = ()
    form: Form = Form.REQUIREMENTS
    files: tuple[Raw, ...] = ()
    compiled: bool = False
    sources: tuple[Document, ...] = ()

    @property
    def read_only(self) -> str | None:
        """Why numlock does not write this form, with what does; None where it does."""
        writer = _WRITERS.get(self.form)
        return f"{self.form.value} is only read: {writer}" if writer else None

    def ranges(self, target: Target) -> tuple[Range, ...]:
        """What unpinned lines and constraints, of its sources too, allow a package to be on a target."""
        lines = (line for each in (self, *self.sources) for line in (*each.unpinned, *each.limits))
        found = [Range(requirement=Requirement(line.text), where=line.where) for line in lines]
        return tuple(each for each in found if each.requirement.specifier and each.holds(target))

    def beside(self, target: Target) -> frozenset[NormalizedName]:
        """The packages that lines without an exact version install on a target."""
        lines = (Range(requirement=Requirement(line.text), where=line.where) for line in self.unpinned)
        return frozenset(canonicalize_name(each.requirement.name) for each in lines if each.holds(target))

    @property
    def more(self) -> bool:
        """Whether lines install what they do not tell: from a place, or from a file that is not there."""
        return bool(self.invalid) or any(isinstance(entry, Opaque) for entry in self.entries)


def exact(document: Document) -> Document:
    """The same document. Raises BadInput with the place of the first line that is no pin, or where there is none."""
    for error in document.invalid:
        raise error
    for line in document.unpinned:
        raise not_exact(line)
    if not any(isinstance(entry, Pin) for entry in document.entries):
        where = str(document.where)
        raise BadInput("pins-none", "holds no pin", where=where, hint="run pip freeze or pip-compile first")
    return document


def not_exact(line: Unpinned) -> BadInput:
    """The error of a line without a version, where every line must have one."""
    message, hint = f"{line.text[:100]!r} has no ==", "run pip-compile first"
    return BadInput("pins-not-exact", message, where=str(line.where), hint=hint)
