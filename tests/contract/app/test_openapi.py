from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.app import openapi

PROMISED = {
    "POST /api/v1/intake/notices",
    "POST /api/v1/intake/reports",
    "GET /api/v1/intake/keys",
    "POST /api/v1/handovers/{handover_id}/records",
    "GET /api/v1/handovers",
    "GET /api/v1/handovers/{handover_id}",
    "GET /api/v1/people/{person_ref}/timeline",
    "GET /api/v1/stations/{org_id}/inbox",
    "GET /api/v1/trace/{any_id}",
    "GET /api/v1/parked",
    "POST /api/v1/parked/{parked_id}/retry",
    "POST /api/v1/parked/{parked_id}/discard",
    "GET /api/v1/quiet",
    "GET /api/v1/clock",
    "POST /api/v1/clock",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(openapi.text())
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        yield from (found for value in node.values() for found in references(value))
    elif isinstance(node, list):
        yield from (found for value in node for found in references(value))


def test_what_is_committed_is_what_the_code_says() -> None:
    assert openapi.main(["--check"]) == 0


def test_another_hash_seed_writes_the_same_bytes() -> None:
    script = "import sys; from services.app import openapi; sys.stdout.buffer.write(openapi.text().encode())"
    told = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": "4711"}, capture_output=True, check=True
    )
    assert told.stdout.decode() == openapi.text()


def test_every_promised_route_is_described(document: dict[str, Any]) -> None:
    assert {route for route, _ in operations(document)} >= PROMISED


def test_every_route_asks_for_a_token_and_answers_errors_as_problems(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    for route, operation in operations(document):
        assert operation.get("security") == ([] if " /auth/" in route else None), route
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], route
        assert "422" not in operation["responses"], route


def test_records_notices_and_reports_can_be_repeated_under_one_key(document: dict[str, Any]) -> None:
    keyed = {
        route
        for route, operation in operations(document)
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", []))
    }
    assert keyed >= {route for route in PROMISED if route.startswith(("POST /api/v1/intake", "POST /api/v1/handovers"))}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_check_writes_nothing_and_fails_where_they_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed = tmp_path / "openapi.json"
    assert openapi.main(["--check"], committed) == 1
    assert not committed.exists()
    assert openapi.main([], committed) == 0
    assert openapi.main(["--check"], committed) == 0
    committed.write_text(committed.read_text("utf-8") + "\n", "utf-8")
    assert openapi.main(["--check"], committed) == 1
    assert "openapi.json" in capsys.readouterr().err
