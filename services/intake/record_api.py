"""The end of a record over HTTP: sealing, deleting, and the lawful read of what is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from services.intake.domain.grounds import DeletionGround, PaperNo, ReadingGround, Untold
from services.intake.domain.record import unknown
from services.intake.lawful import LawfulReads, Request
from services.intake.orders import Order
from services.intake.records import Records
from services.kernel.http import Actor, Asker, only_for

DECIDES: Final = ("DISTRICT_LEAD", "CITY_LEAD", "OPS", "HUB")
PERSON: Final = "PERSON"
READS: Final = "AUDITOR"


class Body(BaseModel):
    """Unknown fields are refused; errors never repeat the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Erasure(Body):
    """`ground`: why the record is deleted, one of `domain/grounds.py`."""

    ground: DeletionGround


class LawfulRead(Body):
    """`document_no`: of the paper that asks; `untold`: the law that forbids telling the person."""

    ground: ReadingGround
    document_no: PaperNo
    untold: Untold | None = None


def require_reader(actor: Asker) -> Actor:
    """Dependency: an auditor, refused before a word about the body."""
    only_for(actor, READS)
    return actor


Reader = Annotated[Actor, Depends(require_reader)]


@dataclass(frozen=True, slots=True)
class Office:
    """What the routes work with."""

    records: Records
    lawful: LawfulReads


def record_routes(office: Office) -> APIRouter:
    """The routes below /api/v1."""
    router = APIRouter(tags=["records"])

    @router.post("/people/{person_ref}/sealing", summary="封存，或本人申请封存 seal a record, or ask for it")
    async def post_sealing(person_ref: str, actor: Asker) -> JSONResponse:
        if actor.role == PERSON and person_ref == actor.name:
            await office.records.request(person_ref, actor)
            return JSONResponse({"state": "SEAL_ELIGIBLE"}, 202)
        refuse_strangers(actor)
        done = await office.records.seal(Order(person_ref, actor))
        return JSONResponse({"state": "SEALED"}) if done else first_of_two()

    @router.post("/people/{person_ref}/erasure", summary="删除：销毁密钥 delete a record by the end of its key")
    async def post_erasure(person_ref: str, erasure: Erasure, actor: Asker) -> JSONResponse:
        refuse_strangers(actor)
        done = await office.records.erase(Order(person_ref, actor, erasure.ground))
        return JSONResponse({"state": "DELETED"}) if done else first_of_two()

    @router.post("/sealed/{person_ref}/reads", summary="依法查阅封存记录，须两人 ask for a lawful read, two officials")
    async def post_read(person_ref: str, read: LawfulRead, actor: Reader) -> JSONResponse:
        granted = await office.lawful.sign(Request(person_ref, read.ground, read.document_no, read.untold or ""), actor)
        if granted is None or granted.grant_until is None:
            return JSONResponse({"pending": True, "grant_until": None}, 202)
        return JSONResponse({"pending": False, "grant_until": granted.grant_until.isoformat()})

    @router.get("/sealed/{person_ref}", summary="查阅期内的封存记录 a sealed record, while a grant lasts")
    async def get_sealed(person_ref: str, actor: Reader) -> dict[str, Any]:
        return await office.lawful.record(person_ref, actor)

    return router


def refuse_strangers(actor: Actor) -> None:
    """Refused `not_found` for every role that never decides about records."""
    if actor.role not in DECIDES:
        raise unknown()


def first_of_two() -> JSONResponse:
    """Noted; a second operator has to say the same within a day."""
    return JSONResponse({"state": "PENDING"}, 202)
