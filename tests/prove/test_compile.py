"""The referee's verdicts, by the real pip-tools."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import Closes, Key, Needs, Source
from numlock.prove import close
from numlock.prove.sealed import write_wheel

PINS = {"numpy": "1.18.3", "torch": "1.8.0+cu111", "typing-extensions": "4.7.1", "setuptools": "65.5.0"}
VERSIONS = {canonicalize_name(name): Version(version) for name, version in PINS.items()}


def need(name: str, requirement: str) -> Needs:
    release = Key(canonicalize_name(name), VERSIONS[canonicalize_name(name)])
    return Needs(
        release=release, requirement=Requirement(requirement), source=Source(url="https://index.test/x")
    )


@pytest.mark.parametrize(
    ("needs", "tolerated"),
    [
        pytest.param([("torch", "numpy"), ("torch", "typing_extensions>=4")], [], id="declared ranges hold"),
        pytest.param([("torch", "nvidia-cublas")], [], id="a name outside the pins is not asked for"),
        pytest.param([("torch", "numpy>=1.19")], [0], id="a broken range that is tolerated"),
    ],
)
def test_closes(needs: list[tuple[str, str]], tolerated: list[int]) -> None:
    known = [need(*each) for each in needs]
    left_out = [known[index] for index in tolerated]
    assert close(VERSIONS, known, [canonicalize_name("numpy")], left_out) == Closes(
        ok=True, tolerated=tuple(left_out)
    )


def test_refusal_names_what_clashes() -> None:
    verdict = close(VERSIONS, [need("torch", "numpy>=1.19")], [canonicalize_name("numpy")])
    assert isinstance(verdict, Closes)
    assert not verdict.ok
    clash = (Key(canonicalize_name("torch"), Version("1.8.0+cu111")), Requirement("numpy>=1.19"))
    assert clash in verdict.clashes
    assert verdict.words.startswith("torch 1.8.0+cu111 requires numpy>=1.19")


def test_wheel_carries_plain_requirements(tmp_path: Path) -> None:
    release = Key(canonicalize_name("a.b"), Version("1.0"))
    path = write_wheel(tmp_path, release, [Requirement("c[x]>=2; python_version < '3.8'")])
    assert path.name == "a_b-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        metadata = wheel.read("a_b-1.0.dist-info/METADATA").decode()
    assert "Requires-Dist: c >=2\n" in metadata
