"""The advisories that ship, and how advisories are read."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from bench.advisories import digest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.facts import Store, data
from numlock.facts.advisories import FOLDER, advisories_for, load, write_skeleton
from numlock.model import Advisory, Edge

FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".yaml", ".yml"))
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
EXTRAS = {path: yaml.safe_load(path.read_text(encoding="utf-8"))["database_specific"] for path in FILES}
RUN = [path for path, extra in EXTRAS.items() if extra["boundary"]["verified"] == "run"]
PROBED = [path for path, extra in EXTRAS.items() if "probe" in extra]
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
        "fails": "use",
        "signature": {"error": "TypeError$", "message": "numpy", "frames": "demo/core"},
        "beside": {"name": "numpy", "versions": ">=1.20"},
        "python": ">=3.7",
        "boundary": {
            "verified": "run",
            "run": {"date": "2020-01-01", "static": "none", "digest": "0123456789abcdef"},
            "edges": [
                {"package": "demo", "last_bad": "1.0", "first_good": "1.1", "pins": ["six==1.16.0"]},
                {"package": "numpy", "first_bad": "1.20", "last_good": "1.19.5"},
            ],
        },
        "probe": {"python": "3.8", "pins": ["demo==1.0", "numpy==1.20"], "code": "import demo\ndemo.run()\n"},
    },
}


def changed(**fields: object) -> dict[str, Any]:
    """The document with other fields of numlock's own."""
    found = copy.deepcopy(DOCUMENT)
    found["database_specific"] |= fields
    return found


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


def covers(advisory: Advisory, name: str, version: Version) -> bool:
    """Whether an advisory counts a version of one of its sides as failing."""
    if name == advisory.package:
        return advisory.hits(version)
    versions = advisory.python if name == "python" else advisory.beside and advisory.beside[1]
    return SpecifierSet(versions or "").contains(version, prereleases=True)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_agrees_with_its_edges(path: Path) -> None:
    advisory = load(path.read_text(encoding="utf-8"))
    sides = {advisory.package, "python" if advisory.python else None, advisory.beside and advisory.beside[0]}
    assert {edge.name for edge in advisory.edges} <= sides
    for edge in advisory.edges:
        assert covers(advisory, edge.name, edge.bad), str(edge)
        assert not covers(advisory, edge.name, edge.good), str(edge)


def bounds(advisory: Advisory) -> set[tuple[str, Version]]:
    """Every version at which one of an advisory's sides begins or ends."""
    found = {(str(advisory.package), bound) for each in advisory.affected for bound in each if bound}
    sides = [("python", advisory.python or ""), advisory.beside or ("", "")]
    for name, versions in sides:
        found |= {(str(name), Version(each.version)) for each in SpecifierSet(versions)}
    return {(name, bound) for name, bound in found if bound != Version("0")}


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_every_bound_of_an_advisory_was_run(path: Path) -> None:
    advisory = load(path.read_text(encoding="utf-8"))
    run = {(edge.name, max(edge.bad, edge.good)) for edge in advisory.edges}
    assert bounds(advisory) == run


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_an_advisory_was_not_changed_since_it_was_run(path: Path) -> None:
    found = document(path)
    assert found["database_specific"]["boundary"]["run"]["digest"] == digest(found)


@pytest.mark.parametrize("path", PROBED, ids=lambda path: path.stem)
def test_a_probe_is_an_environment_in_which_the_advisory_holds(path: Path) -> None:
    advisory, probe = load(path.read_text(encoding="utf-8")), document(path)["database_specific"]["probe"]
    pins = {name: Version(version) for name, version in (pin.split("==") for pin in probe["pins"])}
    pins[canonicalize_name("python")] = Version(probe["python"])
    sides = [advisory.package, *([advisory.beside[0]] if advisory.beside else [])]
    assert all(covers(advisory, side, pins[side]) for side in [*sides, "python"])
    assert len(pins) == len(probe["pins"]) + 1
    compile(probe["code"], path.stem, "exec")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_advisory_can_be_matched(path: Path) -> None:
    advisory = load(path.read_text(encoding="utf-8"))
    for pattern in filter(None, (advisory.error, advisory.message, advisory.frames)):
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
        lambda d: d["database_specific"]["boundary"].pop("run"),
        lambda d: d["database_specific"]["boundary"].update(verified="documented"),
        lambda d: d["database_specific"]["boundary"]["run"].update(static="one"),
        lambda d: d["database_specific"]["boundary"]["edges"][0].update(first_bad="2.0"),
        lambda d: d["database_specific"]["beside"].update(versions="==1.20"),
        lambda d: d["database_specific"]["signature"].update(message="(unclosed"),
        lambda d: d["database_specific"]["signature"].clear(),
        lambda d: d["database_specific"].pop("probe"),
        lambda d: d["database_specific"]["probe"]["pins"].append("six>=1"),
        lambda d: d["database_specific"].update(fails="sometimes"),
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
        "run without a record",
        "documented with a record",
        "a record of static facts",
        "an edge with two beginnings",
        "a version without bounds",
        "a broken pattern",
        "no pattern",
        "run without a probe",
        "a pin that is not exact",
        "neither import nor use",
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
    assert found.links == ("https://tracker.test/1",)
    assert found.edges == (
        Edge("demo", bad=Version("1.0"), good=Version("1.1")),
        Edge("numpy", bad=Version("1.20"), good=Version("1.19.5")),
    )
    assert (found.error, found.message, found.frames) == ("TypeError$", "numpy", "demo/core")
    assert (found.verified, found.always, found.beside, found.python) == (
        "run",
        False,
        ("numpy", ">=1.20"),
        ">=3.7",
    )


