"""Cut what the tests need out of GitHub's description: ``python tests/support/slice_openapi.py api.github.com.json``.

The whole is 13 MB. What it says in words, and its examples, are left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent / "data" / "github-openapi.json"
_REPO = "/repos/{owner}/{repo}"
WANTED = {
    "/user": ["get"],
    f"{_REPO}/issues/{{issue_number}}/comments": ["get", "post"],
    f"{_REPO}/issues/comments/{{comment_id}}": ["patch"],
    f"{_REPO}/pulls": ["get"],
    f"{_REPO}/pulls/{{pull_number}}/files": ["get"],
    f"{_REPO}/pulls/{{pull_number}}/comments": ["get"],
    f"{_REPO}/pulls/{{pull_number}}/reviews": ["post"],
    f"{_REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}/jobs": ["get"],
    f"{_REPO}/actions/jobs/{{job_id}}/logs": ["get"],
    f"{_REPO}/contents/{{path}}": ["get"],
}
_WORDS = {"examples", "example", "description", "externalDocs", "title", "summary", "tags"}
_NAMES = ("properties", "schemas", "responses", "parameters", "headers")  # below these, keys are names


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """The wanted paths, with all that they refer to."""
    paths = {
        path: {key: _bare(whole["paths"][path][key]) for key in methods} for path, methods in WANTED.items()
    }
    components: dict[str, dict[str, Any]] = {}
    todo = set(_references(paths))
    while todo:
        _, _, kind, name = todo.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _bare(whole["components"][kind][name])
            todo |= set(_references(components[kind][name]))
    info = {key: whole["info"][key] for key in ("title", "version", "license")}
    ordered = {kind: dict(sorted(items.items())) for kind, items in sorted(components.items())}
    return {
        "openapi": whole["openapi"],
        "info": info,
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": ordered,
    }


def _bare(value: Any, *, names: bool = False) -> Any:
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {
        key: _bare(each, names=key in _NAMES and not names)
        for key, each in value.items()
        if names or not (key in _WORDS or key.startswith("x-"))
    }
    is_response = not names and kept.keys() & {"content", "headers"} and "in" not in kept
    return kept | ({"description": ""} if is_response or kept == {} else {})


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


if __name__ == "__main__":
    found = cut(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    OUTPUT.write_text(f"{json.dumps(found, indent=0, separators=(',', ':'))}\n", encoding="utf-8")
