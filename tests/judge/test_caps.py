"""Older releases do not vouch for versions that came after them."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.judge import silent_releases
from numlock.model import Key, Needs, Source

USER, USED = canonicalize_name("user"), canonicalize_name("used")
PINNED = {USER: Version("2.1"), USED: Version("5.0")}
MADE = {"2.0": "2023-01-01", "2.1": "2023-06-01", "2.2": "2024-09-01", "1.9.9": "2024-08-01"}


def key(name: str, version: str) -> Key:
    return Key(canonicalize_name(name), Version(version))


def silent(release: str, requirement: str, made: str | None = "2024-01-01") -> set[str]:
    need = Needs(release=key("user", release), requirement=Requirement(requirement), source=Source(url="x"))
    uploaded = {key("user", version): time for version, time in MADE.items()}
    if made:
        uploaded[key("used", "5.0")] = made
    found = list(silent_releases([need], PINNED, uploaded))
    return {str(version) for each in found for version in each.members[0].versions}


@pytest.mark.parametrize(
    ("release", "requirement", "expected"),
    [
        pytest.param("2.1", "used<5", {"2.0"}, id="an older release, made before"),
        pytest.param(
            "2.2", "used<5", {"2.0"}, id="said by a newer release; the pinned one is another matter"
        ),
        pytest.param("2.1", "used~=4.1", {"2.0"}, id="compatible releases only"),
        pytest.param("2.1", "used==4.*", {"2.0"}, id="a family of versions"),
        pytest.param("2.1", "used>=6", set(), id="too old is no cap"),
        pytest.param("2.1", "used!=5.0", set(), id="a hole is no cap"),
        pytest.param("2.1", "used<6", set(), id="a cap that holds"),
    ],
)
def test_silence_is_no_consent(release: str, requirement: str, expected: set[str]) -> None:
    assert silent(release, requirement) == expected


def test_without_dates_nothing_is_said() -> None:
    assert silent("2.1", "used<5", made=None) == set()
