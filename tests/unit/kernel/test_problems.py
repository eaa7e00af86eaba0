"""Errors are problem documents in the reader's language, and never repeat what was sent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.kernel.clock import SystemClock
from services.kernel.errors import InvalidInput, Refused, RetryTransaction, Unavailable, WrongVersion
from services.kernel.http import Asker, create_api
from services.kernel.phrases import Phrases
from services.kernel.tokens import Actor, Tokens

TOKENS = Tokens(b"k" * 32, SystemClock())
BEARER = {"Authorization": f"Bearer {TOKENS.issue(Actor('me', 'OPS', ''))}"}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    number: int


router = APIRouter()
ERRORS: dict[str, Exception] = {
    "refused": Refused("not_in_this_state", "OFFERED"),
    "forbidden": Refused("actor_not_allowed", status=403),
    "invalid": InvalidInput("plain_identity"),
    "version": WrongVersion("s", 3, 4),
    "again": RetryTransaction("s"),
    "away": Unavailable("kafka"),
    "bug": ZeroDivisionError("secret"),
}


@router.get("/errors/{name}")
async def fail(name: str) -> None:
    raise ERRORS[name]


@router.post("/bodies")
async def take(body: Body, actor: Asker) -> dict[str, Any]:
    return {"number": body.number, "name": actor.name}


APP = create_api("test", [router], Phrases.load("services.kernel"), TOKENS)


async def ask(method: str, path: str, **how: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own arguments
    transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        return await http.request(method, f"/api/v1{path}", **how)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("refused", 409, "not_in_this_state"),
        ("forbidden", 403, "actor_not_allowed"),
        ("invalid", 422, "plain_identity"),
        ("version", 409, "version_conflict"),
        ("again", 503, "try_again"),
        ("away", 503, "try_again"),
        ("bug", 500, "internal"),
    ],
)
async def test_each_error_has_its_status_and_code(name: str, status: int, code: str) -> None:
    answer = await ask("GET", f"/errors/{name}")
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == f"urn:jieli:problem:{code}"
    assert set(body) >= {"type", "title", "status", "code", "detail"}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("query", "header", "title"),
    [
        ("", "", "当前环节不能办理此事"),
        ("", "en-GB,en;q=0.9", "This cannot be done at the present step"),
        ("", "fr, en;q=0.5, zh;q=0.8", "当前环节不能办理此事"),
        ("", "fr", "当前环节不能办理此事"),
        ("", "en;q=x", "当前环节不能办理此事"),
        ("?lang=en", "zh", "This cannot be done at the present step"),
        ("?lang=zh", "en", "当前环节不能办理此事"),
    ],
)
async def test_the_title_is_in_the_readers_language_and_the_code_is_not(query: str, header: str, title: str) -> None:
    body = (await ask("GET", f"/errors/refused{query}", headers={"Accept-Language": header})).json()
    assert (body["title"], body["code"]) == (title, "not_in_this_state")


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        ('{"number": "Zhang San"}', ["/number"]),
        ('{"number": 1, "name": "Zhang San"}', ["/name"]),
        ('{"name": "Zhang San"}', ["/number", "/name"]),
    ],
)
async def test_wrong_data_is_told_by_field_and_never_by_value(content: str, pointers: list[str]) -> None:
    answer = await ask("POST", "/bodies", content=content, headers=BEARER | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
    assert [each["pointer"] for each in answer.json()["errors"]] == pointers
    assert "Zhang San" not in answer.text


@pytest.mark.parametrize("content", ["{", '{"number": "x"}', "[]"])
async def test_who_is_not_known_does_not_learn_what_is_wrong_with_the_data(content: str) -> None:
    answer = await ask("POST", "/bodies", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_broken_json_of_somebody_known_is_wrong_data() -> None:
    answer = await ask("POST", "/bodies", content="{", headers=BEARER)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")


@pytest.mark.parametrize(
    ("method", "path", "code"), [("GET", "/nowhere", "not_found"), ("PUT", "/bodies", "method_not_allowed")]
)
async def test_unknown_routes_and_methods_are_problems_too(method: str, path: str, code: str) -> None:
    answer = await ask(method, path)
    assert (answer.headers["content-type"], answer.json()["code"]) == ("application/problem+json", code)
