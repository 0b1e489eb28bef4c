"""What a check says: for a person, as JSON, as SARIF."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import (
    Because,
    Checked,
    Conflict,
    ConflictKind,
    Evidence,
    Finding,
    Key,
    Member,
    Pin,
    Source,
    Standing,
    Target,
    Unknown,
    Where,
)
from numlock.report import as_findings, as_findings_json, as_remarks, as_sarif

OLD, NEW = Target(python=(3, 8), platform="win_amd64"), Target(python=(3, 12), platform="win_amd64")
SLICE = Path(__file__).parent / "data" / "sarif-slice.json"


def pin(name: str, line: int) -> Pin:
    where = Where(path="some folder/r.txt", line=line)
    key = canonicalize_name(name)
    return Pin(
        name=key, spelled=name, version=Version("1.0"), written="1.0", text=(f"{name}==", ""), where=where
    )


def finding(
    name: str, line: int, standing: Standing, fix: str | None = None, reason: str | None = None
) -> Finding:
    stands = pin(name, line)
    source = Source(url="https://example.org/a-1.0.whl", member="a.py", line=3)
    conflict = Conflict(
        kind=ConflictKind.NAME,
        members=(Member(stands.name, frozenset({stands.version})),),
        because=(Because(text=f"{name} asks for \x1b[31mb.gone", evidence=Evidence.SOURCE, source=source),),
    )
    return Finding(
        conflict=conflict,
        where=stands.where,
        pin=stands,
        standing=standing,
        fix=fix,
        targets=(NEW,),
        others=(OLD,) if standing is Standing.ERROR else (),
        reason=reason,
    )


CHECKED = Checked(
    files=("some folder/r.txt",),
    findings=(
        finding("A", 1, Standing.ERROR, "A==1.1"),
        finding("b", 2, Standing.WARNING),
        finding("c", 3, Standing.BEFORE),
        finding("d", 4, Standing.IGNORED, reason="never imported"),
    ),
    unknowns=(Unknown(release=None, question="what e requires", why="offline"),),
    notes=("left alone: 1 line",),
)


def test_an_error_is_two_lines() -> None:
    assert as_findings(CHECKED) == (
        "some folder/r.txt:1: A==1.0: A asks for b.gone (on cpython 3.12 on win_amd64, not on cpython 3.8 on "
        "win_amd64) -> A==1.1\n    missing name, from source; in a-1.0.whl a.py:3\n"
    )


def test_warnings_are_shown_where_they_are_asked_for() -> None:
    shown = as_findings(CHECKED, warnings=True)
    assert "r.txt:2: warning: b==1.0: b asks for b.gone -> no version that is known to fit\n" in shown
    assert "c==1.0" not in shown


def test_colours_are_put_around_what_was_cleaned() -> None:
    shown = as_findings(CHECKED, colour=True)
    assert shown.count("\x1b[31m") == 1
    assert as_findings(CHECKED, colour=False).count("\x1b") == 0


def test_remarks_are_one_line_each() -> None:
    assert as_remarks(CHECKED).splitlines() == [
        "numlock: 1 conflict stood here before this change (some folder/r.txt:3); --all shows them",
        "numlock: 1 conflict ignored: never imported",
        "numlock: unknown: what e requires (offline)",
        "numlock: left alone: 1 line",
    ]


def test_what_cannot_be_installed_is_no_open_question_as_well() -> None:
    found = finding("A", 1, Standing.ERROR)
    barred = replace(found, conflict=replace(found.conflict, kind=ConflictKind.UNINSTALLABLE))
    unknowns = tuple(
        Unknown(
            release=Key(canonicalize_name(name), Version("1.0")), question="what it requires", why="no file"
        )
        for name in ("a", "b")
    )
    for findings, open_ in (((barred,), "b 1.0"), ((found,), "a 1.0, b 1.0")):
        checked = Checked(files=(), findings=findings, unknowns=unknowns)
        assert as_remarks(checked) == f"numlock: unknown: {open_} (no file)\n"


def test_json_holds_everything() -> None:
    document = json.loads(as_findings_json(CHECKED))
    assert document["sound"] is False
    assert [each["standing"] for each in document["findings"]] == ["error", "warning", "before", "ignored"]
    assert document["findings"][0]["holds_on"] == [{"python": "3.8", "platform": "win_amd64"}]


@pytest.mark.parametrize("checked", [CHECKED, Checked(files=())])
def test_sarif_is_what_the_standard_says(checked: Checked) -> None:
    document = json.loads(as_sarif(checked, "1.0"))
    jsonschema.validate(document, json.loads(SLICE.read_text(encoding="utf-8")))
    (run,) = document["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert all(result["ruleId"] in rules for result in run["results"])
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "note"][
        : len(checked.findings)
    ]
