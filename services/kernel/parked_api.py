"""Parked messages of all services of this process over HTTP: list, try again, drop for a stated reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.kernel.blocking import Blocking
from services.kernel.errors import Refused
from services.kernel.http import Asker, only_for


class Discard(BaseModel):
    """Why a message is dropped for good."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=200)


def parked_routes(known: Callable[[], Iterable[Blocking]]) -> APIRouter:
    """`GET /parked`, `POST /parked/{id}/retry|discard`, for OPS. `known` is asked at each call."""
    router = APIRouter(tags=["operations"])

    @router.get("/parked")
    async def parked(actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS")
        found = [entry for blocking in known() for entry in await blocking.list()]
        return {"items": sorted(found, key=lambda entry: (entry["since"], entry["id"])), "next": None}

    @router.post("/parked/{parked_id}/retry")
    async def retry(parked_id: str, actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS")
        return await (await holder(known(), parked_id)).retry(parked_id, actor.name)

    @router.post("/parked/{parked_id}/discard")
    async def discard(parked_id: str, wanted: Discard, actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS")
        return await (await holder(known(), parked_id)).discard(parked_id, wanted.reason, actor.name)

    return router


async def holder(known: Iterable[Blocking], parked_id: str) -> Blocking:
    """The service that keeps a parked message; refuses `not_found` (404)."""
    for blocking in known:
        if any(entry["id"] == parked_id for entry in await blocking.list()):
            return blocking
    raise Refused("not_found", status=404)
