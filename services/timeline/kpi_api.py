"""The figures over HTTP, for those who answer for a district, a city or the hub; never about one worker."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from services.kernel.clock import SHANGHAI
from services.kernel.db import Pool
from services.kernel.errors import Refused
from services.kernel.http import Actor, Asker, only_for
from services.reference.organisations import Organisations
from services.timeline.figures import Figures

ROLES: Final = ("OPS", "AUDITOR", "CITY_LEAD", "DISTRICT_LEAD")


def kpi_routes(pool: Pool, figures: Figures) -> APIRouter:
    """`GET /kpi?from=&to=`: days of Asia/Shanghai, the second not included; without them everything."""
    router = APIRouter(tags=["figures"])

    @router.get("/kpi")
    async def kpi(
        actor: Asker,
        start: Annotated[date, Query(alias="from")] = date.min,
        end: Annotated[date, Query(alias="to")] = date.max,
    ) -> dict[str, Any]:
        only_for(actor, *ROLES)
        own = place_of(actor, figures.directory)
        if start >= end:
            raise Refused("invalid_data", "from, to", status=422)
        async with pool.acquire() as db:
            items = [line for line in await figures.of(db, start, end) if own in {None, line["org"]}]
        period = {"from": start.isoformat(), "to": end.isoformat()}
        as_of = figures.clock.now().astimezone(SHANGHAI).isoformat()
        return {**period, "as_of": as_of, "min_cell": figures.least, "items": items}

    return router


def place_of(actor: Actor, directory: Organisations) -> str | None:
    """The only district whose figures an asker sees; None for those who see the city.

    Refuses `not_your_organisation` (403) to a lead of another city.
    """
    if actor.role == "DISTRICT_LEAD" and directory.type_of(actor.org) == "DWS":
        return actor.org
    if actor.role in {"OPS", "AUDITOR"} or (actor.role == "CITY_LEAD" and actor.org == directory.city().org_id):
        return None
    raise Refused("not_your_organisation", status=403)
