"""The timeline over HTTP: a person's timeline, a station's inbox, an operator's trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Query

from services.kernel import scoped
from services.kernel.db import Connection, Pool
from services.kernel.errors import Refused
from services.kernel.http import REVEALS, WATCHED, Actor, Asker, Lang, only_for
from services.reference.disclosure import shipped_matrix
from services.reference.organisations import Organisations
from services.reference.scopes import scope_of
from services.timeline import marks, trace
from services.timeline.access import Look, groups_shown, look_of, may_list_inbox, own_tasks
from services.timeline.accesses import Accesses
from services.timeline.desk_hours import DeskHours, Hours
from services.timeline.domain.parts import Known, Watch
from services.timeline.own_view import OwnView, rights_at
from services.timeline.projections import person_organisations, person_timeline, station_inbox
from services.timeline.projections.person_timeline import Item
from services.timeline.projections.station_inbox import Entry
from services.timeline.summaries import Summaries
from services.timeline.waiting import Waiting

Page = Annotated[int, Query(ge=1, le=1000)]
EntriesOf: TypeAlias = Callable[[Connection, str], Awaitable[list[Entry]]]
PAGE: Final = 500
SCHEMA: Final = "timeline"
TRACE: Final = "TRACE"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the routes read from."""

    pool: Pool
    directory: Organisations
    summaries: Summaries
    desk_hours: DeskHours
    accesses: Accesses
    own: OwnView

    def of(self, actor: Actor) -> AbstractAsyncContextManager[Connection]:
        """A connection that sees what this reader's organisations have a part in, whatever is asked of it."""
        return scoped.reading(self.pool, SCHEMA, scope_of(actor, self.directory))

    def watch(self) -> Watch:
        """What parts are judged by now."""
        return Watch(shipped_matrix(), self.directory, self.accesses.clock.now())

    async def look(self, db: Connection, person_ref: str, actor: Actor) -> Look:
        """How an asker sees a person. Refused(not_found) where they see nothing, also of a person who is unknown."""
        boards = await station_inbox.boards_of_person(db, person_ref)
        known = Known(person_ref, boards, await person_organisations.parts_of(db, person_ref))
        return look_of(actor, known, self.watch())

    async def timeline(
        self, db: Connection, person_ref: str, look: Look, lang: str, *, timers: bool
    ) -> list[dict[str, Any]]:
        """A person's facts as the API gives them."""
        items = await person_timeline.items_of(db, person_ref, timers=timers)
        late, corrected = marks.late(items), marks.corrected(items)
        shown = [
            (each, self.item(each, look, lang, late=each.event_id in late, by=corrected.get(each.event_id)))
            for each in items
            if look.lists(each.name)
        ]
        return [await self._to_self(each, said, lang) if look.own else said for each, said in shown]

    def item(self, item: Item, look: Look, lang: str, *, late: bool, by: str | None) -> dict[str, Any]:
        """One fact; `late` and `corrected_by` are marks, the fact itself never changes."""
        data = look.says(item.name, item.data)
        said = "" if look.bare else self.summaries.marked(item.name, data, lang, late=late, corrected=by is not None)
        return {
            "event_id": item.event_id,
            "type": item.name,
            "time": item.time.isoformat(),
            "recorded_time": item.recorded_time.isoformat(),
            "source": item.source,
            "summary": said,
            "late": late,
            "corrected_by": by,
            "may": [],
        }

    async def _to_self(self, item: Item, said: dict[str, Any], lang: str) -> dict[str, Any]:
        """The same fact as the person reads it."""
        summary = said["summary"] + await self.own.reasons(item, lang)
        return said | {"summary": summary, "may": list(rights_at(item.name))}

    def entry(self, entry: Entry, hours: Hours, lang: str) -> dict[str, Any]:
        """One thing to do, with its codes in words."""
        return {
            "handover_id": entry.handover_id,
            "person_ref": entry.person_ref,
            "state": entry.state,
            "action": entry.action,
            "due_at": entry.due_at,
            "level": entry.level,
            "role": entry.role,
            "not_before": hours.not_before(entry),
            "duty_roster": hours.on_rest_day(entry),
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


def routes(reading: Reading, inboxes: Sequence[EntriesOf]) -> APIRouter:
    """The read routes of the timeline. `inboxes`: what an organisation has to do, one list after the other."""
    router = APIRouter(tags=["timeline"])
    _timelines(router, reading)
    _inboxes(router, reading, inboxes)
    _traces(router, reading)
    return router


def _timelines(router: APIRouter, reading: Reading) -> None:
    @router.get("/people/{person_ref}/timeline", dependencies=[REVEALS])
    async def timeline(
        person_ref: str, actor: Asker, lang: Lang, *, timers: bool = False, limit: Page = PAGE, after: str | None = None
    ) -> dict[str, Any]:
        async with reading.of(actor) as db:
            look = await reading.look(db, person_ref, actor)
            items = await reading.timeline(db, person_ref, look, lang, timers=timers)
        if not items:
            raise Refused("not_found", status=404)
        if look.on_record:
            await reading.accesses.enter(person_ref, actor, groups_shown({item["type"] for item in items}))
        return page(items, limit, after)


def _inboxes(router: APIRouter, reading: Reading, inboxes: Sequence[EntriesOf]) -> None:
    @router.get("/stations/{org_id}/inbox", dependencies=[WATCHED])
    async def inbox(
        org_id: str, actor: Asker, lang: Lang, limit: Page = PAGE, after: str | None = None
    ) -> dict[str, Any]:
        may_list_inbox(actor, org_id, reading.directory)
        watch = reading.watch()
        async with reading.of(actor) as db:
            entries = [entry for entries_of in inboxes for entry in await entries_of(db, org_id)]
            hours = await reading.desk_hours.of(db, entries)
        return page(
            [
                own_tasks(reading.entry(each, hours, lang), actor, watch)
                for each in sorted(entries, key=station_inbox.urgency)
                if hours.asks(each)
            ],
            limit,
            after,
        )


def _traces(router: APIRouter, reading: Reading) -> None:
    @router.get("/trace/{any_id:path}", dependencies=[WATCHED])
    async def traced(any_id: str, actor: Asker, lang: Lang) -> dict[str, Any]:
        only_for(actor, "OPS", "AUDITOR")
        async with reading.pool.acquire() as db:
            found = await trace.follow(db, any_id, Waiting(reading.summaries, reading.directory, lang))
        for person_ref in found["person_refs"] if actor.role == "AUDITOR" else ():
            await reading.accesses.enter(person_ref, actor, ("F1", "F21", "F23"), TRACE)
        return found
