"""Reports of one repair, whole."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.model import (
    Because,
    Cause,
    Change,
    Closes,
    Conflict,
    ConflictKind,
    Diagnosis,
    Evidence,
    Frame,
    Key,
    Member,
    NoPlan,
    Nothing,
    Opaque,
    Origin,
    Pin,
    Pins,
    Place,
    Plan,
    Proof,
    Repair,
    Target,
    Unknown,
    Verdict,
    WayOut,
    Where,
)
from numlock.report import as_html, as_json, as_markdown, as_pins, as_text
from numlock.report.document import Code
from numlock.report.escape import is_address
from numlock.report.markdown import LIMIT
from support.hostile import HOSTILE, PASSWORD
from support.rendered import rendered

NUMPY, TORCH, OLD, NEW = (
    canonicalize_name("numpy"),
    canonicalize_name("torch"),
    Version("1.8.0"),
    Version("1.8.1"),
)


def pin(spelled: str, version: str, after: str = "") -> Pin:
    where = Where(path="requirements.txt", line=1)
    name = canonicalize_name(spelled)
    text = (f"{spelled}==", after)
    return Pin(name=name, spelled=spelled, version=Version(version), written=version, text=text, where=where)


ENTRIES = (
    pin("NumPy", "1.18.03"),
    Opaque(text="-e .", where=Where(path="r.txt", line=2)),
    pin("torch", "1.8.0"),
)
BEFORE = Pins(
    entries=ENTRIES,
    active={entry.name: entry for entry in ENTRIES if isinstance(entry, Pin)},
    locked=frozenset({NUMPY}),
)
CONFLICT = Conflict(
    kind=ConflictKind.ADVISORY,
    members=(Member(TORCH, frozenset({OLD})),),
    because=(
        Because(text="torch 1.8.0 is \x1b[31mbroken", evidence=Evidence.ADVISORY, link="https://e.test/1"),
    ),
)
FRAME = Frame(
    file="/x/torch/nn.py", inside="torch/nn.py", line=3, function="f", code="g()", place=Place.LIBRARY
)
DIAGNOSIS = Diagnosis(
    cause=Cause.NATIVE,
    origin=Origin.TRANSITIVE,
    rule="native",
    summary="RuntimeError inside torch",
    culprit=TORCH,
    frame=FRAME,
)
PLAN = Plan(
    versions={NUMPY: Version("1.18.3"), TORCH: NEW},
    changes=(Change(name=TORCH, before=OLD, after=NEW, because=(CONFLICT,)),),
    cost=(1, 0),
)


def repair(outcome: Plan | NoPlan | Nothing) -> Repair:
    target = Target(python=(3, 7), source="the case")
    closes = Closes(ok=True)
    return Repair(target=target, before=BEFORE, outcome=outcome, diagnosis=DIAGNOSIS, closes=closes)


def test_pins_keep_names_order_spelling_and_count() -> None:
    assert as_pins(repair(PLAN)) == "NumPy==1.18.03\n-e .\ntorch==1.8.1\n"


def test_pins_are_unchanged_without_a_plan() -> None:
    nothing = Nothing(verdict=Verdict.NOT_KNOWN, why="no fact explains it")
    assert as_pins(repair(nothing)) == "NumPy==1.18.03\n-e .\ntorch==1.8.0\n"


REPORTS: dict[str, Plan | NoPlan | Nothing] = {
    "plan": PLAN,
    "no-plan": NoPlan(
        core=(CONFLICT,),
        ways_out=(WayOut(release=NUMPY, changes=(), text="release numpy: numpy 1.18.3 -> 1.19.5"),),
    ),
    "nothing": Nothing(verdict=Verdict.NOT_KNOWN, why="no fact explains it"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_text_report(name: str, update: bool) -> None:
    path = Path(__file__).parent / "data" / f"{name}.txt"
    text = as_text(repair(REPORTS[name]))
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert "\x1b" not in text


def test_json_report_holds_the_change_and_its_evidence() -> None:
    document = json.loads(as_json(repair(PLAN)))
    assert document["pins"] == ["NumPy==1.18.03", "-e .", "torch==1.8.1"]
    (change,) = document["outcome"]["changes"]
    assert (change["name"], change["before"], change["after"]) == ("torch", "1.8.0", "1.8.1")
    assert change["because"][0]["because"][0]["link"] == "https://e.test/1"
    assert document["diagnosis"]["frame"] == {"file": "torch/nn.py", "line": 3, "code": "g()"}


@pytest.mark.parametrize("name", REPORTS)
def test_markdown_report(name: str, update: bool) -> None:
    path = Path(__file__).parent / "data" / f"{name}.md"
    text = as_markdown(repair(REPORTS[name]), head="<!-- first -->", foot=("commit ", Code("abc")))
    if update:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_verdict_and_fix_stand_in_the_first_five_lines() -> None:
    first = as_markdown(repair(PLAN), head="<!-- first -->").splitlines()[:5]
    assert "1 pin must move" in first[1]
    assert first[3].startswith("**torch** `1.8.0` → `1.8.1`")


@pytest.mark.parametrize("count", [3, 400, 3_000])
def test_markdown_keeps_to_the_limit_and_loses_its_end_first(count: int) -> None:
    pins = tuple(pin(f"package-number-{number}", "1.0") for number in range(count))
    active = {entry.name: entry for entry in pins}
    change = Change(name=pins[0].name, before=Version("1.0"), after=Version("2.0"), because=(CONFLICT,))
    plan = Plan(versions={entry.name: entry.version for entry in pins}, changes=(change,) * count, cost=())
    found = replace(repair(plan), before=Pins(entries=pins, active=active))
    text = as_markdown(found, foot=("end",))
    assert len(text) <= LIMIT
    assert f"{count} pins must move" in text
    assert "| `package-number-0` |" in text
    assert ("Left out, for the length" in text) == (count == 3_000)
    assert text.endswith("<sub>end</sub>\n")
    assert "must move" in as_markdown(found, limit=300)


def hostile(text: str, outcome: str) -> Repair:
    """A repair with ``text`` in every field that a log, an index, a wheel or a pins file fills."""
    because = Because(text=text, evidence=Evidence.SOURCE, link=None if is_address(text) else text)
    conflict = Conflict(kind=ConflictKind.NAME, members=CONFLICT.members, because=(because,))
    change = Change(name=TORCH, before=OLD, after=NEW, because=(conflict,))
    outcomes: dict[str, Plan | NoPlan | Nothing] = {
        "plan": replace(PLAN, changes=(change,)),
        "no-plan": NoPlan(core=(conflict,), ways_out=(WayOut(release=NUMPY, changes=(), text=text),)),
        "nothing": Nothing(verdict=Verdict.NOT_KNOWN, why=text),
    }
    opaque = Opaque(text=text.replace("\n", " "), where=Where(path=text))
    torch = replace(pin("torch", "1.8.0"), where=Where(path=text, line=1))
    before = replace(BEFORE, entries=(opaque, torch), active={TORCH: torch}, locked=frozenset())
    return replace(
        repair(outcomes[outcome]),
        before=before,
        diagnosis=replace(DIAGNOSIS, summary=text, frame=replace(FRAME, inside=text)),
        closes=Closes(ok=False, words=text),
        proof=Proof(argv=(text,), returncode=1, tail=text, seconds=1.0),
        tolerated=(conflict,),
        warnings=(conflict,),
        unknowns=(Unknown(release=None, question=text, why=text),),
    )


@pytest.mark.parametrize("outcome", REPORTS)
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_alive_in_markdown(text: str, outcome: str) -> None:
    """What can be counted is as it is for a harmless text: blocks, links, HTML, fences."""
    found, harmless = (rendered(as_markdown(hostile(each, outcome))) for each in (text, "harmless"))
    assert found.blocks <= harmless.blocks  # an empty text leaves an empty place
    assert found[1:4] == harmless[1:4]
    assert found.live == []


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_alive_in_html(text: str) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[tuple[str, object]] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.seen.append((tag, attrs))

    seen = []
    for each in (text, "harmless"):
        tags = Tags()
        tags.feed(as_html(hostile(each, "plan")))
        seen.append(tags.seen)
    assert seen[0] == seen[1]
    assert PASSWORD not in as_html(hostile(text, "plan"))


def test_open_questions_about_what_moves_are_told_with_the_answer() -> None:
    doubt = Unknown(
        release=Key(TORCH, NEW), question="whether torch 1.8.1 can be built", why="it has no wheel"
    )
    said = as_text(replace(repair(PLAN), unknowns=(doubt,)))
    assert "unknown   whether torch 1.8.1 can be built: it has no wheel" in said
    assert "resting on advisory, with open questions about torch 1.8.1;" in said
    assert "open questions" not in as_text(repair(PLAN))
