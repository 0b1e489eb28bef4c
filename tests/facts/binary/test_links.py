"""What extension modules of every system say of the binaries that they were built for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from numlock.facts.binary import NotABinary, read_links
from numlock.facts.binary.image import read_image
from numlock.model import Table, TypeImport
from support.binaries import ABI_CHECK, NUMPY_1, NUMPY_2, SIZE_CHECK, Kind, extension, for_numpy

KINDS: tuple[Kind, ...] = ("elf", "macho", "pe")
NUMPY = canonicalize_name("numpy")


@pytest.mark.parametrize("kind", KINDS)
def test_a_module_built_with_numpy_1_headers(kind: Kind) -> None:
    links = read_links("a/b.so", for_numpy(1, 0xD, types=[("dtype", 96), ("ndarray", 80)], kind=kind))
    assert links.tables == (Table(NUMPY, 0x1000009, 0xD, checked=True),)
    assert links.types == (TypeImport("numpy", "dtype", 96), TypeImport("numpy", "ndarray", 80))


@pytest.mark.parametrize("kind", KINDS)
def test_a_module_built_with_numpy_2_headers(kind: Kind) -> None:
    assert read_links("a/b.so", for_numpy(2, 0xE, kind=kind)).tables == (
        Table(NUMPY, 0x2000000, 0xE, checked=True),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_libraries_that_it_is_linked_to(kind: Kind) -> None:
    assert read_image(extension(needed=["libone.so.1", "libtwo.so"], kind=kind)).needed == (
        "libone.so.1",
        "libtwo.so",
    )


@pytest.mark.parametrize("kind", ["elf", "macho"])
def test_of_another_machine_s_code_the_strings_speak(kind: Kind) -> None:
    data = extension([(None, ABI_CHECK, 0x1000009)], strings=NUMPY_1, kind=kind, machine="arm")
    assert read_links("a/b.so", data).tables == (Table(NUMPY, 0x1000009, None, checked=True),)


SAYS_NOTHING = {
    "no string of numpy's": extension(strings=["_ARRAY_API"]),
    "the table of something else": extension(strings=["numpy.core.multiarray", "_OTHER_API"]),
    "a message alone": extension(strings=["numpy.core.multiarray failed to import"]),
    "a longer name": extension(strings=["my_numpy._core", "my.numpy.core.multiarray", "_ARRAY_API"]),
}


@pytest.mark.parametrize("data", SAYS_NOTHING.values(), ids=SAYS_NOTHING.keys())
def test_no_table_is_made_up(data: bytes) -> None:
    assert read_links("a/b.so", data).tables == ()


def test_a_module_that_makes_no_comparison_is_said_to_make_none() -> None:
    assert read_links("a/b.so", extension(strings=NUMPY_2)).tables == (
        Table(NUMPY, 0x2000000, None, checked=False),
    )


def test_a_number_that_no_release_has_is_no_api_number() -> None:
    (table,) = read_links("a/b.so", for_numpy(1, 0x7FFF)).tables
    assert table.api is None


def test_types_count_only_where_their_sizes_are_compared() -> None:
    calls = [(None, "numpy", "dtype", 96)]
    assert read_links("a/b.so", extension(calls)).types == ()
    assert len(read_links("a/b.so", extension(calls, strings=[SIZE_CHECK])).types) == 1


def test_types_of_the_module_s_own_package_are_left_out() -> None:
    calls = [(None, "a.parts", "Part", 48), (None, "builtins", "type", 400), (None, "other.x", "X", 32)]
    data = extension(calls, strings=[SIZE_CHECK])
    assert read_links("a/b.so", data).types == (TypeImport("other.x", "X", 32),)


def test_no_binary_at_all() -> None:
    for data in (b"", b"MZ", b"\x7fELF", b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe" + b"\xff" * 40):
        with pytest.raises(NotABinary):
            read_links("a/b.so", data)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(KINDS), at=st.integers(0, 900), noise=st.binary(min_size=1, max_size=8))
def test_damaged_files_are_read_or_refused(kind: Kind, at: int, noise: bytes) -> None:
    data = bytearray(for_numpy(1, 0xD, types=[("dtype", 96)], kind=kind))
    data[at : at + len(noise)] = noise
    try:
        links = read_links("a/b.so", bytes(data))
    except NotABinary:
        return
    assert links.path == "a/b.so"
