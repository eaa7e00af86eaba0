"""The timeline over HTTP: a person's timeline, a station's inbox, an operator's trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from services.kernel.db import Connection, Pool
from services.kernel.errors import Refused
from services.kernel.http import Asker, Lang, only_for
from services.reference.organisations import Organisations
from services.timeline import marks, trace
from services.timeline.access import Sight, may_list_inbox, sight_of
from services.timeline.desk_hours import DeskHours
from services.timeline.projections import person_organisations, person_timeline, short_notices, station_inbox
from services.timeline.projections.person_timeline import Item
from services.timeline.projections.station_inbox import Entry
from services.timeline.summaries import Summaries
from services.timeline.waiting import Waiting

Page = Annotated[int, Query(ge=1, le=1000)]
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What the routes read from."""

    pool: Pool
    directory: Organisations
    summaries: Summaries
    desk_hours: DeskHours

    async def timeline(
        self, db: Connection, person_ref: str, sight: Sight, lang: str, *, timers: bool
    ) -> list[dict[str, Any]]:
        """A person's facts as the API gives them."""
        items = await person_timeline.items_of(db, person_ref, timers=timers)
        late, corrected = marks.late(items), marks.corrected(items)
        return [
            self.item(each, sight, lang, late=each.event_id in late, by=corrected.get(each.event_id)) for each in items
        ]

    def item(self, item: Item, sight: Sight, lang: str, *, late: bool, by: str | None) -> dict[str, Any]:
        """One fact; `late` and `corrected_by` are marks, the fact itself never changes."""
        said = self.summaries.marked(item.name, item.data, lang, late=late, corrected=by is not None)
        return {
            "event_id": item.event_id,
            "type": item.name,
            "time": item.time.isoformat(),
            "recorded_time": item.recorded_time.isoformat(),
            "source": item.source,
            "summary": said if sight == "whole" else "",
            "late": late,
            "corrected_by": by,
        }

    def entry(self, entry: Entry, lang: str) -> dict[str, Any]:
        """One thing to do, with its codes in words."""
        return {
            "handover_id": entry.handover_id,
            "person_ref": entry.person_ref,
            "state": entry.state,
            "action": entry.action,
            "due_at": entry.due_at,
            "level": entry.level,
            "role": entry.role,
            "not_before": self.desk_hours.not_before(entry),
            "duty_roster": self.desk_hours.on_rest_day(entry),
            "state_words": self.summaries.word(entry.state, lang),
            "action_words": self.summaries.action(entry.action, lang),
        }


def page(items: Sequence[dict[str, Any]], limit: int, after: str | None) -> dict[str, Any]:
    """A page of a list; `next` is the number to start the next one at, as text."""
    if after is not None and not after.isdecimal():
        raise Refused("invalid_data", "after", status=422)
    start = int(after or 0)
    more = start + limit < len(items)
    return {"items": items[start : start + limit], "next": str(start + limit) if more else None}


def routes(reading: Reading) -> APIRouter:
    """The read routes of the timeline."""
    router = APIRouter(tags=["timeline"])

    @router.get("/people/{person_ref}/timeline")
    async def timeline(
        person_ref: str, actor: Asker, lang: Lang, *, timers: bool = False, limit: Page = PAGE, after: str | None = None
    ) -> dict[str, Any]:
        async with reading.pool.acquire() as db:
            related = await person_organisations.organisations_of(db, person_ref)
            sight = sight_of(actor, person_ref, related, reading.directory)
            if not await person_timeline.knows(db, person_ref):
                raise Refused("not_found", status=404)
            return page(await reading.timeline(db, person_ref, sight, lang, timers=timers), limit, after)

    @router.get("/stations/{org_id}/inbox")
    async def inbox(
        org_id: str, actor: Asker, lang: Lang, limit: Page = PAGE, after: str | None = None
    ) -> dict[str, Any]:
        may_list_inbox(actor, org_id, reading.directory)
        async with reading.pool.acquire() as db:
            entries = await station_inbox.entries_of(db, org_id) + await short_notices.entries_of(db, org_id)
        return page(
            [
                reading.entry(each, lang)
                for each in sorted(entries, key=station_inbox.urgency)
                if reading.desk_hours.asks(each)
            ],
            limit,
            after,
        )

    @router.get("/trace/{any_id:path}")
    async def traced(any_id: str, actor: Asker, lang: Lang) -> dict[str, Any]:
        only_for(actor, "OPS", "AUDITOR")
        async with reading.pool.acquire() as db:
            return await trace.follow(db, any_id, Waiting(reading.summaries, reading.directory, lang))

    return router
