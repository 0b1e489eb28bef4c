"""The question that a crash asks of one release: does it offer what was missing?"""

from __future__ import annotations

from numlock.facts import Modules
from numlock.model import Call, Cause, Diagnosis, Symbol


def offered(diagnosis: Diagnosis, modules: Modules, symbol: Symbol, *, plain: bool) -> bool | None:
    """Whether a release has what was missing; None where its source does not tell.

    ``plain``: names that a module may make up when it runs are left out of account.
    """
    name = symbol.name
    if diagnosis.cause is Cause.SIGNATURE:
        return _takes(modules, symbol, diagnosis.call)
    if name is not None and "." in name:
        kind, _, member = name.partition(".")
        return modules.member(symbol.module, kind, member, plain=plain)
    attribute = diagnosis.cause is Cause.MISSING_ATTRIBUTE
    return modules.offers(symbol.module, name, attribute=attribute, plain=plain)


def _takes(modules: Modules, symbol: Symbol, call: Call | None) -> bool | None:
    """Whether a function takes the parameter, or the number of arguments, that it was handed."""
    shape = modules.shape(symbol.module, symbol.name) if symbol.name else None
    if shape is None and symbol.name:
        # Where its module is another one, so may be the place of the function.
        kept = modules.has(symbol.module)
        gone = kept and modules.offers(symbol.module, symbol.name.partition(".")[0]) is False
        return False if gone else None
    if shape is None or (symbol.parameter is None and call is None):
        return None
    if symbol.parameter is None:
        return call is not None and shape.takes(call)
    return shape.keywords is None or symbol.parameter in shape.keywords
