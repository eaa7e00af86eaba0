"""Notices on file: what classification and routing read, and what an accepted notice writes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

import asyncpg

from services.intake.domain.facts import Judged, Standing
from services.intake.domain.receipts import Known
from services.intake.domain.routing import Route
from services.kernel.db import Connection

State: TypeAlias = Literal["live", "superseded", "withdrawn", "closed"]

LOCK = "select pg_advisory_xact_lock(hashtextextended('notice|' || $1 || '|' || $2, 0))"
NO_ACTIVATION = "select pg_advisory_xact_lock_shared(hashtextextended('agreements', 0))"
ACTIVATION = "select pg_advisory_xact_lock(hashtextextended('agreements', 0))"
LOCK_WITH = """
    select pg_advisory_xact_lock(hashtextextended('notice|' || $1 || '|' || $2, 0)),
        pg_advisory_xact_lock(hashtextextended('notice|' || $3 || '|' || $4, 0))
"""
LOCK_PERSON = """
    select pg_advisory_xact_lock(hashtextextended('notice|' || source || '|' || notice_no, 0))
    from (select distinct source, notice_no from notices where person_ref = $1 order by source, notice_no) as own
"""
KNOWN = "select revision, content_hash, person_ref from notices where source = $1 and notice_no = $2"
STANDING = """
    select source, notice_no, planned_release_date, routing, station_id, state = 'live' as live
    from notices
    where person_ref = $1 and episode_no = $2
    order by state = 'live' desc, ordinal desc
    limit 1
"""
NEWEST = """
    select source, notice_no, revision, person_ref, episode_no, planned_release_date, basis, routing, state
    from notices
    where source = $1 and notice_no = $2
    order by revision desc
    limit 1
"""
CHANNEL = """
    select source, basis, order_expected
    from notices
    where person_ref = $1 and state = 'live'
    order by ordinal desc
    limit 1
"""
UNROUTED = """
    select source, notice_no, basis
    from notices
    where person_ref = $1 and state in ('live', 'closed') and routing = 'no_basis'
    order by ordinal desc
    limit 1
"""
SUPERSEDE = """
    update notices set state = 'superseded', superseded_by = $3
    where person_ref = $1 and episode_no = $2 and state = 'live'
"""
INSERT = """
    insert into notices (source, notice_no, revision, person_ref, content_hash, episode_no, planned_release_date,
                         order_expected, basis, routing, station_id, received_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
SET_STATE = "update notices set state = $3 where source = $1 and notice_no = $2 and state = 'live'"
SET_DATE = "update notices set planned_release_date = $3 where source = $1 and notice_no = $2 and state = 'live'"
SET_ROUTE = """
    update notices set routing = $3, station_id = $4, state = 'live'
    where source = $1 and notice_no = $2 and state in ('live', 'closed')
"""
CLOSE = "update notices set state = 'closed' where person_ref = $1 and state = 'live'"


async def lock(db: Connection, source: str, notice_no: str) -> None:
    """Everything about one number goes in line until the transaction ends, also before the number is known."""
    await db.execute(LOCK, source, notice_no)


async def hold_agreements(db: Connection) -> None:
    """No agreement comes into force until the transaction ends. Comes before any lock of a number, as there."""
    await db.execute(NO_ACTIVATION)


async def activate(db: Connection) -> None:
    """Wait for every notice that is being judged by agreements; later ones wait until the transaction ends."""
    await db.execute(ACTIVATION)


async def lock_with(db: Connection, source: str, notice_no: str, place: tuple[str, str]) -> None:
    """The same for a number and, after it, for whom the notice is about: nobody seals them meanwhile."""
    await db.execute(LOCK_WITH, source, notice_no, *place)


async def lock_person(db: Connection, person_ref: str) -> None:
    """Every number on file about a person, in order."""
    await db.execute(LOCK_PERSON, person_ref)


async def known(db: Connection, source: str, notice_no: str) -> Known | None:
    """What is on file under a number, or None."""
    rows = await db.fetch(KNOWN, source, notice_no)
    if not rows:
        return None
    return Known({row["revision"]: row["content_hash"] for row in rows}, rows[0]["person_ref"])


async def standing(db: Connection, person_ref: str, episode_no: int) -> Standing | None:
    """The notice that stands for a person's episode, the live one if there is one."""
    row = await db.fetchrow(STANDING, person_ref, episode_no)
    if row is None:
        return None
    return Standing(
        source=row["source"],
        notice_no=row["notice_no"],
        planned_release_date=row["planned_release_date"],
        route=Route(row["routing"], row["station_id"]),
        live=row["live"],
    )


async def newest(db: Connection, source: str, notice_no: str) -> asyncpg.Record | None:
    """The revision of a number that stands, or None."""
    return await db.fetchrow(NEWEST, source, notice_no)


async def unrouted(db: Connection, person_ref: str) -> asyncpg.Record | None:
    """The person's notice that went nowhere for want of a basis, or None."""
    return await db.fetchrow(UNROUTED, person_ref)


async def channel(db: Connection, person_ref: str) -> asyncpg.Record | None:
    """Source and basis of the notice that a person's handover runs on, or None."""
    return await db.fetchrow(CHANNEL, person_ref)


async def enter(db: Connection, judged: Judged, person_ref: str, content_hash: str, now: datetime) -> None:
    """A taken notice stands from now on; what stood for the episode before is superseded."""
    notice, route = judged.notice, judged.route
    if judged.standing:
        own = f"{notice.source}/{notice.notice_no}/{notice.revision}"
        await db.execute(SUPERSEDE, person_ref, notice.episode_no, own)
    await db.execute(
        INSERT,
        *(notice.source, notice.notice_no, notice.revision, person_ref, content_hash, notice.episode_no),
        *(notice.planned_release_date, notice.order_expected, notice.basis, route.routing, route.station_id, now),
    )


async def set_state(db: Connection, source: str, notice_no: str, state: State) -> None:
    """Withdrawn by its centre, or closed."""
    await db.execute(SET_STATE, source, notice_no, state)


async def set_date(db: Connection, notice: asyncpg.Record, day: date) -> None:
    """The planned day moved without a whole new notice."""
    await db.execute(SET_DATE, notice["source"], notice["notice_no"], day)


async def set_route(db: Connection, notice: asyncpg.Record, route: Route) -> None:
    """The notice was routed again, and lives again if its handover had been closed for want of a basis."""
    await db.execute(SET_ROUTE, notice["source"], notice["notice_no"], route.routing, route.station_id)


async def close_person(db: Connection, person_ref: str) -> None:
    """The person's handover ended: a later notice opens a new one."""
    await db.execute(CLOSE, person_ref)
