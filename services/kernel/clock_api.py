"""The virtual clock over HTTP; where the clock is real there is no such route."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.kernel.errors import InvalidInput
from services.kernel.http import Asker, only_for
from services.kernel.stepping import Stepping

PERIOD: Final = re.compile(
    r"P(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?)?"
)


class Move(BaseModel):
    """Where to: an instant, or a period on from now (`P1D`, `PT6H`). Exactly one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: AwareDatetime | None = None
    by: str | None = Field(default=None, max_length=32)


def clock_routes(stepping: Stepping) -> APIRouter:
    """`GET|POST /clock`: only OPS moves it, and one at a time."""
    router = APIRouter(tags=["operations"])
    one_at_a_time = asyncio.Lock()

    @router.get("/clock")
    async def read(_actor: Asker) -> dict[str, str]:
        return {"now": stepping.clock.now().isoformat()}

    @router.post("/clock")
    async def move(wanted: Move, actor: Asker) -> dict[str, str]:
        only_for(actor, "OPS")
        async with one_at_a_time:
            await stepping.to(target(wanted, stepping.clock.now()))
        return {"now": stepping.clock.now().isoformat()}

    return router


def target(wanted: Move, now: datetime) -> datetime:
    """The instant asked for; InvalidInput where it is none or two."""
    if (wanted.to is None) == (wanted.by is None):
        raise InvalidInput("invalid_data")
    return wanted.to if wanted.to is not None else now + period(wanted.by or "")


def period(text: str) -> timedelta:
    """An ISO 8601 period of weeks, days, hours and minutes."""
    told = PERIOD.fullmatch(text)
    parts = {unit: int(number) for unit, number in told.groupdict().items() if number} if told else {}
    if not parts:
        raise InvalidInput("invalid_data")
    return timedelta(**parts)