def test_what_fails_at_import_holds_always() -> None:
    assert load(yaml.safe_dump(changed(fails="import"))).always


def test_what_an_advisory_leaves_out_is_open() -> None:
    bare = changed(signature={"message": "numpy"})
    for key in ("beside", "python", "probe"):
        del bare["database_specific"][key]
    found = load(yaml.safe_dump(bare))
    assert (found.error, found.frames, found.beside, found.python) == (None, None, None, None)


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


def test_advisories_are_parsed_once_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "demo").mkdir()
    file = tmp_path / "demo" / "NUMLOCK-2020-0001.yaml"
    with Store(tmp_path / "facts.sqlite") as store:
        for summary in ("first", "second"):
            file.write_text(yaml.safe_dump(DOCUMENT | {"summary": summary}), encoding="utf-8")
            parsed = load(file.read_text(encoding="utf-8"), store.remembered)
            assert parsed == load(file.read_text(encoding="utf-8"))
            assert parsed.summary == summary
    monkeypatch.setattr(data, "_parse", lambda text: pytest.fail("parsed again"))
    with Store(tmp_path / "facts.sqlite") as store:
        assert load(file.read_text(encoding="utf-8"), store.remembered).summary == "second"


def test_the_advisory_of_torch_ships() -> None:
    hits = [advisory.id for advisory in advisories_for([TORCH]) if advisory.hits(Version("1.8.0+cu111"))]
    assert "NUMLOCK-2026-0001" in hits


# --- new ones ------------------------------------------------------------------------------------------------


def test_a_skeleton_lies_where_it_is_looked_for_and_has_the_next_id(tmp_path: Path) -> None:
    year = date.today().year
    first = write_skeleton("Demo_X", tmp_path)
    second = write_skeleton("other", tmp_path)
    assert first == tmp_path / "demo-x" / f"NUMLOCK-{year}-0001.yaml"
    assert second == tmp_path / "other" / f"NUMLOCK-{year}-0002.yaml"


def test_a_skeleton_lacks_nothing_but_its_blanks(tmp_path: Path) -> None:
    skeleton = document(write_skeleton("demo", tmp_path))
    blanks = {".".join(map(str, error.path)) for error in VALIDATOR.iter_errors(skeleton)}
    assert blanks == {
        "summary",
        "affected.0.ranges.0.events.1.fixed",
        "references.0.url",
        "database_specific.fails",
        "database_specific.signature.error",
        "database_specific.signature.message",
        "database_specific.boundary.edges.0",
        "database_specific.probe.python",
        "database_specific.probe.pins",
    }
    skeleton["summary"] = DOCUMENT["summary"]
    skeleton["affected"][0]["ranges"][0]["events"][1]["fixed"] = "1.1"
    skeleton["references"] = DOCUMENT["references"]
    filled = skeleton["database_specific"]
    filled |= {"fails": "use", "signature": {"error": "TypeError$"}}
    filled["boundary"]["edges"] = [{"package": "demo", "last_bad": "1.0", "first_good": "1.1"}]
    filled["probe"] |= {"python": "3.8", "pins": ["demo==1.0"]}
    VALIDATOR.validate(skeleton)


def test_a_skeleton_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match="advisory-not-written"):
        write_skeleton("demo", tmp_path)
