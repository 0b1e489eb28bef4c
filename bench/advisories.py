"""Runs what advisories claim: ``python -m bench.advisories [--record] [ID...]`` (``make verify-advisories``).

For each advisory with a probe, in fresh environments: at every edge the release that fails dies with the advisory's
signature, and its neighbour works. Then numlock's static judging, without advisories, looks at the pins that fail:
where it already finds a conflict between the packages, the advisory is not needed. ``--record`` writes what was shown
into the advisory (``verified: run``). Exits with 1 on any disagreement; what cannot be run here is skipped, with the
reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from bench.environments import Ran, interpreter, run_in, settings
from numlock import diagnose, judge, read
from numlock.errors import NumlockError
from numlock.facts import Facts, Store
from numlock.facts.advisories import FOLDER, load
from numlock.model import Advisory, Conflict, ConflictKind, Crash, Edge, NoPlan, Plan, Target
from numlock.read.requirements import parse_pins
from numlock.refine import refine
from numlock.search import Search

_JOBS = 2
_PYTHON = "python"
_VERIFIED = re.compile(r"^    verified: .*\n(?:    run: .*\n)?", re.MULTILINE)


class Step(NamedTuple):
    """One environment of an advisory, and whether the probe has to die in it."""

    python: str
    pins: tuple[str, ...]
    dies: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What running an advisory came to: the steps in words, and what disagrees with it.

    ``digest`` is that of what was run; ``died``: the environment of the probe, and how it ended there.
    """

    file: Path
    advisory: Advisory
    rows: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    skipped: str | None = None
    digest: str = ""
    died: tuple[Step, Ran] | None = None


def main(argv: Sequence[str]) -> int:
    """Verify the advisories named (all without names)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write what was shown into the advisories")
    parser.add_argument("ids", nargs="*", metavar="ID", help="whole ids, their last digits, or packages")
    options = parser.parse_args(argv)
    files = list(chosen(options.ids))
    wrong = 0
    with ThreadPoolExecutor(_JOBS) as pool, Static() as static:
        for done in as_completed([pool.submit(run, file) for file in files]):
            outcome = done.result()
            if outcome.died and not outcome.wrong:
                outcome = static.look(outcome)
            wrong += bool(outcome.wrong)
            show(outcome)
            if options.record and not outcome.wrong and not outcome.skipped:
                record(outcome)
    print(f"{len(files)} advisories, {wrong} of them wrong")
    return 1 if wrong or not files else 0


def chosen(ids: Sequence[str], folder: Path = FOLDER) -> Iterator[Path]:
    """The files of advisories, by id, by the end of it or by package."""
    for file in sorted(folder.glob("*/*.yaml"), key=lambda file: file.stem):
        if not ids or file.parent.name in ids or any(file.stem.endswith(each) for each in ids):
            yield file


def show(outcome: Outcome) -> None:
    """One line a step."""
    word = "WRONG" if outcome.wrong else "skipped" if outcome.skipped else "holds"
    print(f"{outcome.file.stem} {outcome.advisory.package}: {word} {outcome.skipped or ''}".rstrip())
    for row in (*outcome.rows, *(f"WRONG: {each}" for each in outcome.wrong)):
        print(f"  {row}", flush=True)


# --- running -------------------------------------------------------------------------------------


def run(file: Path) -> Outcome:
    """Run both sides of every edge of one advisory."""
    text = file.read_text(encoding="utf-8")
    advisory, document = load(text), yaml.safe_load(text)
    outcome = Outcome(file=file, advisory=advisory, digest=digest(document))
    probe = document["database_specific"].get("probe")
    if probe is None:
        return replace(outcome, skipped=f"{advisory.verified}, without a probe")
    for step in steps(advisory, document):
        python = interpreter(step.python)
        if python is None:
            return replace(outcome, skipped=f"no Python {step.python}")
        start = time.perf_counter()
        ran = run_in(python, step.pins, probe["code"])
        where = _spelled(advisory, step)
        row = f"{where}: {_said(ran)} ({time.perf_counter() - start:.0f} s)"
        complaint = judged(advisory, step, ran)
        wrong = (f"{where}: {complaint}",) if complaint else ()
        outcome = replace(
            outcome,
            rows=(*outcome.rows, row),
            wrong=outcome.wrong + wrong,
            died=outcome.died or (step, ran),
        )
    return outcome


def steps(advisory: Advisory, document: dict[str, Any]) -> list[Step]:
    """The environments that the edges of an advisory ask for, each once; the first one is the probe's own."""
    extra = document["database_specific"]
    probe = extra["probe"]
    found = {Step(probe["python"], tuple(probe["pins"]), dies=True): None}
    for edge, each in zip(advisory.edges, extra["boundary"]["edges"], strict=True):
        found[_at(edge, str(edge.bad), probe, ())] = None
        found[_at(edge, str(edge.good), probe, each.get("pins", ()))._replace(dies=False)] = None
    return list(found)


def _at(edge: Edge, version: str, probe: dict[str, Any], others: Iterable[str]) -> Step:
    """The probe's environment with one package, or Python, at another version."""
    pins = {pin.partition("==")[0]: pin for pin in probe["pins"]}
    if edge.name == _PYTHON:
        return Step(version, tuple(pins.values()), dies=True)
    pins |= {pin.partition("==")[0]: pin for pin in (*others, f"{edge.name}=={version}")}
    return Step(probe["python"], tuple(pins.values()), dies=True)


