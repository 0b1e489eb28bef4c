"""Compiled modules against the binaries that they meet: wheels with small real extension modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.facts import Facts, Store, read_settings
from numlock.judge import Break, breaks
from numlock.model import ABI, API, ConflictKind, Target, Wants
from support.binaries import NUMPY_1, SIZE_CHECK, extension, for_numpy
from support.distributions import build_wheel

USER, NUMPY = canonicalize_name("user"), canonicalize_name("numpy")
TARGET = Target(python=(3, 11), platform="manylinux_2_39_x86_64")
TAG = "cp311-cp311-manylinux_2_17_x86_64"
OLD, NEW = for_numpy(1, 0xD), for_numpy(2, 0xE)


def found(
    tmp_path: Path, files: Mapping[str, str | bytes], numpy: str, concerned: Iterable[str] = ("numpy", "user")
) -> list[Break]:
    """The breaks of importing ``user`` beside a numpy."""
    build_wheel(tmp_path, "user", "1.0", files=dict(files), tag=TAG)
    build_wheel(tmp_path, "numpy", numpy, files={"numpy/__init__.py": "", "numpy/random/__init__.py": ""})
    settings = read_settings(
        {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"},
        default_index=lambda: "https://index.test/simple",
    )
    versions: dict[NormalizedName, Version] = {USER: Version("1.0"), NUMPY: Version(numpy)}
    names = frozenset(map(canonicalize_name, concerned))
    with Store(tmp_path / "facts.sqlite") as store:
        environment = Facts(settings, store, TARGET).environment(versions)
        return list(breaks(["user"], environment, names, frozenset(versions)))


def package(data: bytes, source: str = "from user import fast\n") -> dict[str, str | bytes]:
    return {"user/__init__.py": source, "user/fast.so": data}


MISFITS = {
    "numpy 1 headers beside numpy 2": (OLD, "2.0.2", Wants(NUMPY, ABI, 0x1000009)),
    "a newer API": (for_numpy(1, 0x10), "1.21.6", Wants(NUMPY, API, 0x10)),
    "a newer API with numpy 2 headers": (NEW, "1.19.5", Wants(NUMPY, API, 0xE)),
    "a type that shrank": (
        extension([(None, "numpy", "dtype", 96)], strings=[SIZE_CHECK]),
        "2.0.2",
        Wants(NUMPY, "dtype", 96),
    ),
    "a type that was smaller": (
        extension([(None, "numpy", "ndarray", 88)], strings=[SIZE_CHECK]),
        "1.19.5",
        Wants(NUMPY, "ndarray", 88),
    ),
}


@pytest.mark.parametrize(("data", "numpy", "wants"), MISFITS.values(), ids=MISFITS.keys())
def test_a_module_that_cannot_load(tmp_path: Path, data: bytes, numpy: str, wants: Wants) -> None:
    (only,) = found(tmp_path, package(data), numpy)
    assert (only.kind, only.wants, only.soft) == (ConflictKind.BINARY, wants, False)
    assert only.member == "user/fast.so"
    assert f"numpy {numpy} has {wants.what}" in only.why


FITS = {
    "numpy 1 headers beside numpy 1": (OLD, "1.26.4"),
    "numpy 2 headers beside numpy 2": (NEW, "2.3.0"),
    "numpy 2 headers beside numpy 1": (NEW, "1.20.0"),
    "a numpy that nobody knows yet": (OLD, "99.0"),
    "no numpy in it": (extension(strings=["PyInit_fast"]), "2.0.2"),
    "a size that no release ever had": (
        extension([(None, "numpy", "dtype", 97)], strings=[SIZE_CHECK]),
        "2.0.2",
    ),
    "a file that is none": (b"not a binary", "2.0.2"),
}


@pytest.mark.parametrize(("data", "numpy"), FITS.values(), ids=FITS.keys())
def test_a_module_that_loads_or_that_nobody_can_tell(tmp_path: Path, data: bytes, numpy: str) -> None:
    assert found(tmp_path, package(data), numpy) == []


NOT_BOUND_TO_LOAD = {
    "tried": "try:\n    from user import fast\nexcept ImportError:\n    fast = None\n",
    "in a function": "def f():\n    from user import fast\n",
    "under a condition": "import os\nif os.environ.get('FAST'):\n    from user import fast\n",
    "not at all": "",
}


@pytest.mark.parametrize("source", NOT_BOUND_TO_LOAD.values(), ids=NOT_BOUND_TO_LOAD.keys())
def test_only_what_is_bound_to_be_loaded_counts(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, package(OLD, source), "2.0.2") == []


def test_a_module_that_compares_nothing_is_a_warning(tmp_path: Path) -> None:
    (only,) = found(tmp_path, package(extension(strings=NUMPY_1)), "2.0.2")
    assert only.soft


def test_a_module_of_a_framework_that_goes_on_without_the_table_is_a_warning(tmp_path: Path) -> None:
    data = for_numpy(1, 0xD, needed=["libboost_python311-4d8f1a2b.so.1.82.0"])
    (only,) = found(tmp_path, package(data), "2.0.2")
    assert only.soft


def test_nothing_is_said_between_packages_that_nobody_asked_about(tmp_path: Path) -> None:
    assert found(tmp_path, package(OLD), "2.0.2", concerned=["other"]) == []
    assert len(found(tmp_path, package(OLD), "2.0.2", concerned=["numpy"])) == 1


def test_modules_that_disagree_are_said_to(tmp_path: Path) -> None:
    files = package(OLD, "from user import fast, slow\n") | {"user/slow.so": NEW}
    (only,) = found(tmp_path, files, "2.0.2")
    assert only.member == "user/fast.so"
    assert "other modules of it were not" in only.why


def test_a_type_of_a_module_that_is_not_there(tmp_path: Path) -> None:
    data = extension([(None, "numpy.random.gone", "Type", 96)], strings=[SIZE_CHECK])
    (only,) = found(tmp_path, package(data), "1.18.5")
    assert (only.kind, str(only.symbol)) == (ConflictKind.MODULE, "numpy.random.gone")
    data = extension([(None, "numpy.random", "Type", 96)], strings=[SIZE_CHECK])
    assert found(tmp_path, package(data), "1.18.5") == []
