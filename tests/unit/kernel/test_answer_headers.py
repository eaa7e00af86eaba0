"""The security headers of every answer, whoever makes it."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, Response

from services.kernel.answer_headers import ALWAYS
from services.kernel.clock import SystemClock
from services.kernel.http import create_api
from services.kernel.phrases import Phrases
from services.kernel.tokens import Tokens

router = APIRouter()


@router.get("/broken")
async def broken() -> None:
    raise RuntimeError


@router.get("/page")
async def page() -> Response:
    return Response("", headers={"Content-Security-Policy": "default-src 'self'"})


async def get(path: str, scheme: str = "http", method: str = "GET") -> httpx.Response:
    app = create_api("test", [router], Phrases.load("services.kernel"), Tokens(b"k" * 32, SystemClock()))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://hub") as http:
        return await http.request(method, path)


@pytest.mark.parametrize("path", ["/livez", "/metrics", "/nowhere", "/api/v1/broken", "/api/v1/openapi.json"])
async def test_every_answer_carries_them_errors_of_ours_included(path: str) -> None:
    headers = (await get(path)).headers
    for name, value in ALWAYS:
        assert headers.get_list(name.decode()) == [value.decode()]
    assert "strict-transport-security" not in headers


async def test_a_bug_is_answered_with_them_too() -> None:
    answer = await get("/api/v1/broken")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")


async def test_nothing_that_the_policy_names_allows_inline_scripts_or_frames() -> None:
    policy = (await get("/livez")).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))


async def test_https_is_remembered_by_the_browser() -> None:
    assert (await get("/livez", "https")).headers["strict-transport-security"].startswith("max-age=31536000")


async def test_what_an_answer_says_itself_is_not_said_again() -> None:
    headers = (await get("/api/v1/page")).headers
    assert headers.get_list("content-security-policy") == ["default-src 'self'"]
