"""A person's rights over HTTP: ask, see what became of it, be answered, take a copy (PIPL 44-50)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from schemas.ids import EventId
from services.kernel.http import REVEALS, Asker, Lang
from services.kernel.idempotency import asked
from services.timeline.copying import Copying, readable
from services.timeline.domain.rights import Kind, Outcome
from services.timeline.rights import Rights


class Body(BaseModel):
    """Unknown fields are refused; errors never repeat the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Filing(Body):
    """`event_id`: the fact of the person's timeline that the request is about; CORRECT needs one."""

    kind: Kind
    event_id: EventId | None = None


class Answering(Body):
    """`reason`: a code; needed where it is not granted."""

    outcome: Outcome
    reason: Annotated[str | None, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")] = None


def rights_routes(rights: Rights, copying: Copying) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(tags=["rights"])

    @router.post("/people/{person_ref}/requests", summary="本人提出权利请求 a request of the person → request_no, due")
    async def file_request(person_ref: str, filing: Filing, request: Request, actor: Asker) -> JSONResponse:
        key = await asked(request, actor)
        return (await rights.file(person_ref, filing.kind, filing.event_id, actor, key)).response()

    @router.get(
        "/people/{person_ref}/requests", dependencies=[REVEALS], summary="本人的各项请求 the requests of a person"
    )
    async def list_requests(person_ref: str, actor: Asker) -> dict[str, Any]:
        return {"items": await rights.listed(person_ref, actor), "next": None}

    @router.post("/people/{person_ref}/requests/{request_no}/answer", summary="答复请求 a human answers a request")
    async def answer_request(person_ref: str, request_no: str, given: Answering, actor: Asker) -> dict[str, Any]:
        return await rights.answer(person_ref, request_no, given.outcome, given.reason, actor)

    @router.get(
        "/people/{person_ref}/copy",
        dependencies=[REVEALS],
        summary="本人资料副本 all that the hub holds, for the person alone",
    )
    async def get_copy(person_ref: str, actor: Asker, lang: Lang) -> dict[str, Any]:
        return await copying.copy(person_ref, actor, lang)

    @router.get(
        "/people/{person_ref}/copy/text",
        dependencies=[REVEALS],
        summary="可读的副本 the same to be read",
        response_class=PlainTextResponse,
    )
    async def get_readable_copy(person_ref: str, actor: Asker, lang: Lang) -> PlainTextResponse:
        return PlainTextResponse(readable(await copying.copy(person_ref, actor, lang)))

    return router
