"""Operators see and settle the parked messages of all services of a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from services.kernel.clock import SystemClock
from services.kernel.http import create_api
from services.kernel.parked_api import parked_routes
from services.kernel.phrases import Phrases
from services.kernel.tokens import Actor, Tokens

TOKENS = Tokens(b"k" * 32, SystemClock())


@dataclass
class Kept:
    """A service's parked messages."""

    entries: list[dict[str, Any]]
    done: list[tuple[str, ...]] = field(default_factory=list)

    async def list(self) -> list[dict[str, Any]]:
        return self.entries

    async def retry(self, parked_id: str, actor: str) -> dict[str, Any]:
        self.done.append(("retry", parked_id, actor))
        return {"id": parked_id, "released": True}

    async def discard(self, parked_id: str, reason: str, actor: str) -> dict[str, Any]:
        self.done.append(("discard", parked_id, reason, actor))
        return {"id": parked_id, "released": True}


@pytest.fixture
def kept() -> tuple[Kept, Kept]:
    return Kept([{"id": "b", "since": "2026-03-03"}]), Kept([{"id": "a", "since": "2026-03-02"}])


async def ask(
    kept: tuple[Kept, Kept], method: str, path: str, role: str = "OPS", body: object = None
) -> httpx.Response:
    app = create_api("t", [parked_routes(lambda: kept)], Phrases.load("services.kernel"), TOKENS)  # type: ignore[arg-type, return-value]
    headers = {"Authorization": f"Bearer {TOKENS.issue(Actor('op', role, ''))}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub", headers=headers) as http:
        return await http.request(method, f"/api/v1/parked{path}", json=body)


async def test_the_oldest_of_all_services_stands_first(kept: tuple[Kept, Kept]) -> None:
    assert [entry["id"] for entry in (await ask(kept, "GET", "")).json()["items"]] == ["a", "b"]


async def test_the_service_that_keeps_it_settles_it(kept: tuple[Kept, Kept]) -> None:
    assert (await ask(kept, "POST", "/a/retry")).json()["released"] is True
    await ask(kept, "POST", "/b/discard", body={"reason": "测试"})
    assert (kept[1].done, kept[0].done) == ([("retry", "a", "op")], [("discard", "b", "测试", "op")])


async def test_an_unknown_one_is_not_found(kept: tuple[Kept, Kept]) -> None:
    assert (await ask(kept, "POST", "/c/retry")).status_code == 404


@pytest.mark.parametrize("body", [None, {}, {"reason": ""}, {"reason": "x", "more": 1}])
async def test_a_discard_needs_a_reason(kept: tuple[Kept, Kept], body: object) -> None:
    assert (await ask(kept, "POST", "/a/discard", body=body)).status_code == 422


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/a/retry"), ("POST", "/a/discard")])
async def test_it_is_for_operators(kept: tuple[Kept, Kept], method: str, path: str) -> None:
    assert (
        await ask(kept, method, path, "CITY_LEAD", {"reason": "x"} if "discard" in path else None)
    ).status_code == 403
