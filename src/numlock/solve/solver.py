"""From a problem to the cheapest plan, or to the smallest core of conflicts that leaves none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.model import Change, Conflict, NoPlan, Plan
from numlock.solve.encode import Ladders
from numlock.solve.problem import OBJECTIVE, Choice, Problem, choices, worthwhile


def solve(problem: Problem) -> Plan | NoPlan:
    """The plan of lowest cost by :data:`OBJECTIVE`, or a minimal core. The same problem gives the same answer."""
    conflicts = _concerned(problem)
    if not conflicts:
        return _plan(problem, {}, {})
    names = {member.name for conflict in conflicts for member in conflict.members}
    options = worthwhile({name: choices(problem, name) for name in sorted(names)}, conflicts)
    ladders = Ladders(options, conflicts)
    soft = [conflict.soft for conflict in conflicts]
    chosen = _optimum(ladders, soft)
    if chosen is None:
        return NoPlan(core=tuple(conflicts[index] for index in _core(ladders, soft)))
    return _plan(problem, options, chosen)


def _concerned(problem: Problem) -> list[Conflict]:
    """The conflicts connected to one that the pinned versions hit, in a fixed order; the rest cannot matter."""
    pending = sorted(
        (
            each
            for each in dict.fromkeys(problem.conflicts)
            if all(m.name in problem.pinned for m in each.members)
        ),
        key=_order,
    )
    names = {m.name for each in pending if each.hits(problem.pinned) and not each.soft for m in each.members}
    while True:
        touched = [each for each in pending if any(member.name in names for member in each.members)]
        reached = names | {member.name for each in touched for member in each.members}
        if reached == names or not names:
            return touched
        names = reached


def _order(conflict: Conflict) -> tuple[object, ...]:
    """The words on a conflict name its versions."""
    members = tuple((member.name, len(member.versions)) for member in conflict.members)
    words = tuple((because.text, because.link or "") for because in conflict.because)
    return (conflict.soft, conflict.kind.value, members, words)


def _optimum(ladders: Ladders, soft: Sequence[bool]) -> dict[NormalizedName, Version] | None:
    from pysat.examples.rc2 import RC2
    from pysat.formula import WCNF

    formula = WCNF()
    formula.extend(ladders.hard)
    formula.extend([[s] for s, may_fail in zip(ladders.selectors, soft, strict=True) if not may_fail])
    for literal, weight in ladders.soft:
        formula.append([literal], weight=weight)
    with RC2(formula) as solver:
        model = solver.compute()
    return None if model is None else ladders.chosen(model)


def _core(ladders: Ladders, soft: Sequence[bool]) -> list[int]:
    """Indices of a minimal set of conflicts that cannot hold together: drop each one that is not needed."""
    from pysat.solvers import Solver

    with Solver(name="glucose4", bootstrap_with=ladders.hard) as solver:
        hard = [s for s, may_fail in zip(ladders.selectors, soft, strict=True) if not may_fail]
        core = list(hard)
        for selector in hard:
            if selector not in core:
                continue
            without = [each for each in core if each != selector]
            if not solver.solve(assumptions=without):
                needed = set(solver.get_core() or ())
                core = [each for each in without if each in needed]
    return [index for index, selector in enumerate(ladders.selectors) if selector in core]


def _plan(
    problem: Problem,
    options: Mapping[NormalizedName, Sequence[Choice]],
    chosen: Mapping[NormalizedName, Version],
) -> Plan:
    versions = {name: chosen.get(name, version) for name, version in problem.pinned.items()}
    costs = [
        choice.cost
        for name, version in chosen.items()
        for choice in options[name]
        if choice.version == version
    ]
    total = [sum(column) for column in zip(*costs, strict=True)] if costs else [0] * len(OBJECTIVE)
    total[OBJECTIVE.index("breaks")] += sum(
        each.soft and each.hits(versions) for each in dict.fromkeys(problem.conflicts)
    )
    changes = tuple(
        Change(name=name, before=before, after=versions[name], because=_because(problem, versions, name))
        for name, before in problem.pinned.items()
        if versions[name] != before
    )
    return Plan(versions=versions, changes=changes, cost=tuple(total))


def _because(
    problem: Problem, versions: Mapping[NormalizedName, Version], name: NormalizedName
) -> tuple[Conflict, ...]:
    """The conflicts that a package's move resolves; for a mere companion, those that its staying would bring."""
    involved = [
        each for each in problem.conflicts if not each.soft and any(m.name == name for m in each.members)
    ]
    stayed = {**versions, name: problem.pinned[name]}
    resolved = [each for each in involved if each.hits(problem.pinned)]
    brought = [each for each in involved if each.hits(stayed)]
    return tuple(dict.fromkeys(sorted(resolved or brought, key=_order)))
