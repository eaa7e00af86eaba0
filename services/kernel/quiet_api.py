"""Whether anything is still on its way, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from services.kernel.http import Asker, only_for
from services.kernel.quiet import Quiet


def quiet_routes(quiet: Quiet) -> APIRouter:
    """`GET /quiet?timeout=30`: 200 when all is quiet, else 503 with what is still on its way."""
    router = APIRouter(tags=["operations"])

    @router.get("/quiet")
    async def look(actor: Asker, timeout: Annotated[float, Query(ge=0, le=600)] = 30.0) -> JSONResponse:  # noqa: ASYNC109
        only_for(actor, "OPS")
        waiting = await quiet.wait(timeout)
        return JSONResponse({"waiting_for": waiting}, 503) if waiting else JSONResponse({"quiet": True})

    return router
