"""The question that a crash, or a known break, asks of one release: does it offer what was missing?"""

from __future__ import annotations

from numlock.facts import Modules
from numlock.model import Call, Cause, Diagnosis, Symbol


def offered(
    diagnosis: Diagnosis,
    modules: Modules,
    symbol: Symbol,
    *,
    plain: bool,
    through: frozenset[str] = frozenset(),
) -> bool | None:
    """Whether a release has what was missing; None where its source does not tell.

    ``plain``: names that a module may make up when it runs are left out of account. ``through``: decorators that are
    known to hand over what they are called with.
    """
    if diagnosis.cause is Cause.SIGNATURE:
        return _takes(modules, symbol, diagnosis.call, through)
    return has(modules, symbol, attribute=diagnosis.cause is Cause.MISSING_ATTRIBUTE, plain=plain)


def has(modules: Modules, symbol: Symbol, *, attribute: bool = False, plain: bool = False) -> bool | None:
    """Whether a release has a module, a name of one or a member of a class; None where its source does not tell."""
    kind, dot, member = (symbol.name or "").partition(".")
    if dot:
        return modules.member(symbol.module, kind, member, plain=plain)
    return modules.offers(symbol.module, symbol.name, attribute=attribute, plain=plain)


def decorators(modules: Modules, symbol: Symbol) -> frozenset[str]:
    """The decorators of a function that did not take a call: the exception is of what they stand around."""
    shape = modules.shape(symbol.module, symbol.name) if symbol.name else None
    return frozenset(filter(None, shape.wrapped)) if shape else frozenset()


def _takes(modules: Modules, symbol: Symbol, call: Call | None, through: frozenset[str]) -> bool | None:
    """Whether a function takes the parameter, or the number of arguments, that it was handed."""
    shape = modules.shape(symbol.module, symbol.name) if symbol.name else None
    if shape is None and symbol.name:
        # Where its module is another one, so may be the place of the function.
        kept = modules.has(symbol.module)
        gone = kept and modules.offers(symbol.module, symbol.name.partition(".")[0]) is False
        return False if gone else None
    if shape is None or not through.issuperset(shape.wrapped) or (symbol.parameter is None and call is None):
        return None
    if symbol.parameter is None:
        return call is not None and shape.takes(call)
    return shape.keywords is None or symbol.parameter in shape.keywords
