"""What ``make verify-advisories`` runs, and what it makes of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from bench.advisories import Outcome, Static, Step, chosen, digest, judged, record, run, steps
from bench.environments import Ran

from numlock.facts.advisories import load

TEXT = """\
id: NUMLOCK-2020-0001
summary: demo before 2.0 fails beside every numpy from 1.20 on, on Python 3.8 and later
affected:
  - package: {ecosystem: PyPI, name: demo}
    ranges:
      - type: ECOSYSTEM
        events: [{introduced: "0"}, {fixed: "2.0"}]
references: [{type: REPORT, url: "https://tracker.test/1"}]
database_specific:
  fails: use
  signature: {error: "TypeError$", message: "wrong type"}
  beside: {name: numpy, versions: ">=1.20"}
  python: ">=3.8"
  boundary:
    verified: documented
    edges:
      - {package: demo, last_bad: "1.1", first_good: "2.0", pins: [new==1.0, six==1.16.0]}
      - {package: numpy, first_bad: "1.20", last_good: "1.19.5"}
      - {package: python, first_bad: "3.8", last_good: "3.7"}
  probe:
    python: "3.8"
    pins: [demo==1.1, numpy==1.20, six==1.15.0]
    code: |
      import demo
"""
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
BASE = ("demo==1.1", "numpy==1.20", "six==1.15.0")


def test_each_edge_is_run_on_both_sides_and_no_environment_twice() -> None:
    assert steps(load(TEXT), DOCUMENT) == [
        Step("3.8", BASE, dies=True),
        Step("3.8", ("demo==2.0", "numpy==1.20", "six==1.16.0", "new==1.0"), dies=False),
        Step("3.8", ("demo==1.1", "numpy==1.19.5", "six==1.15.0"), dies=False),
        Step("3.7", BASE, dies=False),
    ]


def traceback(error: str) -> str:
    return f'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n    import demo\n{error}\n'


@pytest.mark.parametrize(
    ("dies", "ran", "complaint"),
    [
        pytest.param(True, Ran(1, traceback("TypeError: wrong type")), None, id="dies as it should"),
        pytest.param(True, Ran(0, ""), "should die", id="lives"),
        pytest.param(
            True,
            Ran(1, traceback("ValueError: wrong type")),
            "dies without the signature: ValueError: wrong type",
            id="dies of something else",
        ),
        pytest.param(True, Ran(1, "no"), "dies without the signature: no", id="dies without a traceback"),
        pytest.param(False, Ran(0, "a warning"), None, id="works as it should"),
        pytest.param(False, Ran(2, ""), "should work: exit 2", id="dies where it should work"),
        pytest.param(
            True, Ran(None, "no such release"), "not installed: no such release", id="no environment"
        ),
        pytest.param(False, Ran(None, "gone"), "not installed: gone", id="no environment to work in"),
    ],
)
def test_judged(dies: bool, ran: Ran, complaint: str | None) -> None:
    assert judged(load(TEXT), Step("3.8", BASE, dies), ran) == complaint


def test_what_was_run_is_recorded_with_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(TEXT, encoding="utf-8")
    outcome = Outcome(file=file, advisory=load(TEXT), digest=digest(DOCUMENT))
    record(outcome)
    once = file.read_text(encoding="utf-8")
    record(outcome)
    assert file.read_text(encoding="utf-8") == once
    boundary = yaml.safe_load(once)["database_specific"]["boundary"]
    assert (boundary["verified"], boundary["run"]["static"]) == ("run", "none")
    assert boundary["run"]["digest"] == digest(DOCUMENT)


@pytest.mark.parametrize(
    "changed",
    [
        TEXT.replace('fixed: "2.0"', 'fixed: "2.1"'),
        TEXT.replace("wrong type", "wrong"),
        TEXT.replace("six==1.15.0", "six==1.14.0"),
        TEXT.replace("import demo", "import demo.core"),
        TEXT.replace('last_good: "3.7"', 'last_good: "3.6"'),
    ],
)
def test_another_claim_has_another_digest(changed: str) -> None:
    assert digest(yaml.safe_load(changed)) != digest(DOCUMENT)


def test_other_words_have_the_same_digest() -> None:
    assert digest(yaml.safe_load(TEXT.replace("demo before", "Demo before"))) == digest(DOCUMENT)


def test_advisories_are_chosen_by_id_or_package(tmp_path: Path) -> None:
    for name, number in (("demo", 1), ("other", 2), ("other", 3)):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / f"NUMLOCK-2020-000{number}.yaml").touch()
    assert [file.stem[-1] for file in chosen([], tmp_path)] == ["1", "2", "3"]
    assert [file.stem[-1] for file in chosen(["other"], tmp_path)] == ["2", "3"]
    assert [file.stem[-1] for file in chosen(["0001", "NUMLOCK-2020-0003"], tmp_path)] == ["1", "3"]
    assert list(chosen(["0004"], tmp_path)) == []


@pytest.mark.online
def test_an_advisory_that_ships_holds() -> None:
    (file,) = chosen(["xlrd"])
    with Static() as static:
        outcome = static.look(run(file))
    assert outcome.skipped is None
    assert outcome.wrong == ()
    assert outcome.rows[-1] == "static judging: none"
