"""The least value that a schema of an OpenAPI description allows."""

from __future__ import annotations

from typing import Any

_STRINGS = {"uri": "https://github.test/x", "date-time": "2026-01-01T00:00:00Z", "email": "a@github.test"}
_PLAIN: dict[str, Any] = {"integer": 1, "number": 1, "boolean": False, "array": []}


def filled(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A value with everything that is required and nothing else."""
    while "$ref" in schema:
        schema = _referenced(spec, schema["$ref"])
    if schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if (several := schema.get("oneOf") or schema.get("anyOf")) and "properties" not in schema:
        return filled(spec, several[0])
    if "allOf" in schema:
        merged: dict[str, Any] = {}
        for each in schema["allOf"]:
            merged |= filled(spec, each)
        return merged
    if schema.get("type", "object") == "object":
        properties = schema.get("properties", {})
        return {name: filled(spec, properties.get(name, {})) for name in schema.get("required", ())}
    if schema["type"] == "string":
        return _STRINGS.get(schema.get("format", ""), "x" * schema.get("minLength", 1))
    return _PLAIN[schema["type"]]


def _referenced(spec: dict[str, Any], reference: str) -> dict[str, Any]:
    found: Any = spec
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found
