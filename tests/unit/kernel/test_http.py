"""The frame of every API: health, metrics, its description, and who asks."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter

from services.kernel.clock import SystemClock
from services.kernel.http import Asker, Lang, create_api, only_for
from services.kernel.phrases import Phrases
from services.kernel.tokens import Actor, Tokens

TOKENS = Tokens(b"k" * 32, SystemClock())
router = APIRouter()


@router.get("/me")
async def me(actor: Asker, lang: Lang) -> dict[str, str | None]:
    only_for(actor, "OPS", "AUDITOR")
    return {"name": actor.name, "org": actor.org, "capacity": actor.capacity, "lang": lang}


async def missing() -> str | None:
    return "broker"


async def nothing() -> str | None:
    return None


async def get(path: str, token: str = "", probes: tuple[object, ...] = ()) -> httpx.Response:
    app = create_api("test", [router], Phrases.load("services.kernel"), TOKENS, probes)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as http:
        return await http.get(path, headers={"Authorization": token} if token else {})


def bearer(role: str) -> str:
    return f"Bearer {TOKENS.issue(Actor('me', role, 'A', 'c'))}"


async def test_who_asks_comes_from_the_token_alone() -> None:
    answer = await get("/api/v1/me?org=B", bearer("OPS"))
    assert answer.json() == {"name": "me", "org": "A", "capacity": "c", "lang": "zh"}


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Basic abc", "Bearer x.y.z"])
async def test_without_a_good_token_nobody_asks(token: str) -> None:
    assert (await get("/api/v1/me", token)).status_code == 401


async def test_a_route_may_be_for_some_roles_only() -> None:
    answer = await get("/api/v1/me", bearer("WORKER"))
    assert (answer.status_code, answer.json()["code"]) == (403, "actor_not_allowed")


async def test_it_lives() -> None:
    assert (await get("/livez")).status_code == 200


async def test_it_is_ready_when_no_probe_misses_anything() -> None:
    assert (await get("/readyz", probes=(nothing,))).status_code == 200
    waiting = await get("/readyz", probes=(nothing, missing))
    assert (waiting.status_code, waiting.json()["missing"]) == (503, ["broker"])


async def test_metrics_are_text_for_prometheus() -> None:
    answer = await get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "python_info" in answer.text


async def test_it_describes_itself_without_anything_from_elsewhere() -> None:
    assert "/api/v1/me" in (await get("/api/v1/openapi.json")).json()["paths"]
    assert [(await get(page)).status_code for page in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]
