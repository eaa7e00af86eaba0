"""Verify and rebuild over HTTP, for the services of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.kernel.chain import Chain, Chained
from services.kernel.errors import Refused
from services.kernel.http import Asker, only_for
from services.kernel.verifying import Check, Finding


class Rebuild(BaseModel):
    """Which projection is built anew; all of them where none is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    projection: str | None = None


class Heads(BaseModel):
    """Digests that an auditor wrote down earlier: each must still be one of a chain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heads: tuple[str, ...] = Field(default=(), max_length=100)


def verify_routes(known: Callable[[], Iterable[Check]], chains: Callable[[], Iterable[Chain]]) -> APIRouter:
    """`POST /verify` and `POST /verify/audit` for OPS and AUDITOR, `POST /rebuild` for OPS; one at a time.

    `known` and `chains` are asked at each call.
    """
    router = APIRouter(tags=["operations"])
    one_at_a_time = asyncio.Lock()

    @router.post("/verify")
    async def verify(actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS", "AUDITOR")
        async with one_at_a_time:
            return answer([await check.verify() for check in known()])

    @router.post("/verify/audit")
    async def verify_audit(asked: Heads, actor: Asker) -> dict[str, Any]:
        only_for(actor, "OPS", "AUDITOR")
        async with one_at_a_time:
            return walked([await chain.verify() for chain in chains()], asked.heads)

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


def walked(found: Sequence[Chained], heads: Sequence[str]) -> dict[str, Any]:
    """`equal`: whether every chain holds and every head asked about is of one; `unknown_heads`: those of none."""
    known = {head for each in found for head in each.heads}
    unknown = [head for head in heads if head.lower() not in known]
    items = [each.line() for each in found]
    return {"equal": not unknown and all(item["equal"] for item in items), "items": items, "unknown_heads": unknown}
