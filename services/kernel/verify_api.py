"""Verify and rebuild over HTTP, for the services of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.kernel.errors import Refused
from services.kernel.http import Asker, only_for
from services.kernel.verifying import Check, Finding


class Rebuild(BaseModel):
    """Which projection is built anew; all of them where none is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    projection: str | None = None


def verify_routes(known: Callable[[], Iterable[Check]]) -> APIRouter:
    """`POST /verify` for OPS and AUDITOR, `POST /rebuild` for OPS; one at a time. `known` is asked at each call."""
    router = APIRouter(tags=["operations"])
    one_at_a_time = asyncio.Lock()

    @router.post("/verify")
    async def verify(actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS", "AUDITOR")
        async with one_at_a_time:
            return answer([await check.verify() for check in known()])

    @router.post("/rebuild")
    async def rebuild(wanted: Rebuild, actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS")
        rebuilds = [each.rebuild for each in chosen(known(), wanted.projection) if each.rebuild]
        async with one_at_a_time:
            return answer([await rebuild() for rebuild in rebuilds])

    return router


def chosen(checks: Iterable[Check], name: str | None) -> Sequence[Check]:
    """What can be rebuilt, or only that of this name. Refuses `not_found` (404)."""
    found = [each for each in checks if each.rebuild and name in {None, each.name}]
    if not found:
        raise Refused("not_found", name or "", status=404)
    return found


def answer(found: Sequence[Finding]) -> dict[str, Any]:
    """`equal`: whether everything is as the events say."""
    return {"equal": all(each.equal for each in found), "items": [each.line() for each in found]}
