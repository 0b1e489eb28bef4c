"""What a check says, for tools: JSON of its own, and SARIF 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from numlock.model import Checked, ConflictKind, Finding, Standing, Target
from numlock.report.checked import what_is_wrong, what_shows_it, what_would_fix_it

FORMAT_VERSION = 1
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Standing.ERROR: "error",
    Standing.BEFORE: "note",
    Standing.IGNORED: "note",
    Standing.WARNING: "warning",
}


def as_findings_json(checked: Checked) -> str:
    """One JSON document; ``format`` is raised when a key changes its meaning."""
    document = {
        "format": FORMAT_VERSION,
        "sound": checked.sound,
        "files": list(checked.files),
        "findings": [_finding(each) for each in checked.findings],
        "unknowns": [{"question": each.question, "why": each.why} for each in checked.unknowns],
        "notes": list(checked.notes),
        "written": list(checked.written),
    }
    return json.dumps(document, indent=1) + "\n"


def as_sarif(checked: Checked, version: str) -> str:
    """One SARIF log with one run of this ``version`` of numlock; what is ignored is suppressed in it."""
    rules = [{"id": _rule(kind), "shortDescription": {"text": kind.value}} for kind in ConflictKind]
    driver = {"name": "numlock", "version": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each) for each in checked.findings],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": text}} for text in _notes(checked)
                ],
            }
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _notes(checked: Checked) -> list[str]:
    return [*(f"unknown: {each.question}: {each.why}" for each in checked.unknowns), *checked.notes]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "standing": finding.standing.value,
        "kind": finding.conflict.kind.value,
        "path": finding.where.path,
        "line": finding.where.line,
        "pin": f"{finding.pin.spelled}=={finding.pin.written}" if finding.pin else None,
        "packages": list(dict.fromkeys(member.name for member in finding.conflict.members)),
        "message": what_is_wrong(finding),
        "fix": what_would_fix_it(finding),
        "evidence": what_shows_it(finding),
        "also": list(finding.also),
        "targets": [_target(each) for each in finding.targets],
        "holds_on": [_target(each) for each in finding.others],
        "reason": finding.reason,
    }


def _target(target: Target) -> dict[str, str]:
    return {"python": target.version, "platform": target.platform}


def _result(finding: Finding) -> dict[str, Any]:
    fix = what_would_fix_it(finding)
    text = f"{what_is_wrong(finding)} -> {fix}" if fix else what_is_wrong(finding)
    result: dict[str, Any] = {
        "ruleId": _rule(finding.conflict.kind),
        "level": _LEVELS[finding.standing],
        "message": {"text": f"{text}. {what_shows_it(finding)}"},
        "locations": [{"physicalLocation": _location(finding)}],
        "partialFingerprints": {"conflict/v1": _fingerprint(finding)},
    }
    if finding.standing is Standing.IGNORED:
        result["suppressions"] = [{"kind": "external", "justification": finding.reason or ""}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    path = finding.where.path.replace("\\", "/")
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(path.removeprefix("./"), safe="/")}}
    if finding.where.line is not None:
        location["region"] = {"startLine": finding.where.line}
    return location


def _fingerprint(finding: Finding) -> str:
    """The same for the same conflict wherever its line stands."""
    packages = sorted(member.name for member in finding.conflict.members)
    return hashlib.sha256("\n".join([finding.conflict.kind.name, *packages]).encode()).hexdigest()


def _rule(kind: ConflictKind) -> str:
    return kind.name.lower()
