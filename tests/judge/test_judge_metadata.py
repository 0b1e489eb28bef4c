"""Declared ranges, requirements outside the pins, obstacles to installing; which of them a repair is about."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.judge import Universe, between, declared, installable, split_tolerated
from numlock.model import (
    Because,
    Conflict,
    ConflictKind,
    Evidence,
    File,
    Fit,
    Key,
    Member,
    Needs,
    Release,
    Source,
)

SOURCE = Source(url="https://e.test/METADATA", line=7)
NUMPY, PANDAS, TORCH = map(canonicalize_name, ("numpy", "pandas", "torch"))


def needs(release: str, requirement: str, source: Source = SOURCE) -> Needs:
    return Needs(release=key(release), requirement=Requirement(requirement), source=source)


def key(release: str) -> Key:
    name, version = release.split()
    return Key(canonicalize_name(name), Version(version))


def universe(**versions: str) -> Universe:
    """Versions of each package, the pinned one first."""
    known = {
        canonicalize_name(name): tuple(map(Version, listed.split())) for name, listed in versions.items()
    }
    return Universe(pinned={name: listed[0] for name, listed in known.items()}, versions=known)


def judged(
    stated: list[Needs],
    known: Universe,
    outside: Mapping[NormalizedName, frozenset[NormalizedName]] | None = None,
    provided: frozenset[NormalizedName] = frozenset(),
) -> list[Conflict]:
    return list(declared(stated, known, outside or {}, provided))


def member(name: str, *versions: str) -> Member:
    return Member(canonicalize_name(name), frozenset(map(Version, versions)))


# --- declared ranges


@pytest.mark.parametrize(
    ("specifier", "excluded"),
    [
        pytest.param("<2", ["2.0", "2.1"], id="an upper bound"),
        pytest.param(">=1.18,<2.1", ["1.17", "2.1"], id="a range"),
        pytest.param("==1.18", ["1.17", "2.0", "2.1"], id="an exact version"),
        pytest.param("!=1.18.0", ["1.18"], id="another spelling of a version left out"),
        pytest.param("~=1.17", ["2.0", "2.1"], id="a compatible release"),
        pytest.param(">3", ["1.17", "1.18", "2.0", "2.1"], id="none fits"),
    ],
)
def test_versions_outside_a_range_clash_with_the_release(specifier: str, excluded: list[str]) -> None:
    known = universe(numpy="1.18 1.17 2.0 2.1", pandas="1.0")
    (found,) = judged([needs("pandas 1.0", f"numpy{specifier}")], known)
    assert found.kind is ConflictKind.DECLARED
    assert found.members == (member("pandas", "1.0"), member("numpy", *excluded))
    assert found.evidence is Evidence.METADATA


@pytest.mark.parametrize(
    "requirement",
    [
        pytest.param("numpy", id="any version"),
        pytest.param("numpy>=1", id="a range that holds them all"),
        pytest.param("NumPy @ https://e.test/numpy.whl", id="an address"),
        pytest.param("pandas[test]>=9", id="itself with an extra"),
    ],
)
def test_requirements_that_bring_no_conflict(requirement: str) -> None:
    assert judged([needs("pandas 1.0", requirement)], universe(numpy="1.18 2.0", pandas="1.0")) == []


@pytest.mark.parametrize(
    ("specifier", "version", "allowed"),
    [
        pytest.param(">=1.8.0", "1.8.0+cu111", True, id="label at the lower bound"),
        pytest.param("<=1.8.0", "1.8.0+cu111", True, id="label at the upper bound"),
        pytest.param("==1.8.0", "1.8.0+cu111", True, id="label on the exact version"),
        pytest.param("==1.8.*", "1.8.0+cu111", True, id="label under a prefix"),
        pytest.param("~=1.8.0", "1.8.1+cu111", True, id="label on a compatible release"),
        pytest.param("!=1.8.0", "1.8.0+cu111", False, id="label on the version left out"),
        pytest.param(">1.8.0", "1.8.0+cu111", False, id="label is not newer than its public version"),
        pytest.param("<1.8.0", "1.8.0+cu111", False, id="label is not older than its public version"),
        pytest.param("==1.8.0+cu111", "1.8.0+cu111", True, id="the label itself"),
        pytest.param("==1.8.0+cpu", "1.8.0+cu111", False, id="another label"),
        pytest.param(">=1.7", "1.8.0rc1", True, id="pre-release inside"),
        pytest.param("", "1.8.0rc1", True, id="pre-release, any version"),
        pytest.param(">=1.8.0", "1.8.0rc1", False, id="pre-release below the lower bound"),
        pytest.param("<1.8.0", "1.8.0rc1", False, id="pre-release of the bound left out"),
        pytest.param("<1.8.1", "1.8.0rc1", True, id="pre-release below the upper bound"),
        pytest.param("==1.8.*", "1.8.0.dev20210101", True, id="development release under a prefix"),
        pytest.param(">=1.7", "1.8.0a0+gitab12", True, id="pre-release with a label"),
    ],
)
def test_pre_releases_and_local_labels_in_ranges(specifier: str, version: str, allowed: bool) -> None:
    found = judged([needs("vision 0.9", f"torch{specifier}")], universe(torch=version, vision="0.9"))
    assert [each.members[1] for each in found] == ([] if allowed else [member("torch", version)])


def test_equal_ranges_of_several_releases_make_one_conflict() -> None:
    stated = [
        needs("pandas 2.2.0", "numpy<2,>=1.22", Source(url="https://e.test/first")),
        needs("pandas 2.2.2", "numpy >=1.22, <2"),
        needs("pandas 2.2.1", "NumPy<2,>=1.22"),
        needs("pandas 2.3.0", "numpy>=1.22"),
        needs("scipy 1.5", "numpy<2,>=1.22"),
    ]
    found = judged(stated, universe(numpy="1.20 1.22 2.0", pandas="2.2.0", scipy="1.5"))
    assert [each.members for each in found] == [
        (member("pandas", "2.2.0", "2.2.1", "2.2.2"), member("numpy", "1.20", "2.0")),
        (member("pandas", "2.3.0"), member("numpy", "1.20")),
        (member("scipy", "1.5"), member("numpy", "1.20", "2.0")),
    ]
    assert [each.because[0].text for each in found] == [
        "pandas 2.2.0 to 2.2.2 requires numpy<2,>=1.22",
        "pandas 2.3.0 requires numpy>=1.22",
        "scipy 1.5 requires numpy<2,>=1.22",
    ]
    assert found[0].because[0].source == Source(url="https://e.test/first")


# --- requirements outside the pins


def test_a_requirement_outside_the_pins_rules_its_releases_out() -> None:
    stated = [needs("pandas 3.0", "tzdata>=2022"), needs("pandas 3.1", "tzdata>=2022")]
    (found,) = judged(stated, universe(pandas="1.0 3.0 3.1"))
    assert found.kind is ConflictKind.ABSENT
    assert found.members == (member("pandas", "3.0", "3.1"),)
    assert found.because[0].text == "pandas 3.0 to 3.1 requires tzdata>=2022, which is not among the pins"


@pytest.mark.parametrize(
    ("outside", "provided", "tolerated"),
    [
        pytest.param({}, [], False, id="nobody has it"),
        pytest.param(
            {"pandas": ["tzdata"]}, [], True, id="the pinned release of the same package requires it"
        ),
        pytest.param({"pandas": ["six"]}, [], False, id="the pinned release requires something else"),
        pytest.param({"torch": ["tzdata"]}, [], False, id="a pinned release of another package requires it"),
        pytest.param({}, ["tzdata"], True, id="every environment holds it"),
        pytest.param({}, ["setuptools"], False, id="every environment holds something else"),
    ],
)
def test_when_a_requirement_outside_the_pins_is_tolerated(
    outside: dict[str, list[str]], provided: list[str], tolerated: bool
) -> None:
    found = judged(
        [needs("pandas 3.0", "TZdata>=2022")],
        universe(pandas="1.0 3.0", torch="1.0"),
        {
            canonicalize_name(name): frozenset(map(canonicalize_name, names))
            for name, names in outside.items()
        },
        frozenset(map(canonicalize_name, provided)),
    )
    assert [each.kind for each in found] == ([] if tolerated else [ConflictKind.ABSENT])


def test_a_pinned_package_is_judged_by_its_range_even_where_the_environment_provides_it() -> None:
    name = canonicalize_name("setuptools")
    known = universe(pandas="1.0", setuptools="40.0")
    stated = [needs("pandas 1.0", "setuptools>=61")]
    (found,) = judged(stated, known, {PANDAS: frozenset({name})}, frozenset({name}))
    assert found.members == (member("pandas", "1.0"), member("setuptools", "40.0"))


# --- releases that cannot be installed


def test_a_release_without_a_file_for_the_target_is_out() -> None:
    file = File(filename="pandas-1.0.tar.gz", url="https://e.test/pandas-1.0.tar.gz")
    releases = [
        Release(key=key("pandas 1.0"), fit=Fit.SOURCE, file=file),
        Release(key=key("pandas 1.1"), fit=Fit.NONE, obstacle="requires Python >=3.9"),
        Release(key=key("pandas 1.2"), fit=Fit.WHEEL, file=file),
        Release(key=key("torch 1.8.0"), fit=Fit.NONE),
    ]
    found = list(installable(releases))
    assert [each.members for each in found] == [(member("pandas", "1.1"),), (member("torch", "1.8.0"),)]
    assert {each.kind for each in found} == {ConflictKind.UNINSTALLABLE}
    assert [each.because[0].text for each in found] == [
        "pandas 1.1 cannot be installed: requires Python >=3.9",
        "torch 1.8.0 cannot be installed: no file for the target",
    ]


# --- what a repair is about

PINNED = {NUMPY: Version("1.18"), PANDAS: Version("1.0"), TORCH: Version("1.8.0")}


def conflict(*members: Member) -> Conflict:
    because = Because(text="declared", evidence=Evidence.METADATA)
    return Conflict(kind=ConflictKind.DECLARED, members=members, because=(because,))


HIT = conflict(member("pandas", "1.0"), member("numpy", "1.18"))
NOT_HIT = conflict(member("pandas", "1.1"), member("numpy", "1.18"))
ALONE = conflict(member("pandas", "1.0"))


@pytest.mark.parametrize(
    ("each", "implicated", "tolerated"),
    [
        pytest.param(HIT, [], True, id="the pins break it, the crash has nothing to do with it"),
        pytest.param(HIT, [PANDAS], True, id="the crash implicates one of two"),
        pytest.param(HIT, [PANDAS, NUMPY], False, id="the crash implicates both"),
        pytest.param(HIT, [TORCH], True, id="the crash implicates another package"),
        pytest.param(NOT_HIT, [], False, id="the pins do not break it"),
        pytest.param(ALONE, [], True, id="one member, not implicated"),
        pytest.param(ALONE, [PANDAS, TORCH], False, id="one member, implicated"),
    ],
)
def test_split(each: Conflict, implicated: list[NormalizedName], tolerated: bool) -> None:
    split = split_tolerated([each], PINNED, frozenset(implicated), everything=False)
    assert split == (((), (each,)) if tolerated else ((each,), ()))


def test_split_keeps_the_order() -> None:
    split = split_tolerated([HIT, NOT_HIT, ALONE], PINNED, frozenset(), everything=False)
    assert split == ((NOT_HIT,), (HIT, ALONE))


def test_nothing_is_tolerated_where_everything_is_asked_for() -> None:
    split = split_tolerated([HIT, NOT_HIT, ALONE], PINNED, frozenset(), everything=True)
    assert split == ((HIT, NOT_HIT, ALONE), ())


# --- releases that were not read


def test_what_both_read_neighbours_rule_out_those_between_are_taken_to_rule_out() -> None:
    known = universe(numpy="1.0 2.0 3.0", pandas="1.0 1.1 1.2 1.3 1.4")
    read = {
        key("pandas 1.0"): [needs("pandas 1.0", "numpy>=2")],
        key("pandas 1.3"): [needs("pandas 1.3", "numpy>=3"), needs("pandas 1.3", "torch")],
    }
    (found,) = between(read, known, {}, frozenset())
    assert found.members == (member("pandas", "1.1", "1.2"), member("numpy", "1.0"))
    words = (
        "pandas 1.0 requires numpy>=2, pandas 1.3 requires numpy>=3; those between are taken to do the like"
    )
    assert found.because[0].text == words


def test_what_one_neighbour_alone_rules_out_says_nothing_of_those_between() -> None:
    known = universe(numpy="1.0 2.0", pandas="1.0 1.1 1.2")
    read = {
        key("pandas 1.0"): [needs("pandas 1.0", "numpy>=2")],
        key("pandas 1.2"): [needs("pandas 1.2", "numpy")],
    }
    assert not list(between(read, known, {}, frozenset()))


@pytest.mark.parametrize(
    ("provided", "count"),
    [(frozenset[NormalizedName](), 1), (frozenset({TORCH}), 0)],
    ids=["absent", "provided"],
)
def test_a_requirement_outside_the_pins_counts_between_two_that_have_it(
    provided: frozenset[NormalizedName], count: int
) -> None:
    read = {key(f"pandas {v}"): [needs(f"pandas {v}", "torch")] for v in ("1.0", "1.2")}
    found = list(between(read, universe(pandas="1.0 1.1 1.2"), {}, provided))
    assert [each.members for each in found] == [(member("pandas", "1.1"),)] * count
