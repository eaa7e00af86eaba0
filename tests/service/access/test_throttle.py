"""How often a sign-in may be tried and people read about: slowed down over all processes, and never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.access.passwords import hashed
from services.app.http_server import serving
from tests.support.doorstep import HTML, LEAD, NO_TLS, Doorstep, doorstep

FREE = 5


@pytest.fixture
async def step(database_url: str) -> AsyncIterator[Doorstep]:
    async with doorstep(database_url) as made:
        yield made


async def until_slowed(step: Doorstep, most: int = 40) -> tuple[int, httpx.Response]:
    """Wrong passwords until one is not looked at; how many were, and the refusal."""
    for tried in range(most):
        answer = await step.sign_in(LEAD, "wrong")
        if answer.status_code == 429:
            return tried, answer
        assert answer.status_code == 401
    raise AssertionError(most)


async def test_after_five_wrong_ones_the_sixth_must_wait_and_is_told_how_long(step: Doorstep) -> None:
    tried, answer = await until_slowed(step)
    assert tried == FREE
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many"
    assert int(answer.headers["retry-after"]) == 1


async def test_the_delay_doubles_up_to_a_minute_and_the_right_password_then_ends_it(step: Doorstep) -> None:
    right = await step.password()
    await until_slowed(step)
    delays = []
    for _ in range(9):
        answer = await step.sign_in(LEAD, "wrong")
        delays.append(int(answer.headers["retry-after"]))
        step.later(seconds=delays[-1])
        assert (await step.sign_in(LEAD, "wrong")).status_code == 401
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (await step.sign_in(LEAD, right)).status_code == 429
    step.later(seconds=60)
    assert (await step.sign_in(LEAD, right)).status_code == 303


async def test_tries_during_a_delay_prolong_nothing_so_nobody_is_locked_out(step: Doorstep) -> None:
    right = await step.password()
    await until_slowed(step)
    for _ in range(20):
        assert (await step.sign_in(LEAD, "wrong")).status_code == 429
    step.later(seconds=1)
    assert (await step.sign_in(LEAD, right)).status_code == 303


async def test_where_somebody_has_signed_in_before_strangers_cannot_delay_them(step: Doorstep) -> None:
    await step.signed_in()
    right = await step.password()
    async with apart(step) as stranger:
        form = {"with": "local", "name": LEAD, "password": "wrong"}
        own = {"Origin": step.origin}
        answers = [(await stranger.post("/auth/sign-in", data=form, headers=own)).status_code for _ in range(FREE + 1)]
        assert answers == [401] * FREE + [429]
    assert (await step.sign_in(LEAD, right)).status_code == 303


async def test_a_browser_that_was_there_before_is_slowed_down_too(step: Doorstep) -> None:
    await step.signed_in()
    assert (await until_slowed(step))[0] == FREE
    right = await step.password()
    async with apart(step) as elsewhere:
        form = {"with": "local", "name": LEAD, "password": right}
        assert (await elsewhere.post("/auth/sign-in", data=form, headers={"Origin": step.origin})).status_code == 303


async def test_a_browser_that_pays_the_address_nothing_gives_it_nothing_back(step: Doorstep) -> None:
    right = await step.password()
    assert (await step.sign_in(LEAD, right)).status_code == 303
    await step.owner.execute("update tries set failures = 28")
    async with apart(step) as stranger:
        answers = []
        for number in range(1, 5):
            form = {"with": "local", "name": f"worker@A04-S{number:03}", "password": "x"}
            answer = await stranger.post("/auth/sign-in", data=form, headers={"Origin": step.origin})
            answers.append(answer.status_code)
            assert (await step.sign_in(LEAD, right)).status_code == 303
    assert answers == [401, 401, 429, 429]


async def test_nobody_says_from_where_they_come_unless_a_proxy_is_trusted(step: Doorstep) -> None:
    app = step.http._transport.app  # type: ignore[attr-defined]
    for proxy, counted in ((None, 1), ("127.0.0.1", 3)):
        await step.owner.execute("truncate tries")
        async with serving(app, 0, proxy) as url, httpx.AsyncClient(base_url=url, verify=NO_TLS) as client:
            for number in range(3):
                form = {"with": "local", "name": LEAD, "password": "wrong"}
                headers = {"Origin": url, "X-Forwarded-For": f"10.0.0.{number}"}
                assert (await client.post("/auth/sign-in", data=form, headers=headers)).status_code == 401
        assert len(await step.rows("tries")) == 1 + counted


async def test_two_browsers_of_one_user_are_two_and_a_fresh_password_makes_both_strangers(step: Doorstep) -> None:
    right = await step.password()
    async with apart(step) as other:
        form = {"with": "local", "name": LEAD, "password": right}
        for browser in (step.http, other):
            assert (await browser.post("/auth/sign-in", data=form, headers={"Origin": step.origin})).status_code == 303
        assert step.http.cookies["jieli-device"] != other.cookies["jieli-device"]
        assert (await until_slowed(step))[0] == FREE
        assert (await other.post("/auth/sign-in", data=form, headers={"Origin": step.origin})).status_code == 303
    step.later(minutes=20)
    await step.owner.execute("update passwords set hash = $1", hashed("another"))
    await step.owner.execute("truncate tries")
    assert (await step.sign_in(LEAD, right)).status_code == 401
    assert len(await step.rows("tries")) == 2, "it paid for the address too"


async def test_who_goes_to_the_provider_again_and_again_is_slowed_down(database_url: str) -> None:
    async with doorstep(database_url, oidc_issuer="http://127.0.0.1:1", oidc_client_id="jieli") as step:
        form, own = {"with": "provider"}, {"Origin": step.origin}
        assert (await step.http.post("/auth/sign-in", data=form, headers=own)).status_code == 503
        await step.owner.execute("update tries set failures = 29")
        assert [(await step.http.post("/auth/sign-in", data=form, headers=own)).status_code for _ in range(2)] == [
            503,
            429,
        ]


async def test_many_names_from_one_address_are_slowed_down_too(step: Doorstep) -> None:
    names = [f"worker@A04-S{number:03}" for number in range(1, 5)]
    assert (await step.sign_in(names[0], "x")).status_code == 401
    await step.owner.execute("update tries set failures = 28")
    answers = [(await step.sign_in(name, "x")).status_code for name in names[1:]]
    assert answers == [401, 401, 429]


async def test_many_at_once_are_counted_before_any_is_looked_at(step: Doorstep) -> None:
    answers = await asyncio.gather(*(step.sign_in(LEAD, "wrong") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [401] * FREE + [429] * 7


async def test_a_browser_reads_it_as_a_page(step: Doorstep) -> None:
    await until_slowed(step)
    answer = await step.sign_in(LEAD, "wrong", **HTML)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "请求过于频繁" in answer.text


async def test_addresses_and_names_are_kept_as_keyed_hashes_alone(step: Doorstep) -> None:
    await step.sign_in(LEAD, "wrong")
    kept = str(await step.rows("tries"))
    assert "127.0.0.1" not in kept
    assert "A04" not in kept


async def test_reading_about_people_is_counted_for_each_actor_and_over_all_processes(database_url: str) -> None:
    limits: dict[str, Any] = {"reveal_limit": 3, "reveal_minutes": 10}
    async with doorstep(database_url, **limits) as one, doorstep(database_url, **limits) as two:
        lead, other = one.bearer("STATION_LEAD", "A04-S011", "lead-1"), one.bearer("STATION_LEAD", "A04-S011", "lead-2")
        for step in (one, two, one):
            assert (await step.http.get("/api/v1/people/someone", headers=lead)).status_code == 200
        one.later(minutes=4)
        answer = await one.http.get("/api/v1/people/someone", headers=lead)
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "too_many", "360")
        two.later(minutes=4)
        assert (await two.http.get("/api/v1/people/someone", headers=lead)).status_code == 429
        assert (await one.http.get("/api/v1/people/someone", headers=other)).status_code == 200
        one.later(minutes=6)
        assert (await one.http.get("/api/v1/people/someone", headers=lead)).status_code == 200


async def test_ordinary_commands_ask_the_database_nothing_for_it(step: Doorstep) -> None:
    before = [await step.rows(table) for table in ("spent", "tries", "sessions")]
    await step.pool.close()
    assert before == [[], [], []]
    assert (await step.http.post("/api/v1/things", headers=step.bearer())).status_code == 200


def apart(step: Doorstep) -> httpx.AsyncClient:
    """Another browser at the same door."""
    return httpx.AsyncClient(transport=step.http._transport, base_url=step.http.base_url)
