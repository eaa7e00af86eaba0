"""Intake's HTTP door: one notice, one walk-in, the public key, and facts that the hub itself has authorised."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.intake.desk import Desk
from services.intake.domain.notice import RowRefusal
from services.intake.domain.receipts import Receipt
from services.intake.granted import append_granted, read_granted
from services.intake.identity_key import IdentityKey
from services.intake.posted import answered, read_posted
from services.intake.reception import Received
from services.intake.walk_ins import WalkIns
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import Refused
from services.kernel.http import Actor, Asker, only_for
from services.kernel.idempotency import Answer, Asked, asked, recall, remember
from services.kernel.store import Cause

LARGEST: Final = 64 * 1024
RECEPTION: Final = ("WORKER", "STATION_LEAD", "STREET_OFFICER", "RESETTLEMENT")
Work = Callable[[Connection], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Counter:
    """What the routes work with."""

    pool: Pool
    desk: Desk
    key: IdentityKey
    walk_ins: WalkIns


def routes(counter: Counter) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(tags=["intake"])

    @router.post("/intake/notices", summary="一份出所通知 one notice → receipt")
    async def post_notice(request: Request, actor: Asker) -> JSONResponse:
        only_for(actor, "DETOX_CENTRE", "PRISON")
        return (await take_notice(counter, actor, await body_of(request), await asked(request, actor))).response()

    @router.post("/intake/reports", summary="自行来站报到 a walk-in → handover_id")
    async def post_report(request: Request, actor: Asker) -> JSONResponse:
        only_for(actor, *RECEPTION)
        return (await counter.walk_ins.report(actor, await body_of(request), await asked(request, actor))).response()

    @router.get("/intake/keys", summary="公钥 the public key for `identity`, a JWK set")
    async def get_keys(_actor: Asker) -> dict[str, Any]:
        return counter.key.jwks()

    @router.post("/intake/facts", summary="中枢已核准的事实 a fact that the hub has authorised")
    async def post_fact(request: Request, actor: Asker) -> JSONResponse:
        only_for(actor, "HUB")
        return (await take_granted(counter, await body_of(request), await asked(request, actor))).response()

    return router


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; Refused(invalid_data) for anything else."""
    raw = await request.body()
    try:
        data = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused("invalid_data", status=422)
    return data


async def take_notice(counter: Counter, actor: Actor, data: dict[str, Any], key: Asked | None) -> Answer:
    """The receipt; what a file row would be told for the same content."""
    posted = read_posted(data, actor, counter.desk.rules)
    cause = Cause(actor_ref=actor.name, capacity=actor.acting)

    async def work(db: Connection) -> Answer:
        if isinstance(posted.notice, RowRefusal):
            return answered(posted.body, Received(Receipt("rejected", posted.notice.reason)))
        received = await counter.desk.reception.receive(db, posted.notice, cause, counter.desk.clock.now())
        return answered(posted.body, received)

    return await once(counter, key, work)


async def take_granted(counter: Counter, data: dict[str, Any], key: Asked | None) -> Answer:
    """The ids of the appended events."""
    granted = read_granted(data)

    async def work(db: Connection) -> Answer:
        return Answer(200, {"event_ids": await append_granted(db, counter.desk, granted)})

    return await once(counter, key, work)


async def once(counter: Counter, key: Asked | None, work: Work) -> Answer:
    """What `work` answers in a transaction, or what it answered before under the same key."""

    async def guarded(db: Connection) -> Answer:
        before = await recall(db, key)
        if before:
            return before
        answer = await work(db)
        await remember(db, key, answer, counter.desk.clock.now())
        return answer

    return await retrying(counter.pool, guarded)
