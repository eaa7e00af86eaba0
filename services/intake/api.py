"""Intake's HTTP door: one notice, one walk-in, the public key, and facts that the hub itself has authorised."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.intake.bodies import Body, NoticeBody, identity_of, named, notice_of, read_body, read_identity_body
from services.intake.desk import Desk
from services.intake.domain.notice import RowRefusal
from services.intake.domain.receipts import Receipt
from services.intake.granted import append_granted, read_granted
from services.intake.identity_key import IdentityKey
from services.intake.walk_ins import WalkIns
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import Refused
from services.kernel.http import Actor, Asker, only_for
from services.kernel.idempotency import Answer, Asked, asked, recall, remember
from services.kernel.store import Cause

LARGEST: Final = 64 * 1024
RECEPTION: Final = ("WORKER", "STATION_LEAD", "STREET_OFFICER", "RESETTLEMENT")


@dataclass(frozen=True, slots=True)
class Counter:
    """What the routes work with."""

    pool: Pool
    desk: Desk
    key: IdentityKey
    walk_ins: WalkIns


class PostedNotice(NoticeBody):
    """A notice as a centre posts it; `identity` is read apart."""

    identity: dict[str, Any]


class PostedReport(Body):
    """A walk-in as a worker posts it."""

    identity: dict[str, Any]
    data: dict[str, Any]


def routes(counter: Counter) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(tags=["intake"])

    @router.post("/intake/notices", summary="一份出所通知 one notice → receipt")
    async def post_notice(request: Request, actor: Asker) -> JSONResponse:
        only_for(actor, "DETOX_CENTRE", "PRISON")
        return (await _notice(counter, actor, await _json(request), await asked(request, actor))).response()

    @router.post("/intake/reports", summary="自行来站报到 a walk-in → handover_id")
    async def post_report(request: Request, actor: Asker) -> JSONResponse:
        only_for(actor, *RECEPTION)
        return (await counter.walk_ins.report(actor, await _json(request), await asked(request, actor))).response()

    @router.get("/intake/keys", summary="公钥 the public key for `identity`, a JWK set")
    async def get_keys(_actor: Asker) -> dict[str, Any]:
        return counter.key.jwks()

    @router.post("/intake/facts", summary="中枢已核准的事实 a fact that the hub has authorised")
    async def post_fact(request: Request, actor: Asker) -> JSONResponse:
        only_for(actor, "HUB")
        return (await _granted(counter, await _json(request), await asked(request, actor))).response()

    return router


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        data = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused("invalid_data", status=422)
    return data


async def _notice(counter: Counter, actor: Actor, data: dict[str, Any], key: Asked | None) -> Answer:
    body = read_body(data, PostedNotice)
    source = body.centre_id or actor.org
    if source != actor.org:
        raise Refused("not_your_organisation", status=403)
    identity = identity_of(read_identity_body(_identity(data)), body.hukou_div, body.residence_div)
    refused = identity if isinstance(identity, RowRefusal) else None
    notice = refused or notice_of(body, None if isinstance(identity, RowRefusal) else identity, counter.desk.organisations, source=source)
    cause = Cause(actor_ref=actor.name, capacity=actor.capacity)

    async def work(db: Connection) -> Answer:
        before = await recall(db, key)
        if before:
            return before
        if isinstance(notice, RowRefusal):
            answer = _answer(body, Receipt("rejected", notice.reason), None)
        else:
            received = await counter.desk.reception.receive(db, notice, cause, counter.desk.clock.now())
            answer = _answer(body, received.receipt, received.person_ref)
        await remember(db, key, answer, counter.desk.clock.now())
        return answer

    return await retrying(counter.pool, work)


def _identity(data: dict[str, Any]) -> dict[str, Any]:
    identity = data.get("identity")
    if not isinstance(identity, dict):
        raise named("invalid_data", ["identity"])
    return identity


def _answer(body: NoticeBody, receipt: Receipt, person_ref: str | None) -> Answer:
    return Answer(
        200,
        {
            "outcome": receipt.outcome,
            "reason": receipt.reason,
            "routing": receipt.routing,
            "notice_no": body.notice_no,
            "revision": int(body.revision) if body.revision.isascii() and body.revision.isdigit() else None,
            "person_ref": person_ref,
        },
    )


async def _granted(counter: Counter, data: dict[str, Any], key: Asked | None) -> Answer:
    granted = read_granted(data)

    async def work(db: Connection) -> Answer:
        before = await recall(db, key)
        if before:
            return before
        answer = Answer(200, {"event_ids": await append_granted(db, counter.desk, granted)})
        await remember(db, key, answer, counter.desk.clock.now())
        return answer

    return await retrying(counter.pool, work)
