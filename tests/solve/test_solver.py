"""Which plan wins, why there is none, and the solver against brute force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product, zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.model import Because, Conflict, ConflictKind, Evidence, Member, NoPlan, Plan
from numlock.solve import OBJECTIVE, Candidate, Problem, solve

Assignment = Mapping[NormalizedName, Version]


# --- problems in few words: "a 1.0.0" is a pin, "a 1.0.1 1.1.0?" are candidates (?: unknown) or a conflict's member


def split(text: str) -> tuple[NormalizedName, list[str]]:
    name, *versions = text.split()
    return canonicalize_name(name), versions


def out(*members: str) -> Conflict:
    """Not all of these at once."""
    return Conflict(
        kind=ConflictKind.DECLARED,
        members=tuple(
            Member(name, frozenset(map(Version, versions))) for name, versions in map(split, members)
        ),
        because=(Because(text=" & ".join(members), evidence=Evidence.METADATA),),
    )


def versions_of(*pins: str) -> dict[NormalizedName, Version]:
    return {name: Version(versions[0]) for name, versions in map(split, pins)}


def problem(
    pins: Sequence[str], candidates: Sequence[str], conflicts: Sequence[Conflict], locked: str = ""
) -> Problem:
    return Problem(
        pinned=versions_of(*pins),
        locked=frozenset(map(canonicalize_name, locked.split())),
        candidates={
            name: tuple(Candidate(Version(text.rstrip("?")), unknown=text.endswith("?")) for text in versions)
            for name, versions in map(split, candidates)
        },
        conflicts=tuple(conflicts),
    )


def planned(asked: Problem) -> Plan:
    outcome = solve(asked)
    assert isinstance(outcome, Plan)
    return outcome


# --- what a plan costs, said a second time


def severity(old: Version, new: Version) -> str:
    if old.epoch != new.epoch:
        return "major"
    pairs = zip_longest(old.release, new.release, fillvalue=0)
    first = next((place for place, (before, after) in enumerate(pairs) if before != after), 3)
    if old.major == new.major == 0:
        first -= 1
    return ("major", "minor", "patch")[min(max(first, 0), 2)]


def cost(asked: Problem, assignment: Assignment) -> tuple[int, ...]:
    total = dict.fromkeys(OBJECTIVE, 0)
    for name, old in asked.pinned.items():
        new = assignment[name]
        if new == old:
            continue
        known = {each.version: each for each in asked.candidates[name]}
        low, high = sorted([old, new])
        total["moved"] += 1
        total["unknown"] += known[new].unknown
        total[severity(old, new)] += 1
        total["backward"] += new < old
        total["distance"] += sum(low <= version <= high for version in {old, *known}) - 1
    return tuple(total.values())


def holds(conflicts: Sequence[Conflict], assignment: Assignment) -> bool:
    return not any(conflict.hits(assignment) for conflict in conflicts)


def assignments(asked: Problem) -> Iterator[dict[NormalizedName, Version]]:
    options = [
        {pinned} | {each.version for each in asked.candidates.get(name, ()) if name not in asked.locked}
        for name, pinned in asked.pinned.items()
    ]
    for chosen in product(*options):
        yield dict(zip(asked.pinned, chosen, strict=True))


def satisfiable(asked: Problem, conflicts: Sequence[Conflict]) -> bool:
    return any(holds(conflicts, each) for each in assignments(asked))


# --- one component at a time

A_OR_B = out("a 1.2.3", "b 1.2.3")
PIN_A = ["a 1.2.3"]
PINS = ["a 1.2.3", "b 1.2.3"]

DECIDING = {
    "one major move instead of two patches": (
        "moved",
        problem(
            ["a 1.2.3", "b 1.2.3", "c 1.2.3"],
            ["a 1.2.4", "b 0.9.0", "c 1.2.4"],
            [A_OR_B, out("a 1.2.4", "c 1.2.3")],
        ),
        ["a 1.2.3", "b 0.9.0", "c 1.2.3"],
        ["a 1.2.4", "b 1.2.3", "c 1.2.4"],
    ),
    "one move to an unknown release instead of two known ones": (
        "moved",
        problem(
            ["a 1.2.3", "b 1.2.3", "c 1.2.3"],
            ["a 1.2.4", "b 1.2.4?", "c 1.2.4"],
            [A_OR_B, out("a 1.2.4", "c 1.2.3")],
        ),
        ["a 1.2.3", "b 1.2.4", "c 1.2.3"],
        ["a 1.2.4", "b 1.2.3", "c 1.2.4"],
    ),
    "a known major release instead of an unknown patch": (
        "unknown",
        problem(PIN_A, ["a 0.9.0 1.2.4?"], [out("a 1.2.3")]),
        ["a 0.9.0"],
        ["a 1.2.4"],
    ),
    "the package with a known release moves": (
        "unknown",
        problem(PINS, ["a 1.2.4?", "b 2.0.0"], [A_OR_B]),
        ["a 1.2.3", "b 2.0.0"],
        ["a 1.2.4", "b 1.2.3"],
    ),
    "a minor move backward instead of a major one forward": (
        "major",
        problem(PIN_A, ["a 1.1.0 2.0.0"], [out("a 1.2.3")]),
        ["a 1.1.0"],
        ["a 2.0.0"],
    ),
    "two minor moves instead of a major one and a patch": (
        "major",
        problem(
            PINS,
            ["a 1.3.0 2.0.0", "b 1.2.4 1.3.0"],
            [out("a 1.2.3"), out("b 1.2.3"), out("a 1.3.0", "b 1.2.4")],
        ),
        ["a 1.3.0", "b 1.3.0"],
        ["a 2.0.0", "b 1.2.4"],
    ),
    "a patch backward instead of a minor move forward": (
        "minor",
        problem(PIN_A, ["a 1.2.2 1.3.0"], [out("a 1.2.3")]),
        ["a 1.2.2"],
        ["a 1.3.0"],
    ),
    "a distant patch instead of the next minor release": (
        "minor",
        problem(PIN_A, ["a 1.2.0 1.2.1 1.2.2 1.3.0"], [out("a 1.2.1 1.2.2 1.2.3")]),
        ["a 1.2.0"],
        ["a 1.3.0"],
    ),
    "a distant patch forward instead of the next one backward": (
        "backward",
        problem(PIN_A, ["a 1.2.2 1.2.4 1.2.5"], [out("a 1.2.3 1.2.4")]),
        ["a 1.2.5"],
        ["a 1.2.2"],
    ),
    "the nearest release forward": (
        "distance",
        problem(PIN_A, ["a 1.2.4 1.2.5 1.2.6"], [out("a 1.2.3 1.2.4")]),
        ["a 1.2.5"],
        ["a 1.2.6"],
    ),
    "the nearest release backward": (
        "distance",
        problem(PIN_A, ["a 1.2.0 1.2.1 1.2.2"], [out("a 1.2.3 1.2.2")]),
        ["a 1.2.1"],
        ["a 1.2.0"],
    ),
    "distance counts releases, not numbers": (
        "distance",
        problem(PINS, ["a 1.2.50", "b 1.2.4 1.2.5"], [A_OR_B, out("b 1.2.4")]),
        ["a 1.2.50", "b 1.2.3"],
        ["a 1.2.3", "b 1.2.5"],
    ),
    "below 1.0 the second number is the major one": (
        "major",
        problem(["a 0.4.3", "b 1.2.3"], ["a 0.5.0", "b 1.1.0"], [out("a 0.4.3", "b 1.2.3")]),
        ["a 0.4.3", "b 1.1.0"],
        ["a 0.5.0", "b 1.2.3"],
    ),
    "below 1.0 the third number is the minor one": (
        "minor",
        problem(["a 0.4.3", "b 1.2.3"], ["a 0.4.4", "b 1.2.2"], [out("a 0.4.3", "b 1.2.3")]),
        ["a 0.4.3", "b 1.2.2"],
        ["a 0.4.4", "b 1.2.3"],
    ),
    "below 1.0 the fourth number is the patch": (
        "minor",
        problem(["a 0.4.3", "b 0.4.3"], ["a 0.4.3.1", "b 0.4.4"], [out("a 0.4.3", "b 0.4.3")]),
        ["a 0.4.3.1", "b 0.4.3"],
        ["a 0.4.3", "b 0.4.4"],
    ),
    "from 0.x to 1.0 is a major move": (
        "major",
        problem(["a 0.9.9"], ["a 0.9.8 1.0.0"], [out("a 0.9.9")]),
        ["a 0.9.8"],
        ["a 1.0.0"],
    ),
    "calendar versions stay in their year": (
        "major",
        problem(["a 2022.9.24"], ["a 2022.6.15 2023.5.7"], [out("a 2022.9.24")]),
        ["a 2022.6.15"],
        ["a 2023.5.7"],
    ),
    "calendar versions stay in their month": (
        "minor",
        problem(["a 2023.9.1"], ["a 2023.9.0 2023.10.0"], [out("a 2023.9.1")]),
        ["a 2023.9.0"],
        ["a 2023.10.0"],
    ),
    "a new epoch is a major move": (
        "major",
        problem(["a 2020.2"], ["a 2020.1 1!2020.2"], [out("a 2020.2")]),
        ["a 2020.1"],
        ["a 1!2020.2"],
    ),
    "a post release is a patch": (
        "minor",
        problem(["a 1.2"], ["a 1.1 1.2.post1 1.3"], [out("a 1.2")]),
        ["a 1.2.post1"],
        ["a 1.3"],
    ),
    "a number that is not written counts as zero": (
        "minor",
        problem(["a 2"], ["a 2.0.1 2.1"], [out("a 2")]),
        ["a 2.0.1"],
        ["a 2.1"],
    ),
}


@pytest.mark.parametrize(("component", "asked", "wins", "loses"), DECIDING.values(), ids=DECIDING)
def test_each_component_decides(component: str, asked: Problem, wins: list[str], loses: list[str]) -> None:
    rival = cost(asked, versions_of(*loses))
    plan = planned(asked)
    assert plan.versions == versions_of(*wins)
    assert holds(asked.conflicts, versions_of(*loses))
    differing = [
        name for name, mine, theirs in zip(OBJECTIVE, plan.cost, rival, strict=True) if mine != theirs
    ]
    assert plan.cost < rival
    assert differing[0] == component


def test_every_component_that_can_decide_is_shown_to() -> None:
    # Breaks have tests of their own. Patches are the moves that are neither major nor minor, so they never decide.
    assert {component for component, *_ in DECIDING.values()} | {"breaks", "patch"} == set(OBJECTIVE)


def test_distances_of_many_packages_do_not_outweigh_one_move_backward() -> None:
    many = [f"p{number}" for number in range(12)]
    steps = [f"1.2.{patch}" for patch in range(4, 20)]
    forced = [out(f"{name} 1.2.3 {' '.join(steps[:-1])}") for name in many]
    asked = problem(
        [f"{name} 1.2.3" for name in many],
        [f"{name} 1.2.2 {' '.join(steps)}" for name in many],
        forced,
    )
    plan = planned(asked)
    assert set(plan.versions.values()) == {Version("1.2.19")}
    assert plan.cost == (12, 0, 0, 0, 0, 12, 0, 12 * 16)


# --- what may move, and what a plan says of it


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(problem(PINS, ["a 1.2.4"], []), PINS, id="no conflict: nothing moves"),
        pytest.param(
            problem(PINS, ["a 1.2.4"], [out("a 1.2.4", "b 1.2.3")]),
            PINS,
            id="a conflict that the pins do not hit: nothing moves",
        ),
        pytest.param(
            problem(PINS, ["a 1.2.4 2.0.0"], [out("a 1.2.3"), out("a 1.2.4", "b 1.2.3")]),
            ["a 2.0.0", "b 1.2.3"],
            id="no move into a conflict that the pins do not hit",
        ),
        pytest.param(
            problem(
                ["a 1.0", "b 1.0", "c 1.0", "d 1.0"],
                ["a 1.1", "b 1.1", "c 1.1", "d 1.1"],
                [out("a 1.0"), out("a 1.1", "b 1.0"), out("b 1.1", "c 1.0"), out("c 1.1", "d 1.0")],
            ),
            ["a 1.1", "b 1.1", "c 1.1", "d 1.1"],
            id="a chain of companions",
        ),
        pytest.param(
            problem(PINS, ["a 1.2.4", "b 2.0.0"], [A_OR_B], locked="a"),
            ["a 1.2.3", "b 2.0.0"],
            id="the other one moves where one is locked",
        ),
        pytest.param(
            problem(PINS, ["b 2.0.0"], [A_OR_B]),
            ["a 1.2.3", "b 2.0.0"],
            id="a package without candidates stays",
        ),
        pytest.param(
            problem(PIN_A, ["a 1.2.4"], [out("a 1.2.3", "absent 1.0")]),
            PIN_A,
            id="a conflict with a package that is not pinned does not count",
        ),
        pytest.param(
            problem(PIN_A, ["a 1.2.4 1.2.5"], [out("a 1.2.3"), out("a 1.2.4", "absent 1.0")]),
            ["a 1.2.4"],
            id="nor does it count where another conflict moves its package",
        ),
        pytest.param(
            problem(["a 1.8.0+cu111"], ["a 1.8.1+cu111"], [out("a 1.8.0")]),
            ["a 1.8.0+cu111"],
            id="a local label is a version of its own",
        ),
        pytest.param(
            problem(["a 1.2.0"], ["a 1.2.1"], [out("a 1.2")]),
            ["a 1.2.1"],
            id="the same version in another spelling",
        ),
        pytest.param(
            problem(PIN_A, ["a 1.2.4?"], [out("a 1.2.3")]),
            ["a 1.2.4"],
            id="an unknown release where no known one is left",
        ),
    ],
)
def test_plan(asked: Problem, expected: list[str]) -> None:
    plan = planned(asked)
    assert plan.versions == versions_of(*expected)
    assert list(plan.versions) == list(asked.pinned)
    assert plan.cost == cost(asked, plan.versions)
    assert plan.optimal


def test_changes_come_in_the_order_of_the_pins_with_what_they_resolve() -> None:
    fault, companion, other = out("b 1.0"), out("b 1.1", "a 1.0"), out("c 1.0", "d 9.9")
    asked = problem(["a 1.0", "b 1.0", "c 1.0"], ["a 1.1", "b 1.1"], [companion, fault, other])
    changes = planned(asked).changes
    assert [(each.name, str(each.before), str(each.after)) for each in changes] == [
        ("a", "1.0", "1.1"),
        ("b", "1.0", "1.1"),
    ]
    assert [each.because for each in changes] == [(companion,), (fault,)]


def test_a_package_at_fault_moves_for_its_fault_not_for_its_companions() -> None:
    first, second, between = out("a 1.0"), out("b 1.0"), out("a 1.0", "b 1.1")
    asked = problem(["a 1.0", "b 1.0"], ["a 1.1", "b 1.1"], [between, first, second])
    assert [each.because for each in planned(asked).changes] == [(first,), (second,)]


# --- no plan

CORES = {
    "the locked package itself is out": (
        problem(PIN_A, ["a 1.2.4"], [out("a 1.2.3")], locked="a"),
        [["a 1.2.3"]],
    ),
    "every release is out": (
        problem(PIN_A, ["a 1.2.4"], [out("a 1.2.3"), out("a 1.2.4")]),
        [["a 1.2.3"], ["a 1.2.4"]],
    ),
    "no release fits the locked one": (
        problem(
            PINS, ["a 1.2.4", "b 1.2.4"], [A_OR_B, out("a 1.2.4", "b 1.2.3"), out("b 1.2.4")], locked="b"
        ),
        [["a 1.2.3", "b 1.2.3"], ["a 1.2.4", "b 1.2.3"]],
    ),
    "conflicts that do not matter are not in the core": (
        problem(
            ["a 1.0", "b 1.0", "c 1.0"],
            ["a 1.1", "b 1.1", "c 1.1"],
            [out("a 1.0", "b 1.0"), out("b 1.0", "c 1.0"), out("b 1.1", "c 1.1"), out("a 1.0"), out("a 1.1")],
        ),
        [["a 1.0"], ["a 1.1"]],
    ),
}


@pytest.mark.parametrize(("asked", "core"), CORES.values(), ids=CORES)
def test_core(asked: Problem, core: list[list[str]]) -> None:
    outcome = solve(asked)
    assert isinstance(outcome, NoPlan)
    assert set(outcome.core) == {out(*members) for members in core}
    assert len(outcome.core) == len(core)
    assert outcome.ways_out == ()


# --- against brute force

POOL = (
    "0.1",
    "0.2",
    "0.2.1",
    "0.2.1.1",
    "1.0",
    "1.0.1",
    "1.0.1.post1",
    "1.1rc1",
    "1.1",
    "2.0",
    "2023.1",
    "1!0.1",
)
VERSIONS = tuple(map(Version, POOL))
NAMES = tuple(map(canonicalize_name, ("a", "b", "c", "d")))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Up to four packages with up to four versions each."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    known = {
        name: draw(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=4, unique=True)) for name in names
    }
    unknown = st.booleans()
    return Problem(
        pinned={name: versions[0] for name, versions in known.items()},
        locked=draw(st.frozensets(st.sampled_from(names), max_size=1)),
        candidates={
            name: tuple(Candidate(version, unknown=draw(unknown)) for version in versions[1:])
            for name, versions in known.items()
        },
        conflicts=tuple(draw(st.lists(conflicts(known), max_size=12))),
    )


@st.composite
def conflicts(draw: st.DrawFn, known: Mapping[NormalizedName, Sequence[Version]]) -> Conflict:
    names = draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=3, unique=True))
    members = tuple(
        Member(name, draw(st.frozensets(st.sampled_from(known[name]), min_size=1, max_size=3)))
        for name in names
    )
    kind = draw(st.sampled_from([ConflictKind.DECLARED, ConflictKind.NAME]))
    text = " & ".join(f"{name} {sorted(map(str, versions))}" for name, versions in members)
    return Conflict(kind=kind, members=members, because=(Because(text=text, evidence=Evidence.METADATA),))


@settings(max_examples=250, deadline=None, derandomize=True)
@given(problems())
def test_the_plan_is_a_best_assignment_and_missing_only_where_none_exists(asked: Problem) -> None:
    sound = [each for each in assignments(asked) if holds(asked.conflicts, each)]
    outcome = solve(asked)
    if isinstance(outcome, NoPlan):
        assert sound == []
        return
    assert outcome.cost == min(cost(asked, each) for each in sound)
    assert outcome.cost == cost(asked, outcome.versions)
    assert outcome.versions in sound
    moved = {name for name, version in asked.pinned.items() if outcome.versions[name] != version}
    assert {change.name for change in outcome.changes} == moved
    assert all(change.because for change in outcome.changes)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(problems())
def test_a_core_cannot_hold_and_any_smaller_one_can(asked: Problem) -> None:
    outcome = solve(replace(asked, conflicts=(*asked.conflicts, *_all_out(asked))))
    assert isinstance(outcome, NoPlan)
    assert not satisfiable(asked, outcome.core)
    for left_out in outcome.core:
        assert satisfiable(asked, [each for each in outcome.core if each is not left_out])


def _all_out(asked: Problem) -> tuple[Conflict, ...]:
    """Conflicts that together rule out every version of the last package."""
    name = list(asked.pinned)[-1]
    versions = {asked.pinned[name], *(each.version for each in asked.candidates[name])}
    return tuple(out(f"{name} {version}") for version in sorted(versions))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_the_order_of_conflicts_and_candidates_changes_nothing(data: st.DataObject) -> None:
    asked = data.draw(problems())
    shuffled = replace(
        asked,
        conflicts=tuple(data.draw(st.permutations(asked.conflicts))),
        candidates={name: tuple(data.draw(st.permutations(each))) for name, each in asked.candidates.items()},
    )
    assert essence(solve(shuffled)) == essence(solve(asked))


def essence(outcome: Plan | NoPlan) -> object:
    """An outcome with the conflicts behind each change as a set."""
    if isinstance(outcome, NoPlan):
        return outcome
    changes = [(each.name, each.before, each.after, frozenset(each.because)) for each in outcome.changes]
    return list(outcome.versions.items()), changes, outcome.cost
