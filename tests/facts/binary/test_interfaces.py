"""The described C interfaces: what they say of versions, and whether the releases themselves say so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from numlock.facts.binary import interfaces
from numlock.model import ABI, API, Interface, Wants

NUMPY = "numpy"
_PROBE = """
import numpy
names = ("dtype", "ndarray", "ufunc", "broadcast")
print(numpy.get_include())
print(",".join(f"{name}={getattr(numpy, name).__basicsize__}" for name in names))
"""


@pytest.fixture
def numpy() -> Interface:
    return next(each for each in interfaces() if each.package == NUMPY)


def test_what_a_release_offers(numpy: Interface) -> None:
    assert (numpy.offers(ABI, Version("1.26.4")), numpy.offers(API, Version("1.26.4"))) == (0x1000009, 0x11)
    assert (numpy.offers(ABI, Version("2.0.0rc1")), numpy.offers("dtype", Version("2.0.2"))) == (
        0x2000000,
        88,
    )
    assert numpy.offers(ABI, Version("99.0")) is None
    assert numpy.offers("nothing", Version("1.26.4")) is None


MEETS = [
    (ABI, 0x1000009, "1.26.4", True),
    (ABI, 0x1000009, "2.0.2", False),
    (ABI, 0x2000000, "1.21.6", True),
    (API, 0xE, "1.19.5", False),
    (API, 0xE, "1.20.0", True),
    (API, 0xE, "99.0", None),
    ("dtype", 96, "2.1.0", False),
    ("ndarray", 80, "1.26.4", True),
    ("ndarray", 88, "1.19.5", False),
]


@pytest.mark.parametrize(("what", "number", "version", "expected"), MEETS)
def test_what_a_release_gives(
    numpy: Interface, what: str, number: int, version: str, expected: bool | None
) -> None:
    assert numpy.meets(Wants(numpy.package, what, number), Version(version)) is expected


def test_whoever_wants_more_lacks_it_too(numpy: Interface) -> None:
    def wants(what: str, number: int) -> Wants:
        return Wants(numpy.package, what, number)

    assert wants(API, 0xE).includes(wants(API, 0x10))
    assert not wants(API, 0xE).includes(wants(API, 0xD))
    assert wants(ABI, 0x1000009).includes(wants(ABI, 0x1000009))
    assert not wants(ABI, 0x1000009).includes(wants(ABI, 0x2000000))
    assert not wants(API, 0xE).includes(wants("dtype", 0xE))


def test_what_was_built_before_there_was_a_second_abi(numpy: Interface) -> None:
    assert numpy.too_early("2023-12-31T00:00:00Z") == 0x1000009
    assert numpy.too_early("2024-06-01T00:00:00Z") is None
    assert numpy.early("2024-06-01T00:00:00Z") == 0x1000009
    assert numpy.early("2024-06-17T00:00:00Z") is None


@pytest.mark.online
@pytest.mark.parametrize("version", ["1.26.4", "2.0.2", "2.1.3", "2.2.6", "2.3.5", "2.4.6", "2.5.5"])
def test_the_releases_say_the_same(numpy: Interface, version: str, tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path)]
    if subprocess.run([*install, "--only-binary", ":all:", f"numpy=={version}"], check=False).returncode:
        pytest.skip("not for this Python")
    probe = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{_PROBE}"]
    include, sizes = subprocess.run(probe, check=True, capture_output=True, text=True).stdout.splitlines()
    header = (Path(include) / "numpy" / "_numpyconfig.h").read_text(encoding="utf-8")
    for what, name in ((ABI, "NPY_ABI_VERSION"), (API, "NPY_API_VERSION")):
        (number,) = re.findall(rf"#define {name} (0x\w+)", header)
        assert numpy.offers(what, Version(version)) == int(number, 16)
    for name, size in (pair.split("=") for pair in sizes.split(",")):
        assert numpy.offers(name, Version(version)) == int(size)
