"""From POST to the row: a notice by HTTP until a station finds it in its inbox, beside a bare route and one INSERT.

Open load: a notice goes out at its appointed instant whatever became of the earlier ones, and its time counts from
that instant. The poller, the clients and all that is measured share the machine.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import asyncpg
import httpx

from services.bench.child import ready_child
from services.bench.notices import CENTRE, CITY, Notices
from services.bench.rounds import WARM_UP, Figures
from services.bench.sizes import Sizes
from services.embedded.folder import SECRETS
from services.kernel.clock import Clock, SystemClock
from services.kernel.errors import Unavailable
from services.kernel.ids import RandomIds
from services.kernel.tasks import spawn
from services.kernel.tokens import Actor, Tokens

NAME: Final = "notice_to_inbox"
LOOK_EVERY: Final = 0.004  # seconds
DRAINED: Final = 90.0  # seconds after the last notice went out; a hub that cannot keep up shows it in the times
REQUEST: Final = httpx.Timeout(60.0)
IDLE: Final = 2.0  # seconds; the doors close an idle connection after 5
CONNECTIONS: Final = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=IDLE)
WARM_UP_SECONDS: Final = 1.0
SEEN: Final = "select person_ref from timeline.station_inbox where person_ref = any($1::text[]) and recipients <> '{}'"
SEEN_PLAIN: Final = "select person_ref from bare.station_inbox where person_ref = any($1::text[])"

Moments: TypeAlias = dict[str, float]


@dataclass(slots=True)
class Door:
    """One of the two: where to post, as whom, and how to see that it is there."""

    http: httpx.AsyncClient
    path: str
    headers: Mapping[str, str]
    db: asyncpg.Connection[asyncpg.Record]
    seen: str

    async def reach(self, bodies: Sequence[dict[str, Any]], per_second: int) -> list[float]:
        """Milliseconds of every notice, sorted.

        Returns when nothing is under way any more. Raises Unavailable if one is refused or does not come in DRAINED.
        """
        appointed: Moments = {}
        took: list[float] = []
        posted = asyncio.Event()
        looking = spawn(self._look(appointed, took, posted), "bench-look")
        try:
            await self._post_all(bodies, per_second, appointed)
            posted.set()
            async with asyncio.timeout(DRAINED):
                await looking
        except TimeoutError:
            raise Unavailable(f"{len(appointed)} notices not seen after {DRAINED:.0f} s") from None
        finally:
            looking.cancel()
        return sorted(took)

    async def _post_all(self, bodies: Sequence[dict[str, Any]], per_second: int, appointed: Moments) -> None:
        start = time.perf_counter()
        posting: list[asyncio.Task[None]] = []
        try:
            for number, body in enumerate(bodies):
                at = start + number / per_second
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                posting.append(spawn(self._post(body, at, appointed), "bench-post"))
            await asyncio.gather(*posting)
        finally:
            for each in posting:
                each.cancel()

    async def _post(self, body: dict[str, Any], at: float, appointed: Moments) -> None:
        headers = {**self.headers, "Idempotency-Key": secrets.token_hex(16)}
        try:
            answer = await self.http.post(self.path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise Unavailable(f"{self.path} {type(error).__name__}") from error
        person = answer.json().get("person_ref") if answer.is_success else None
        if person is None:
            raise Unavailable(f"{self.path} answered {answer.status_code}")
        appointed[person] = at

    async def _look(self, appointed: Moments, took: list[float], posted: asyncio.Event) -> None:
        while appointed or not posted.is_set():
            rows = await self.db.fetch(self.seen, list(appointed)) if appointed else []
            now = time.perf_counter()
            took.extend((now - appointed.pop(row["person_ref"])) * 1000 for row in rows)
            await asyncio.sleep(LOOK_EVERY)


@dataclass(frozen=True, slots=True)
class Reaching:
    """Both sides on one database server: the whole hub, and the bare door."""

    hub: Door
    bare: Door
    sizes: Sizes
    notices: Notices

    async def ours(self, number: int) -> Figures:
        """Through intake, broker, handover, broker, timeline."""
        return await self._round(self.hub, number)

    async def raw(self, number: int) -> Figures:
        """Through one route and one INSERT."""
        return await self._round(self.bare, number)

    async def _round(self, door: Door, number: int) -> Figures:
        seconds = WARM_UP_SECONDS if number == WARM_UP else self.sizes.seconds
        bodies = [self.notices.next() for _ in range(int(seconds * self.sizes.per_second))]
        took = await door.reach(bodies, self.sizes.per_second)
        return {f"{NAME}_p50": share(took, 0.5), f"{NAME}_p99": share(took, 0.99), f"{NAME}_max": took[-1]}


def share(took: Sequence[float], part: float) -> float:
    """The value that so large a part does not exceed; `took` is sorted."""
    return took[min(len(took) - 1, int(len(took) * part))]


@asynccontextmanager
async def reaching(folder: Path, sizes: Sizes, clock: Clock) -> AsyncIterator[Reaching]:
    """`jieli up` and the bare door as child processes, both doors open."""
    data = folder / "hub"
    data.mkdir(mode=0o700)
    up = ("up", "--json", "--data", str(data), "--city", CITY)
    async with ready_child(folder, "services.cli", *up) as hub:
        url = hub["database_url"]
        bearer = {"Authorization": f"Bearer {token(data)}"}
        async with (
            ready_child(folder, "services.bench.bare_door", said=url) as bare,
            door(hub["http"], "/api/v1/intake/notices", bearer, url, SEEN) as ours,
            door(bare["http"], "/notices", {}, url, SEEN_PLAIN) as raw,
        ):
            yield Reaching(ours, raw, sizes, Notices(clock.now().date(), RandomIds(clock).new()))


@asynccontextmanager
async def door(http: str, path: str, headers: Mapping[str, str], url: str, seen: str) -> AsyncIterator[Door]:
    """One door with its clients."""
    db = await asyncpg.connect(url)
    try:
        async with httpx.AsyncClient(base_url=http, timeout=REQUEST, limits=CONNECTIONS) as client:
            yield Door(client, path, headers, db, seen)
    finally:
        await db.close()


def token(data: Path) -> str:
    """A centre's bearer token for the stack over that folder."""
    centre = Actor("syn-bench", "DETOX_CENTRE", CENTRE)
    return Tokens.from_file(data / SECRETS / "token-key", SystemClock()).issue(centre)
