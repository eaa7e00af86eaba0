"""The handover service on a real database without a broker: facts are handed to it, records come over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from schemas.base import Event
from schemas.envelope import Envelope
from schemas.registry import CURRENT, load
from services.app.parts import parts
from services.handover import app
from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.db import retrying
from services.kernel.errors import SetAside, WrongVersion
from services.kernel.http import create_api
from services.kernel.kit import Kit
from services.kernel.records import Message, Subscription
from services.kernel.service import Service
from services.kernel.settings import Settings
from services.kernel.tokens import Actor, create_key_file

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
CENTRE = "A-CENTRE-1"
STATION = "A04-S011"
STREET = "A04-S011-STREET"
DISTRICT = "A04"
P = "01PERSON"
N = "N-1"


def day(text: str, hour: int = 10) -> datetime:
    """An instant of 2026 by month and day, `03-30`."""
    return datetime.fromisoformat(f"2026-{text}T{hour:02}:00:00+08:00")


def lead(name: str = "lead-1", org: str = STATION) -> Actor:
    return Actor(name, "STATION_LEAD", org)


def worker(name: str = "worker-1", org: str = STATION) -> Actor:
    return Actor(name, "WORKER", org)


def officer(name: str, org: str = STREET) -> Actor:
    return Actor(name, "STREET_OFFICER", org)


OPS = Actor("ops-1", "OPS", "A")
DISTRICT_LEAD = Actor("district-1", "DISTRICT_LEAD", DISTRICT)


@dataclass(slots=True)
class Bench:
    """One service under test. Facts go in as a subscriber gives them, answers come out as HTTP gives them."""

    kit: Kit
    service: Service
    clock: VirtualClock
    http: httpx.AsyncClient
    sequences: dict[str, int] = field(default_factory=dict)
    set_aside: list[str] = field(default_factory=list)
    at_intake: list[tuple[str, str, dict[str, Any], str]] = field(default_factory=list)

    async def fact(self, kind: str, /, correlation: str | None = None, **data: Any) -> str:  # noqa: ANN401
        """A fact about P as its topic would bring it; gives its event id. What is set aside is noted."""
        message = await self.sealed(kind, correlation, **data)
        await self.deliver(message)
        return message.envelope.id

    async def sealed(self, kind: str, /, correlation: str | None = None, **data: Any) -> Message:  # noqa: ANN401
        """A fact about P as its topic would bring it."""
        event = CURRENT[kind].model_validate({"person_ref": P, **data})
        event_id = self.kit.ids.new()
        return self.message(
            load(event.wire, json.loads(await self.kit.sealer.seal(event, event_id))), event_id, correlation
        )

    async def deliver(self, message: Message) -> None:
        """Hand a message to the subscription of its topic, in a transaction of its own."""
        read = self.subscription(message.topic)
        if read.reads is not None and message.envelope.type not in read.reads:
            return

        async def work(db: Any) -> None:  # noqa: ANN401
            assert read.handle is not None
            await read.handle(db, message)

        try:
            await retrying(self.service.pool, work, also=(WrongVersion,))
        except SetAside as reason:
            self.set_aside.append(reason.reason)

    def subscription(self, topic: str) -> Subscription:
        return next(one for one in self.service.subscriptions if topic in one.topics)

    def message(self, event: Event, event_id: str, correlation: str | None = None) -> Message:
        """A message as the kernel gives it to a handler: parsed, still sealed."""
        stream = f"{event.topic}/{P}"
        self.sequences[stream] = self.sequences.get(stream, 0) + 1
        now = self.clock.now()
        envelope = Envelope(
            id=event_id,
            source="jieli/test",
            type=event.wire,
            time=now,
            recordedtime=now,
            subject=P,
            dataschema="urn:test",
            partitionkey=P,
            sequence=self.sequences[stream],
            correlationid=correlation,
            piiclass=event.pii,
            stream=stream,
        )
        return Message(envelope, event, event.topic, 0, self.sequences[stream], P)

    async def post(
        self, handover_id: str, kind: str, actor: Actor, data: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """One record over HTTP. Header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"type": kind, "data": data or {}}
        return await self.http.post(
            f"/api/v1/handovers/{handover_id}/records", json=body, headers=self.bearer(actor) | named
        )

    async def get(self, path: str, actor: Actor = OPS, **query: str) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", params=query, headers=self.bearer(actor))

    async def seen(self, handover_id: str) -> dict[str, Any]:
        """The handover as OPS sees it."""
        answer = await self.get(f"/handovers/{handover_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def only(self) -> dict[str, Any]:
        """The one handover of P."""
        items = (await self.get("/handovers", person_ref=P)).json()["items"]
        assert len(items) == 1, items
        found: dict[str, Any] = items[0]
        return found

    def bearer(self, actor: Actor) -> dict[str, str]:
        issued = self.kit.tokens.issue(actor)
        return {"Authorization": f"Bearer {getattr(issued, 'token', issued)}"}

    async def until(self, instant: datetime) -> None:
        """Let time pass through every alarm on the way."""
        assert self.service.deadlines is not None
        while (due := await self.next_due()) is not None and due <= instant:
            self.clock.set(max(due, self.clock.now()))
            await self.service.deadlines.fire_due()
        self.clock.set(max(instant, self.clock.now()))

    async def next_due(self) -> datetime | None:
        found: datetime | None = await self.service.pool.fetchval(
            "select min(due_at) from deadlines where state = 'armed'"
        )
        return found

    async def events(self, stream: str) -> list[str]:
        """Short names of a stream's events in order."""
        rows = await self.service.pool.fetch("select type from events where stream_id = $1 order by version", stream)
        return [row["type"].split(".")[-2] for row in rows]

    async def rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        found: list[asyncpg.Record] = await self.service.pool.fetch(query, *values)
        return found

    async def notice(self, **data: Any) -> None:  # noqa: ANN401
        """A release notice for the 30th of March."""
        told = {"notice_no": N, "revision": 1, "centre_id": CENTRE, "source_org": CENTRE, "episode_no": "1"}
        dated = {"planned_release_date": "2026-03-30", "basis": "ORDER", "order_expected": "Y"}
        await self.fact("ReleaseNoticeReceived", **{**told, **dated, **data})

    async def offered(self, **data: Any) -> str:  # noqa: ANN401
        """A notice routed to STATION; gives the handover's id."""
        await self.notice(**data)
        await self.fact("JurisdictionResolved", station_id=STATION, ground="HUKOU", district_id=DISTRICT)
        return str((await self.only())["handover_id"])

    async def order(self, **data: Any) -> None:  # noqa: ANN401
        """An order of community rehabilitation, served now."""
        order = {"order_kind": "CRH", "order_no": "O-1", "served_at": self.clock.now(), "executing_street": STREET}
        await self.fact("OrderServed", **{**order, **data})

    async def accepted(self, **data: Any) -> str:  # noqa: ANN401
        """Offered and taken on by STATION."""
        handover_id = await self.offered(**data)
        answer = await self.post(handover_id, "HandoverAccepted", lead())
        assert answer.status_code == 200, answer.text
        return handover_id

    async def released(self, *, ordered: bool = True, **data: Any) -> str:  # noqa: ANN401
        """Accepted, and released on the 30th of March; under an order unless told otherwise."""
        handover_id = await self.accepted(**data)
        if ordered:
            await self.order()
        await self.until(day("03-30"))
        await self.fact("PersonReleased", notice_no=N, released_at=day("03-30"), pickup="NONE")
        return handover_id


@asynccontextmanager
async def bench(url: str, folder: Path, bootstrap: str = "127.0.0.1:1") -> AsyncIterator[Bench]:
    """A migrated, wired service; intake's port notes what it was given."""
    create_key_file(folder / "tokens.key")
    settings = Settings(
        database_url=url,
        kafka_bootstrap=bootstrap,
        kek_file=folder / "kek.json",
        token_key_file=folder / "tokens.key",
    )
    clock = VirtualClock(START)
    async with parts(settings, clock) as kit:
        service = await app.build(kit)
        api = create_api("handover", [service.router] if service.router else [], kit.phrases, kit.tokens)
        transport = httpx.ASGITransport(app=api)
        async with service.pool, httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
            made = Bench(kit, service, clock, http)

            async def note(person_ref: str, kind: str, data: dict[str, Any], _actor: Actor, key: str) -> list[str]:
                made.at_intake.append((person_ref, kind, data, key))
                return ["01INTAKE"]

            kit.ports["intake_facts"] = note
            yield made
