"""What the API's own document says beyond its routes: the bearer token, repeated posts, bodies, problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from services.intake.bodies import IdentityBody
from services.intake.granted import GrantedBody
from services.intake.posted import PostedNotice
from services.kernel.idempotency import HEADER, LONGEST_KEY
from services.kernel.problems import MEDIA_TYPE

REF: Final = "#/components/schemas/"
SCHEMAS: Final[Mapping[str, type[BaseModel]]] = {
    "GrantedBody": GrantedBody,
    "IdentityBody": IdentityBody,
    "PostedNotice": PostedNotice,
}
BODIES: Final[Mapping[str, str]] = {
    "/api/v1/intake/facts": "GrantedBody",
    "/api/v1/intake/notices": "PostedNotice",
    "/api/v1/intake/reports": "Report",
}
REPORT: Final = {
    "type": "object",
    "description": "who came, and the fields of PersonReported beside it or in `data`",
    "required": ["identity"],
    "properties": {"identity": {"$ref": f"{REF}IdentityBody"}, "data": {"type": "object"}},
}
PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457; `code` never changes, `title` is in the reader's language, no value sent is repeated",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "properties": {"pointer": {"type": "string"}}}},
    },
}
REPEATABLE: Final = ("/api/v1/intake/", "/api/v1/handovers/")
KEY_HEADER: Final = {
    "name": HEADER.title(),
    "in": "header",
    "required": False,
    "description": "the same key with the same body gives the first answer again",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}


def described(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what the routes themselves do not tell; the given one stays as it is."""
    own = {name: kind.model_json_schema(ref_template=REF + "{model}") for name, kind in SCHEMAS.items()}
    own["PostedNotice"]["properties"]["identity"] = {"$ref": f"{REF}IdentityBody"}
    found = {name: schema for name, schema in _schemas(document) if "Validation" not in name}
    return {
        **document,
        "security": [{"bearer": []}],
        "paths": {path: _methods(path, methods) for path, methods in document["paths"].items()},
        "components": {
            "schemas": {**found, **own, "Problem": PROBLEM, "Report": REPORT},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from document.get("components", {}).get("schemas", {}).items()


def _methods(path: str, methods: Mapping[str, Any]) -> dict[str, Any]:
    return {method: _operation(path, method, dict(operation)) for method, operation in methods.items()}


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Every error is a problem document, so the framework's own 422 is taken out."""
    answers = {status: answer for status, answer in operation["responses"].items() if status != "422"}
    operation["responses"] = answers | {"default": _content("Problem", MEDIA_TYPE, description="a problem document")}
    if path in BODIES:
        operation["requestBody"] = _content(BODIES[path], "application/json", required=True)
    if method == "post" and path.startswith(REPEATABLE):
        operation["parameters"] = [*operation.get("parameters", []), KEY_HEADER]
    return operation


def _content(schema: str, media_type: str, **more: object) -> dict[str, Any]:
    return {**more, "content": {media_type: {"schema": {"$ref": REF + schema}}}}
