"""The golden corpus: one payload of every event version ever written. Files are added, never changed.

`python -m tests.contract.schemas.corpus` adds a sample for each version that has none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.export import schema_of
from schemas.registry import EVENTS

GOLDEN = Path(__file__).parent / "golden"
TOKEN = {
    "v": 1,
    "alg": "A256GCM",
    "kid": "0f1e2d3c4b5a6978",
    "nonce": "c3ludGhldGlj",
    "ct": "c3ludGhldGljLW5vdC1hLXJlYWwtc2VhbA",
}
TEXTS = {
    "person_ref": "01SYNTHETICPERS0N00000000A",
    "handover_id": "01SYNTHETICHAND0VER000000B",
    "station_id": "A04-S011",
    "centre_id": "A-CENTRE-1",
    "notice_no": "N-1",
    "name": "T_D1",
    "sha256": "0" * 64,
}


def golden() -> dict[str, dict[str, Any]]:
    """Payloads by wire type."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*.json"))}


def add_missing() -> None:
    """Write a sample for each current version that has none."""
    GOLDEN.mkdir(exist_ok=True)
    for wire in sorted(EVENTS.keys() - golden().keys()):
        schema = schema_of(EVENTS[wire])
        text = json.dumps(sample(schema, schema.get("$defs", {})), ensure_ascii=False, indent=1) + "\n"
        (GOLDEN / f"{wire}.json").write_text(text, "utf-8")


def sample(schema: dict[str, Any], definitions: dict[str, Any], name: str = "") -> Any:  # noqa: ANN401 - any JSON
    """One plain value that the schema allows, every field set."""
    if "$ref" in schema:
        return sample(definitions[schema["$ref"].rpartition("/")[2]], definitions, name)
    if schema.get("title") == "Token":
        return TOKEN
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], definitions, name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    return _of_type(schema, definitions, name)


def _of_type(schema: dict[str, Any], definitions: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - any JSON
    match schema["type"]:
        case "object" if "properties" in schema:
            return {field: sample(part, definitions, field) for field, part in schema["properties"].items()}
        case "object":
            return {"A1": sample(values_of(schema), definitions)}
        case "array":
            return [sample(schema["items"], definitions, name)]
        case "integer":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
        case _:
            return _text(schema, name)


def values_of(schema: dict[str, Any]) -> dict[str, Any]:
    """What the values of an object with free names must be."""
    by_pattern: dict[str, dict[str, Any]] = schema.get("patternProperties", {})
    return next(iter(by_pattern.values()), schema.get("additionalProperties", {}))


def _text(schema: dict[str, Any], name: str) -> str:
    if "format" in schema:
        return {"date": "2026-03-30", "date-time": "2026-03-30T10:00:00+08:00"}[schema["format"]]
    if "vault:" in schema.get("pattern", ""):
        return "vault://people/01SYNTHETIC"
    return TEXTS.get(name, "SYN-1")


if __name__ == "__main__":
    add_missing()
