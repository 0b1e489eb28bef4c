"""A repair as JSON, for tools: every value a string, a number, a list or a map."""

from __future__ import annotations

import json
from typing import Any

from numlock.model import Change, Closes, Conflict, Misfit, NoPlan, Plan, Proof, Repair

FORMAT_VERSION = 1


def as_json(repair: Repair) -> str:
    """One JSON document; ``format`` is raised when a key changes its meaning."""
    document = {
        "format": FORMAT_VERSION,
        "target": {
            "python": repair.target.version,
            "platform": repair.target.platform,
            "source": repair.target.source,
        },
        "locked": sorted(repair.before.locked),
        "pins": list(repair.pins),
        "diagnosis": _diagnosis(repair),
        "misfits": [_misfit(each) for each in repair.misfits],
        "outcome": _outcome(repair),
        "closes": _closes(repair),
        "proof": _proof(repair),
        "tolerated": [_conflict(conflict) for conflict in repair.tolerated],
        "warnings": [_conflict(conflict) for conflict in repair.warnings],
        "unknowns": [{"question": unknown.question, "why": unknown.why} for unknown in repair.unknowns],
    }
    return json.dumps(document, indent=1) + "\n"


def _diagnosis(repair: Repair) -> dict[str, Any] | None:
    found = repair.diagnosis
    if found is None:
        return None
    frame = found.frame
    return {
        "cause": found.cause.value,
        "origin": found.origin.value,
        "culprit": found.culprit,
        "victim": found.victim,
        "symbol": str(found.symbol) if found.symbol else None,
        "suspects": list(found.suspects),
        "summary": found.summary,
        "rule": found.rule,
        "frame": {"file": frame.inside or frame.file, "line": frame.line, "code": frame.code}
        if frame
        else None,
    }


def _misfit(misfit: Misfit) -> dict[str, Any]:
    fits = str(misfit.fits) if misfit.fits else None
    return {"release": str(misfit.release), "file": misfit.path, "line": misfit.line, "fits": fits}


def _outcome(repair: Repair) -> dict[str, Any]:
    outcome = repair.outcome
    if isinstance(outcome, Plan):
        return {
            "kind": "plan",
            "optimal": outcome.optimal,
            "cost": list(outcome.cost),
            "changes": [_change(change) for change in outcome.changes],
        }
    if isinstance(outcome, NoPlan):
        return {
            "kind": "no plan",
            "core": [_conflict(conflict) for conflict in outcome.core],
            "ways_out": [way.text for way in outcome.ways_out],
        }
    return {"kind": "nothing", "why": outcome.why}


def _change(change: Change) -> dict[str, Any]:
    return {
        "name": change.name,
        "before": str(change.before),
        "after": str(change.after),
        "because": [_conflict(conflict) for conflict in change.because],
    }


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "kind": conflict.kind.value,
        "packages": [member.name for member in conflict.members],
        "because": [
            {
                "text": because.text,
                "evidence": because.evidence.name.lower(),
                "source": str(because.source) if because.source else None,
                "link": because.link,
            }
            for because in conflict.because
        ],
    }


def _closes(repair: Repair) -> dict[str, Any]:
    closes = repair.closes
    if isinstance(closes, Closes):
        return {"ok": closes.ok, "words": closes.words, "tolerated": len(closes.tolerated)}
    return {"ok": None, "words": closes.why}


def _proof(repair: Repair) -> dict[str, Any]:
    proof, runs = repair.proof, repair.runs
    found: dict[str, Any] = {"returncode": None}
    if isinstance(proof, Proof):
        found |= {"returncode": proof.returncode, "seconds": proof.seconds, "argv": list(proof.argv)}
    else:
        found["why"] = proof.why
    if runs is not None:
        found |= {
            "before": runs.before,
            "rounds": runs.rounds,
            "fresh": runs.fresh,
            "all_seconds": runs.seconds,
        }
    return found