def judged(advisory: Advisory, step: Step, ran: Ran) -> str | None:
    """What is wrong about a run; None: it went as the advisory says."""
    if ran.returncode is None:
        return f"not installed: {_last(ran)}"
    if not step.dies:
        return None if ran.returncode == 0 else f"should work: {_last(ran)}"
    if ran.returncode == 0:
        return "should die"
    crash = crash_of(ran)
    return None if crash and judge.fits(advisory, crash) else f"dies without the signature: {_last(ran)}"


def crash_of(ran: Ran) -> Crash | None:
    """What numlock itself reads in a program's output."""
    return diagnose.parse(read.clean_log(ran.stderr))


# --- what static judging knows -------------------------------------------------------------------


class _WithoutAdvisories(Facts):
    def advisories(self, names: Iterable[NormalizedName] | None) -> tuple[Advisory, ...]:
        return ()


class _Unwalked(Search):
    """A search that does not walk through code: where importing went well, a walk finds nothing that counts."""

    def _look(self, versions: Mapping[NormalizedName, Version], *, crashed: bool = False) -> bool:
        return False


class Static:
    """numlock's judging without advisories. Facts are kept from one advisory to the next."""

    def __init__(self) -> None:
        self._store = Store()
        self._facts: dict[Target, Facts] = {}

    def __enter__(self) -> Static:
        self._store.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._store.__exit__(*exception)

    def look(self, outcome: Outcome) -> Outcome:
        """The outcome with what facts show, which is wrong where they suffice."""
        found = self.found(outcome.advisory, *outcome.died) if outcome.died else []
        return replace(
            outcome,
            rows=(*outcome.rows, f"static judging: {'; '.join(found) or 'none'}"),
            wrong=(*outcome.wrong, *(f"not needed: {each}" for each in found)),
        )

    def found(self, advisory: Advisory, step: Step, ran: Ran) -> list[str]:
        """The conflicts between the advisory's packages that facts show in its pins, where they suffice to leave them.

        With the crash, and, where the advisory holds always, without it too: it is needed where one of the two does not
        show them. Facts that show a conflict but lead to a plan that is affected as well do not know enough.
        """
        target = Target(python=read.parse_python(step.python, advisory.id))
        pins = read.activate(parse_pins(list(step.pins), advisory.id), (), target, [])
        facts = self._facts.setdefault(target, _WithoutAdvisories(settings(), self._store, target))
        crash = crash_of(ran)
        diagnosis = None
        if crash is not None:
            diagnosis = diagnose.diagnose(crash, pins, facts.installed(pins.versions()), target)
            diagnosis = refine(diagnosis, facts, pins.versions(), pins.locked)
        found: list[str] = []
        for each, what in ((crash, diagnosis), (None, None))[: 2 if advisory.always else 1]:
            kind = Search if each is None or each.at_import else _Unwalked
            search = kind(pins, target, facts, crash=each, diagnosis=what)
            conflicts = (*search.start(), *search.tolerated)
            words = [_words(conflict) for conflict in conflicts if _between(conflict, advisory)]
            if not words or not _leaves(advisory, search.run()):
                return []
            found += words
        return list(dict.fromkeys(found))


def _between(conflict: Conflict, advisory: Advisory) -> bool:
    members = {member.name for member in conflict.members}
    named = {advisory.package, *([advisory.beside[0]] if advisory.beside else [])}
    return conflict.kind is not ConflictKind.HYPOTHESIS and bool(members) and members <= named


def _leaves(advisory: Advisory, outcome: Plan | NoPlan) -> bool:
    """Whether a plan is out of the advisory's reach."""
    if isinstance(outcome, NoPlan):
        return False
    name, versions = advisory.beside or (advisory.package, "")
    beside = SpecifierSet(versions).contains(outcome.versions[name], prereleases=True)
    return not (beside and advisory.hits(outcome.versions[advisory.package]))


def _words(conflict: Conflict) -> str:
    return conflict.because[0].text if conflict.because else conflict.kind.value


# --- recording -----------------------------------------------------------------------------------


def digest(document: dict[str, Any]) -> str:
    """What identifies a run: everything in the advisory that it depends on."""
    extra = document["database_specific"]
    edges = extra["boundary"]["edges"]
    ran = [
        document["affected"],
        edges,
        *(extra.get(key) for key in ("signature", "beside", "python", "probe")),
    ]
    return hashlib.sha256(json.dumps(ran, sort_keys=True).encode()).hexdigest()[:16]


def record(outcome: Outcome) -> None:
    """Write that every edge was run today, and that static judging found nothing."""
    text = outcome.file.read_text(encoding="utf-8")
    shown = f'{{date: "{date.today()}", static: none, digest: "{outcome.digest}"}}'
    text = _VERIFIED.sub(f"    verified: run\n    run: {shown}\n", text, count=1)
    outcome.file.write_text(text, encoding="utf-8")


def _spelled(advisory: Advisory, step: Step) -> str:
    named = {advisory.package, advisory.beside[0] if advisory.beside else None}
    shown = [pin for pin in step.pins if pin.partition("==")[0] in named]
    return f"Python {step.python}, {' '.join(shown)}"


def _said(ran: Ran) -> str:
    return "works" if ran.returncode == 0 else f"dies of {_last(ran)}"


def _last(ran: Ran) -> str:
    lines = [line for line in ran.stderr.splitlines() if line.strip()]
    return lines[-1].strip()[:160] if lines else f"exit {ran.returncode}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NumlockError as error:
        sys.exit(f"bench.advisories: {error}")
