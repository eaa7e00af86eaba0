"""Handovers over HTTP: records in, where each handover stands out."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from services.handover import access, history, looking, saga_store, standing, views, walk_in
from services.handover.commands import Command
from services.handover.desk import Desk
from services.handover.domain.parts import Handled
from services.handover.records import record
from services.kernel.errors import Refused
from services.kernel.http import WATCHED, Actor, Asker, only_for
from services.kernel.idempotency import asked

IfMatch = Annotated[str | None, Header(alias="If-Match")]
Wanted = Annotated[str | None, Query(max_length=100)]
ANY_VERSION: Final = "*"


class Posted(BaseModel):
    """One record: its type as in the catalogue of events, and that event's own fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    type: str = Field(min_length=1, max_length=64)
    data: dict[str, Any] = Field(default_factory=dict)


class WalkIn(BaseModel):
    """A person whom intake has matched or registered, and who recorded the report."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person_ref: str = Field(min_length=1, max_length=64)
    data: dict[str, Any] = Field(default_factory=dict)
    actor: str
    role: str
    org: str
    capacity: str | None = None


class Asking(BaseModel):
    """Who wants to know of whom."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person_ref: str = Field(min_length=1, max_length=64)
    actor: str
    role: str
    org: str


class About(BaseModel):
    """Of whom something is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person_ref: str = Field(min_length=1, max_length=64)


def routes(desk: Desk) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(tags=["handovers"])
    _records(router, desk)
    _for_other_services(router, desk)
    _views(router, desk)
    return router


def _records(router: APIRouter, desk: Desk) -> None:
    @router.post("/handovers/{handover_id}/records", summary="一项记录 one record → event_ids, version, state")
    async def post_record(
        handover_id: str, posted: Posted, request: Request, actor: Asker, if_match: IfMatch = None
    ) -> JSONResponse:
        command = Command(
            handover_id=handover_id,
            record=posted.type,
            data=posted.data,
            actor=actor,
            id=desk.ids.new(),
            at=desk.clock.now(),
            expects=version_of(if_match),
            asked=await asked(request, actor),
        )
        return (await record(desk, command)).response()


def _for_other_services(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/handovers/walk-ins", summary="自行来站者的报到，由收件服务转来 a walk-in handed on by intake → handover_id"
    )
    async def post_walk_in(request: Request, posted: WalkIn, actor: Asker) -> dict[str, str]:
        only_for(actor, "HUB")
        reporter = Actor(posted.actor, posted.role, posted.org, posted.capacity)
        given = await asked(request, actor)
        key = given.key if given else None
        return {"handover_id": await walk_in.report(desk, posted.person_ref, reporter, posted.data, key)}

    @router.post("/handovers/standings", summary="某读者与本人的关系 what a reader is to a person, for other services")
    async def post_standing(posted: Asking, actor: Asker) -> dict[str, Any]:
        only_for(actor, "HUB")
        return await standing.told(desk, posted.person_ref, Actor(posted.actor, posted.role, posted.org))

    @router.post(
        "/handovers/histories", summary="衔接经过，供封存判断 what handovers say of a record's end, for intake"
    )
    async def post_history(posted: About, actor: Asker) -> dict[str, Any]:
        only_for(actor, "HUB")
        return await history.told(desk, posted.person_ref)


def _views(router: APIRouter, desk: Desk) -> None:
    @router.get("/handovers/{handover_id}", dependencies=[WATCHED], summary="一项衔接 one handover")
    async def get_handover(handover_id: str, actor: Asker) -> JSONResponse:
        for handled in await find(desk, actor, handover_id):
            if shown := readable(desk, actor, [handled]):
                await looking.note(desk, actor, shown)
                return JSONResponse(shown[0], headers={"ETag": f'"{handled.saga.version}"'})
        raise Refused("unknown_handover", status=404)

    @router.get("/handovers", dependencies=[WATCHED], summary="按人或按通知查 by person, or by centre and notice")
    async def list_handovers(
        actor: Asker, person_ref: Wanted = None, centre: Wanted = None, notice_no: Wanted = None
    ) -> dict[str, Any]:
        shown = readable(desk, actor, await search(desk, actor, person_ref, centre, notice_no))
        await looking.note(desk, actor, shown)
        return {"items": shown, "next": None}


def version_of(if_match: str | None) -> int | None:
    """The version that a sender had read. Raises Refused `bad_if_match` for anything else than a version or `*`."""
    if if_match is None or if_match.strip() == ANY_VERSION:
        return None
    plain = if_match.strip().removeprefix("W/").strip('"')
    if not plain.isascii() or not plain.isdigit():
        raise Refused("bad_if_match", status=422)
    return int(plain)


async def find(desk: Desk, actor: Actor, handover_id: str) -> list[Handled]:
    """That saga, or nothing."""
    async with desk.reading(actor) as db:
        return await saga_store.read(db, handover_id)


async def search(
    desk: Desk, actor: Actor, person_ref: str | None, centre: str | None, notice_no: str | None
) -> list[Handled]:
    """Sagas of a person, or of a centre's notice. Raises Refused `query_needed` for any other question."""
    async with desk.reading(actor) as db:
        if person_ref:
            return await saga_store.read_of_person(db, person_ref)
        if centre and notice_no:
            return await saga_store.read_of_notice(db, centre, notice_no)
    raise Refused("query_needed", status=422)


def readable(desk: Desk, actor: Actor, sagas: list[Handled]) -> list[dict[str, Any]]:
    """Those that this actor may see, as they see them."""
    looks = ((each.saga, access.look(actor, each, desk)) for each in sagas)
    return [views.handover(saga, look, desk.clock.now()) for saga, look in looks if look]
