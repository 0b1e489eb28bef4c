"""Where a module raises because of another release's version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from numlock.judge.interface import Environment
from numlock.model import Check, Code, Key


class Refusal(NamedTuple):
    """At ``line`` a module raises when it is imported, where a release's version fulfils all these checks."""

    line: int
    provider: Key
    checks: tuple[Check, ...]

    @property
    def hits(self) -> bool:
        """Whether the release that is here is refused."""
        return all(check.holds(self.provider.version) for check in self.checks)


def refusals(code: Code, environment: Environment) -> Iterator[Refusal]:
    """The refusals of a module that are about one release each, whether that is refused or not."""
    for guard in code.guards:
        if not guard.at_import:
            continue
        resolved = [environment.resolve(check) for check in guard.when]
        pairs = [pair for each in resolved if each for pair in each]
        if all(resolved) and len({key for key, _ in pairs}) == 1:
            yield Refusal(guard.line, pairs[0][0], tuple(check for _, check in pairs))
