"""A whole hub on a virtual clock for sagas: facts by stream and topic, records over HTTP, kills by signal.

Facts are appended where the owning service appends them, so that relay, broker and subscription carry them as always.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx

from schemas.registry import CURRENT
from services.app.parts import parts
from services.handover.domain.memory import from_json
from services.handover.domain.saga import Saga
from services.handover.domain.words import Sender
from services.kernel.clock import VirtualClock
from services.kernel.db import Connection, Pool, open_pool, retrying
from services.kernel.errors import WrongVersion
from services.kernel.kit import Kit
from services.kernel.settings import Settings
from services.kernel.store import Cause, Draft, Store
from services.kernel.tokens import Actor
from services.outside.doors import Answer, Doors
from tests.support.hub import Hub, hub_over

OPS: Final = Actor("stage", "OPS", "A")
HUB: Final = Actor("stage", "HUB", "")
PATIENCE: Final = 600.0
INTAKE: Final = "hub.intake.v1"
NOBODYS: Final = "00000000000000000000000000"
KNOWN: Final = "insert into vault.identities (person_ref, sealed, updated_at) values ($1, '', now())"
HANDOVERS: Final = "select doc from sagas where person_ref = $1 order by opened, handover_id"
STREAM: Final = """
select sagas.handover_id, events.type, events.data
from sagas join events on events.stream_id = 'handover-' || sagas.handover_id
where sagas.person_ref = $1
order by sagas.opened, sagas.handover_id, events.version
"""
DEADLINES: Final = """
select name, deadline_rev, occurrence, due_at from deadlines
where state = 'armed' and saga_id in (select handover_id from sagas where person_ref = $1)
order by name
"""
TIMED: Final = frozenset({"TimerFired", "TimerIgnored"})


@dataclass(slots=True)
class Stage:
    """One hub that may be killed and started again; the test's own connections live and die with it."""

    hub: Hub
    clock: VirtualClock
    _ending: AsyncExitStack = field(default_factory=AsyncExitStack)
    _doors: Doors | None = None
    _kit: Kit | None = None
    _pools: dict[str, Pool] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The hub's present instant."""
        return self.clock.now()

    async def start(self) -> None:
        """Start the hub at the clock's instant, or where its folder remembers it to be."""
        self.hub.clock = self.now
        await self.hub.start()
        await self._connect()

    async def kill(self) -> None:
        """SIGKILL to the process of all services, deadlines worker and relay among them."""
        await self._ending.aclose()
        await self.hub.kill()

    async def sleep(self, until: datetime) -> None:
        """Killed now, started again then, and all that came due meanwhile is dealt with."""
        await self.kill()
        self.clock.set(until)
        await self.start()
        await self.settle()

    async def go(self, instant: datetime) -> None:
        """Move the clock through every deadline on the way."""
        if instant > self.now:
            answer = await self._door().post("/api/v1/clock", {"to": instant.isoformat()}, OPS)
            assert answer.status_code == httpx.codes.OK, answer.text
            self.clock.set(instant)

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        await self._door().get("/api/v1/quiet", OPS, timeout="60")

    async def know(self, people: Iterable[str]) -> None:
        """Let intake know these people, so that it takes facts about them that the hub has authorised."""
        await self._pools["intake"].executemany(KNOWN, [(one,) for one in people])

    async def fact(self, person_ref: str, name: str, data: Mapping[str, Any]) -> None:
        """A fact of a topic that the saga reads."""
        kind = CURRENT[name]
        event = kind.model_validate({**data, "person_ref": person_ref})
        owner = "intake" if kind.topic == INTAKE else "handover"
        stream = f"person-{person_ref}" if owner == "intake" else f"{kind.topic.split('.')[1]}-{person_ref}"
        store = self._store(owner)

        async def work(db: Connection) -> None:
            await store.append(
                db, stream, person_ref, await store.version(db, stream), [Draft(event, self.now, Cause())]
            )

        await retrying(self._pools[owner], work, also=(WrongVersion,))

    async def record(self, handover_id: str, name: str, data: Mapping[str, Any], by: Sender) -> Answer:
        """A record over HTTP."""
        return await self._door().record(handover_id or NOBODYS, name, dict(data), _actor(by))

    async def walk_in(self, person_ref: str, data: Mapping[str, Any], by: Sender) -> Answer:
        """A report by somebody who has no handover yet, as intake hands it on."""
        body = {"person_ref": person_ref, "data": dict(data), "actor": by.actor, "role": by.role, "org": by.org}
        answer = await self._door().post("/api/v1/handovers/walk-ins", body, HUB)
        return Answer(accepted=answer.is_success, code=str(answer.json().get("code", "")), state="")

    async def handovers(self, person_ref: str) -> list[Saga]:
        """All handovers of a person, oldest first, as the hub remembers them."""
        return [from_json(row["doc"]) for row in await self._pools["handover"].fetch(HANDOVERS, person_ref)]

    async def view(self, handover_id: str) -> dict[str, Any]:
        """A handover as OPS sees it."""
        found: dict[str, Any] = await self._door().get(f"/api/v1/handovers/{handover_id}", OPS)
        return found

    async def said(self, person_ref: str) -> list[str]:
        """What the streams of a person's handovers hold, in order: names, and which timer came due."""
        rows = await self._pools["handover"].fetch(STREAM, person_ref)
        told = [(row["type"].split(".")[-2], row["data"]) for row in rows]
        return [_line(name, data) for name, data in told if name != "TimerScheduled"]

    async def armed(self, person_ref: str) -> list[tuple[str, int, int, datetime]]:
        """The rows of a person's armed deadlines."""
        return [tuple(row.values()) for row in await self._pools["handover"].fetch(DEADLINES, person_ref)]

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows of the handover service's schema."""
        return [dict(row) for row in await self._pools["handover"].fetch(query, *values)]

    def _door(self) -> Doors:
        assert self._doors is not None
        return self._doors

    def _store(self, owner: str) -> Store:
        assert self._kit is not None
        return Store(
            source=f"jieli/{owner}", clock=self.clock, ids=self._kit.ids, seal=self._kit.sealer, wake=lambda: None
        )

    async def _connect(self) -> None:
        assert self.hub.doors is not None
        secrets, url = self.hub.data / "secrets", self.hub.doors.database
        settings = Settings(
            database_url=url,
            kafka_bootstrap=self.hub.doors.kafka,
            kek_file=secrets / "kek",
            token_key_file=secrets / "token-key",
        )
        self._ending = AsyncExitStack()
        self._kit = await self._ending.enter_async_context(parts(settings, self.clock))
        http = httpx.AsyncClient(base_url=self.hub.doors.handover, timeout=PATIENCE)
        self._doors = Doors(await self._ending.enter_async_context(http), None, self._kit.tokens, self._kit.ids)
        for name in ("intake", "handover"):
            pool = await open_pool(url, name, role=None, size=4)
            self._pools[name] = pool
            self._ending.push_async_callback(_closed, pool)


@asynccontextmanager
async def stage(folder: Path, start: datetime, **environment: str) -> AsyncIterator[Stage]:
    """A started hub over an empty folder; nothing of it is left afterwards. `environment`: settings of the hub."""
    async with hub_over(folder) as hub:
        hub.env = environment
        made = Stage(hub, VirtualClock(start))
        await made.start()
        try:
            yield made
        finally:
            await made.kill()


async def _closed(pool: Pool) -> None:
    """Gently, if the database is still there."""
    try:
        async with asyncio.timeout(2):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def _actor(by: Sender) -> Actor:
    return Actor(by.actor, by.role, by.org, None)


def _line(name: str, data: Mapping[str, Any]) -> str:
    return f"{name} {data['name']}/{data['deadline_rev']}/{data['occurrence']}" if name in TIMED else name
