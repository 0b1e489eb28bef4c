"""The advisories that ship, and how advisories are read."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.facts.advisories import FOLDER, advisories_for, load

FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".yaml", ".yml"))
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
TORCH = canonicalize_name("torch")

DOCUMENT: dict[str, Any] = {
    "id": "NUMLOCK-2020-0001",
    "modified": "2020-01-01T00:00:00Z",
    "summary": "demo 1.0 fails beside every numpy from 1.20 on",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "demo"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "2.0"}, {"fixed": "2.0.1"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "3.0"}]},
            ],
        }
    ],
    "references": [{"type": "REPORT", "url": "https://tracker.test/1"}],
    "database_specific": {
        "signature": {"error": "TypeError$", "message": "numpy"},
        "beside": {"name": "NumPy", "versions": ">=1.20"},
        "python": ">=3.7",
        "boundary": {"last_bad": "1.0", "first_good": "1.1", "verified": "run"},
    },
}


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


# --- the ones that ship --------------------------------------------------------------------------------------


def test_there_are_advisories() -> None:
    assert FILES


def test_ids_are_unique() -> None:
    ids = [document(path)["id"] for path in FILES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_meets_the_schema(path: Path) -> None:
    VALIDATOR.validate(document(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_lies_where_it_is_looked_for(path: Path) -> None:
    advisory = load(path.read_text(encoding="utf-8"))
    assert path.relative_to(FOLDER).as_posix() == f"{advisory.package}/{advisory.id}.yaml"
    assert advisory in advisories_for([advisory.package])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_links_to_its_evidence(path: Path) -> None:
    links = load(path.read_text(encoding="utf-8")).links
    assert links
    assert all(link.startswith("https://") for link in links)
    assert len(set(links)) == len(links)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_agrees_with_its_boundary(path: Path) -> None:
    advisory = load(path.read_text(encoding="utf-8"))
    last_bad, first_good = map(Version, advisory.boundary)
    assert last_bad < first_good
    assert advisory.hits(last_bad)
    assert not advisory.hits(first_good)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_can_be_matched(path: Path) -> None:
    advisory = load(path.read_text(encoding="utf-8"))
    for pattern in filter(None, (advisory.error, advisory.message)):
        re.compile(pattern)
    for specifier in filter(None, (advisory.python, advisory.beside and advisory.beside[1])):
        SpecifierSet(specifier)


# --- the schema ----------------------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(DOCUMENT)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(id="CVE-2020-1"),
        lambda d: d.update(severity="high"),
        lambda d: d.pop("references"),
        lambda d: d["references"].clear(),
        lambda d: d["references"][0].update(url="http://tracker.test/1"),
        lambda d: d["affected"].append(d["affected"][0]),
        lambda d: d["affected"][0]["package"].update(name="Demo_X"),
        lambda d: d["affected"][0]["ranges"][0]["events"].reverse(),
        lambda d: d["database_specific"].pop("boundary"),
        lambda d: d["database_specific"]["boundary"].update(verified="guessed"),
        lambda d: d["database_specific"]["signature"].update(message="(unclosed"),
    ],
    ids=[
        "another kind of id",
        "an unknown field",
        "no references",
        "empty references",
        "a plain link",
        "two packages",
        "a name that is not normalised",
        "fixed before introduced",
        "no boundary",
        "a guess",
        "a broken pattern",
    ],
)
def test_the_schema_refuses(spoil: Callable[[dict[str, Any]], object]) -> None:
    spoiled = copy.deepcopy(DOCUMENT)
    spoil(spoiled)
    assert not VALIDATOR.is_valid(spoiled)


# --- reading -------------------------------------------------------------------------------------------------


def test_an_advisory_is_read_whole() -> None:
    found = load(yaml.safe_dump(DOCUMENT))
    assert (found.id, found.package, found.summary) == ("NUMLOCK-2020-0001", "demo", DOCUMENT["summary"])
    assert found.affected == (
        (None, Version("1.1")),
        (Version("2.0"), Version("2.0.1")),
        (Version("3.0"), None),
    )
    assert (found.links, found.boundary) == (("https://tracker.test/1",), ("1.0", "1.1"))
    assert (found.verified, found.error, found.message) == ("run", "TypeError$", "numpy")
    assert (found.beside, found.python) == (("numpy", ">=1.20"), ">=3.7")


def test_what_an_advisory_leaves_out_is_open() -> None:
    bare = copy.deepcopy(DOCUMENT)
    bare["database_specific"] = {"boundary": DOCUMENT["database_specific"]["boundary"]}
    found = load(yaml.safe_dump(bare))
    assert (found.error, found.message, found.beside, found.python) == (None, None, None, None)


@pytest.mark.parametrize(
    ("version", "hit"),
    [
        ("0.1", True),
        ("1.0", True),
        ("1.0+cu111", True),
        ("1.1", False),
        ("1.1+cu111", False),
        ("1.9", False),
        ("2.0", True),
        ("2.0.1", False),
        ("99", True),
    ],
)
def test_versions_that_an_advisory_hits(version: str, hit: bool) -> None:
    assert load(yaml.safe_dump(DOCUMENT)).hits(Version(version)) is hit


def test_advisories_of_the_packages_that_are_asked_for_only(tmp_path: Path) -> None:
    for package, numbers in {"demo": (2, 1), "other": (3,)}.items():
        (tmp_path / package).mkdir()
        for number in numbers:
            text = yaml.safe_dump(DOCUMENT | {"id": f"NUMLOCK-2020-000{number}"})
            (tmp_path / package / f"NUMLOCK-2020-000{number}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "NUMLOCK-2020-0009.yaml").write_text("[", encoding="utf-8")
    asked = [canonicalize_name(name) for name in ("other", "demo", "demo", "absent")]
    found = [advisory.id for advisory in advisories_for(asked, tmp_path)]
    assert found == ["NUMLOCK-2020-0001", "NUMLOCK-2020-0002", "NUMLOCK-2020-0003"]
    assert advisories_for([], tmp_path) == ()


def test_the_advisory_of_torch_ships() -> None:
    hits = [advisory.id for advisory in advisories_for([TORCH]) if advisory.hits(Version("1.8.0+cu111"))]
    assert "NUMLOCK-2026-0001" in hits
