"""What pip-tools makes of a project's own requirements under a plan."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import Closes, Key, Needs, Source
from numlock.prove import compile_from

VERSIONS = {canonicalize_name(name): Version("1.0") for name in ("top", "middle", "low", "apart")}


def need(name: str, requirement: str) -> Needs:
    release = Key(canonicalize_name(name), Version("1.0"))
    return Needs(
        release=release, requirement=Requirement(requirement), source=Source(url="https://index.test/x")
    )


NEEDS = [need("top", "middle>=1"), need("top", "low"), need("middle", "low"), need("low", "not-pinned")]


def test_who_asks_for_what_is_told_for_all_that_is_compiled() -> None:
    asked = [Requirement("top[extra]<2 ; python_version < '3'"), Requirement("elsewhere>=7")]
    found = compile_from(asked, VERSIONS, NEEDS)
    expected = {"top": {"middle", "low"}, "middle": {"low"}, "low": set()}
    assert isinstance(found, dict)
    assert {str(name): set(wanted) for name, wanted in found.items()} == expected


@pytest.mark.parametrize("asked", ["middle>=2", "low!=1.0"])
def test_what_is_asked_may_refuse_the_plan(asked: str) -> None:
    found = compile_from([Requirement("top"), Requirement(asked)], VERSIONS, NEEDS)
    assert isinstance(found, Closes)
    assert not found.ok


def test_a_range_that_is_tolerated_refuses_nothing() -> None:
    broken = need("top", "apart>=2")
    assert isinstance(compile_from([Requirement("top")], VERSIONS, [*NEEDS, broken]), Closes)
    assert isinstance(compile_from([Requirement("top")], VERSIONS, [*NEEDS, broken], [broken]), dict)
