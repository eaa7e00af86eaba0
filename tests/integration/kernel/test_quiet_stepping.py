"""A virtual clock moves through every deadline on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import pytest

from services.kernel.clock import SystemClock, VirtualClock
from services.kernel.clock_api import clock_routes
from services.kernel.db import Connection, Pool
from services.kernel.deadlines import Deadline, DeadlineWorker, Outcome, arm
from services.kernel.errors import Refused
from services.kernel.http import create_api
from services.kernel.phrases import Phrases
from services.kernel.quiet import Look
from services.kernel.quiet_api import quiet_routes
from services.kernel.stepping import Stepping
from services.kernel.tokens import Actor, Tokens
from tests.support.database import START, service_pool

TOKENS = Tokens(b"k" * 32, SystemClock())
DAY = timedelta(days=1)


@dataclass
class Settled:
    """Says what it is told to say."""

    waiting: tuple[str, ...] = ()

    async def wait(self, _timeout: float) -> tuple[str, ...]:
        return self.waiting

    async def look(self) -> Look:
        return Look(self.waiting)


@dataclass
class Place:
    pool: Pool
    clock: VirtualClock
    quiet: Settled
    stepping: Stepping
    fired: list[tuple[str, datetime]] = field(default_factory=list)

    async def arm(self, name: str, due_at: datetime, occurrence: int = 1) -> None:
        async with self.pool.acquire() as db:
            await arm(db, [Deadline("saga", name, 0, occurrence, due_at, 0, "p", "c")])

    async def ask(self, method: str, path: str, role: str = "OPS", **how: object) -> httpx.Response:
        routers = [clock_routes(self.stepping), quiet_routes(self.quiet)]  # type: ignore[arg-type]
        app = create_api("t", routers, Phrases.load("services.kernel"), TOKENS)
        headers = {"Authorization": f"Bearer {TOKENS.issue(Actor('me', role, ''))}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://hub", headers=headers
        ) as http:
            return await http.request(method, f"/api/v1{path}", **how)  # type: ignore[arg-type]


@pytest.fixture
async def place(database_url: str) -> AsyncIterator[Place]:
    async with service_pool(database_url) as pool:
        clock, quiet = VirtualClock(START), Settled()
        fired: list[tuple[str, datetime]] = []

        async def fire(db: Connection, _saga_id: str, due: list[Deadline]) -> dict[Deadline, Outcome]:
            fired.extend((each.name, clock.now()) for each in due)
            if due[0].name == "again":
                await arm(db, [Deadline("saga", "child", 0, 1, clock.now() + DAY, 0, "p", "c")])
            return dict.fromkeys(due, "fired")

        worker = DeadlineWorker(pool, clock, fire)
        stepping = Stepping(pool, clock, quiet, worker.fire_due)  # type: ignore[arg-type]
        yield Place(pool, clock, quiet, stepping, fired)


async def test_every_deadline_fires_at_its_own_instant(place: Place) -> None:
    await place.arm("later", START + 2 * DAY)
    await place.arm("sooner", START + DAY)
    await place.stepping.to(START + 3 * DAY)
    assert place.fired == [("sooner", START + DAY), ("later", START + 2 * DAY)]
    assert place.clock.now() == START + 3 * DAY


async def test_what_a_deadline_arms_on_the_way_fires_too(place: Place) -> None:
    await place.arm("again", START + DAY)
    await place.stepping.to(START + 3 * DAY)
    assert place.fired == [("again", START + DAY), ("child", START + 2 * DAY)]


async def test_what_is_due_beyond_the_target_stays_armed(place: Place) -> None:
    await place.arm("beyond", START + 2 * DAY)
    await place.stepping.to(START + DAY)
    assert place.fired == []


async def test_what_became_due_while_nobody_looked_fires_first(place: Place) -> None:
    await place.arm("overdue", START - DAY)
    await place.stepping.to(START + DAY)
    assert place.fired == [("overdue", START)]


async def test_the_clock_stops_where_the_hub_does_not_settle(place: Place) -> None:
    place.quiet.waiting = ("relay:handover",)
    with pytest.raises(Refused) as caught:
        await place.stepping.to(START + DAY)
    assert (caught.value.code, caught.value.status, place.clock.now()) == ("not_quiet", 503, START)


@pytest.mark.parametrize(
    ("body", "now"),
    [
        ({"by": "P1D"}, START + DAY),
        ({"by": "P1W"}, START + 7 * DAY),
        ({"by": "PT1H30M"}, START + timedelta(minutes=90)),
        ({"to": (START + DAY).isoformat()}, START + DAY),
    ],
)
async def test_it_is_moved_over_http(place: Place, body: dict[str, str], now: datetime) -> None:
    answer = await place.ask("POST", "/clock", json=body)
    assert (answer.status_code, answer.json()) == (200, {"now": now.isoformat()})
    assert (await place.ask("GET", "/clock", "WORKER")).json() == {"now": now.isoformat()}


@pytest.mark.parametrize(
    "body", [{}, {"by": "P1D", "to": START.isoformat()}, {"by": "P"}, {"by": "1 day"}, {"at": "x"}]
)
async def test_an_unclear_move_is_invalid(place: Place, body: dict[str, str]) -> None:
    answer = await place.ask("POST", "/clock", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")


async def test_it_never_goes_back(place: Place) -> None:
    answer = await place.ask("POST", "/clock", json={"to": (START - DAY).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (422, "clock_backwards")


async def test_only_operators_move_it_or_ask_for_quiet(place: Place) -> None:
    assert (await place.ask("POST", "/clock", "CITY_LEAD", json={"by": "P1D"})).status_code == 403
    assert (await place.ask("GET", "/quiet", "CITY_LEAD")).status_code == 403


async def test_quiet_is_200_and_anything_else_503_with_what_is_waited_for(place: Place) -> None:
    answer = await place.ask("GET", "/quiet?timeout=0")
    assert (answer.status_code, answer.json()) == (200, {"quiet": True})
    place.quiet.waiting = ("relay:intake",)
    answer = await place.ask("GET", "/quiet?timeout=0")
    assert (answer.status_code, answer.json()) == (503, {"waiting_for": ["relay:intake"]})
