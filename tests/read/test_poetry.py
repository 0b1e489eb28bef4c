"""Constraints of Poetry's as specifiers."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from numlock.read.poetry import meant


@pytest.mark.parametrize(
    ("constraint", "specifier"),
    [
        ("1.2.3", "==1.2.3"),
        ("==1.2", "==1.2"),
        ("1.0.0rc1", "==1.0.0rc1"),
        ("1.2.*", "==1.2.*"),
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.4", "~=1.4"),
        (">= 1.2, <2", ">=1.2,<2"),
        ("!=1.3", "!=1.3"),
        ("^1.0 || ^2.0", ""),
        ("nonsense", ""),
    ],
)
def test_meant(constraint: str, specifier: str) -> None:
    assert SpecifierSet(meant(constraint)) == SpecifierSet(specifier)
