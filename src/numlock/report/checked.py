"""What a check says, for a person: nothing where all is well, else two lines a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from numlock.model import Checked, ConflictKind, Finding, Key, Standing, Target, Unknown
from numlock.report.escape import plain

_BOLD, _RED, _DIM, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
_NAMED = 3  # packages named in a line that counts them


def as_findings(checked: Checked, *, colour: bool = False, warnings: bool = False) -> str:
    """``file:line: name==version: what is wrong -> what would fix it``, and a line of evidence; empty: sound.

    ``warnings``: those, too. ``colour``: for a terminal.
    """
    shown = [*checked.of(Standing.ERROR), *(checked.of(Standing.WARNING) if warnings else ())]
    return "".join(f"{line}\n" for finding in shown for line in _lines(finding, colour=colour))


def as_remarks(checked: Checked) -> str:
    """What does not fail a check, one quiet line a kind."""
    return "".join(f"numlock: {plain(line)}\n" for line in _remarks(checked))


def what_is_wrong(finding: Finding) -> str:
    """A finding in words, without its place."""
    name = f"{finding.pin.spelled}=={finding.pin.written}: " if finding.pin else ""
    return plain(f"{name}{finding.conflict.because[0].text}{_on(finding)}")


def what_would_fix_it(finding: Finding) -> str | None:
    """What would end a finding's conflict."""
    return plain(finding.fix) if finding.fix else None


def what_shows_it(finding: Finding) -> str:
    """The evidence of a finding, in one line."""
    first = finding.conflict.because[0]
    parts = [f"{finding.conflict.kind.value}, from {first.evidence.name.lower()}"]
    parts += [f"in {first.source}"] if first.source else []
    parts += [first.link] if first.link else []
    parts += [f"and {len(finding.also)} more between the same packages"] if finding.also else []
    return plain("; ".join(parts))


def _lines(finding: Finding, *, colour: bool) -> Iterator[str]:
    label = "warning: " if finding.standing is Standing.WARNING else ""
    fix = what_would_fix_it(finding) or "no version that is known to fit"
    bold, red, dim, end = (_BOLD, _RED, _DIM, _PLAIN) if colour else ("", "", "", "")
    yield (
        f"{bold}{plain(str(finding.where))}:{end} {label}{red}{what_is_wrong(finding)}{end} -> {bold}{fix}{end}"
    )
    yield f"    {dim}{what_shows_it(finding)}{end}"


def _on(finding: Finding) -> str:
    """Where it does not hold, if it holds elsewhere."""
    if not finding.others:
        return ""
    return f" (on {_targets(finding.targets)}, not on {_targets(finding.others)})"


def _targets(targets: Iterable[Target]) -> str:
    return ", ".join(map(str, targets))


def _remarks(checked: Checked) -> Iterator[str]:
    if before := checked.of(Standing.BEFORE):
        places = ", ".join(dict.fromkeys(str(finding.where) for finding in before[:_NAMED]))
        yield f"{_count(before, 'conflict')} stood here before this change ({places}); --all shows them"
    if ignored := checked.of(Standing.IGNORED):
        reasons = "; ".join(dict.fromkeys(finding.reason or "" for finding in ignored))
        yield f"{_count(ignored, 'conflict')} ignored: {reasons}"
    if unknowns := tuple(_unknowns(checked)):
        yield f"unknown: {_in_words(unknowns)}"
    yield from checked.notes
    yield from (f"wrote {path}" for path in checked.written)


def _unknowns(checked: Checked) -> Iterator[Unknown]:
    """What is unknown of releases that can be installed: of others that is an error of its own."""
    told = {
        Key(member.name, version)
        for finding in checked.findings
        if finding.conflict.kind is ConflictKind.UNINSTALLABLE
        for member in finding.conflict.members
        for version in member.versions
    }
    yield from (each for each in checked.unknowns if each.release not in told)


def _in_words(unknowns: tuple[Unknown, ...]) -> str:
    questions = list(dict.fromkeys(str(each.release or each.question) for each in unknowns))
    more = f" and {len(questions) - _NAMED} more" if len(questions) > _NAMED else ""
    reasons = list(dict.fromkeys(each.why for each in unknowns))
    return f"{', '.join(questions[:_NAMED])}{more} ({reasons[0]}{', ...' if len(reasons) > 1 else ''})"


def _count(found: tuple[Finding, ...], noun: str) -> str:
    return f"{len(found)} {noun}" if len(found) == 1 else f"{len(found)} {noun}s"
