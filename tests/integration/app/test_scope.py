"""Rows of other organisations are not there for a reader, even where the application's own filter is taken away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from services.app.schemas import FOLDERS, migrate_all
from services.handover import access as handover_access
from services.handover import saga_store
from services.handover.views import Look as HandoverLook
from services.kernel.db import Connection
from services.kernel.roles import reader_of, role_of
from services.kernel.scoped import EVERYTHING, NOTHING, Scope, reading
from services.kernel.tokens import Actor
from services.reference.disclosure import FULL
from services.reference.organisations import load_city
from services.reference.scopes import scope_of
from services.timeline import api as timeline_api
from services.timeline.access import EVERYTHING as ALL_GROUPS
from services.timeline.access import Look
from services.timeline.projections import person_organisations, person_timeline, short_notices, station_inbox
from tests.support import timeline_story as stories
from tests.support.handover_desk import CENTRE, DISTRICT_LEAD, Bench, N, P, bench, lead
from tests.support.timeline_story import Story, Timeline, accepted, actor, timeline

CITY: Final = load_city("a")
STRANGER: Final = "A01-S001"
HERE: Final = stories.STATION.org_id
ELSEWHERE: Final = stories.OTHER_STATION.org_id
OWN: Final[Scope] = frozenset({HERE})
OTHERS: Final[Scope] = frozenset({ELSEWHERE})
READERS: Final = [
    (lead(), True),
    (DISTRICT_LEAD, True),
    (Actor("c", "CITY_LEAD", "A"), True),
    (Actor("centre", "DETOX_CENTRE", CENTRE), True),
    (Actor(P, "PERSON", ""), True),
    (Actor("ops", "OPS", "A"), True),
    (lead("x", STRANGER), False),
    (Actor("d", "DISTRICT_LEAD", "A01"), False),
    (Actor("s", "STREET_OFFICER", f"{STRANGER}-STREET"), False),
    (Actor("centre", "DETOX_CENTRE", "A-CENTRE-2"), False),
    (Actor("01OTHER", "PERSON", ""), False),
    (Actor("01OTHER", "PERSON", P), False),
    (Actor("nobody", "STATION_LEAD", ""), False),
    (Actor("' or true --", "PERSON", "*"), False),
]
READABLE: Final = """
select format('%I.%I', nspname, relname) as name, relrowsecurity as guarded,
    exists (select from pg_policy where polrelid = pg_class.oid and reader.oid = any(polroles)) as policy,
    has_table_privilege(reader.oid, pg_class.oid, 'select') as readable
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
join pg_roles as reader on reader.rolname = format('jieli_%s_reader', nspname)
where relkind = 'r' and nspname = any($1::text[]) order by 1
"""
KERNEL: Final = "the kernel's own: ids, places and keys; read by the service alone, and by operators through it"
INTAKE: Final = "intake's readers ask handover for their part, and each answer is on the ledger first"
WHOLE: Final = "read by the service alone: figures are judged over the whole city"
FOLDING: Final = "read by the service alone, as it decides"
EXEMPT: Final = {
    **dict.fromkeys(
        (
            *("migrations", "events", "heads", "inbox", "inbox_streams", "waiting", "deadlines", "relay", "progress"),
            *("parked_keys", "parked_messages", "quarantined", "idempotency", "projections", "events_chain"),
        ),
        KERNEL,
    ),
    **dict.fromkeys(("timeline.kpi_cases", "timeline.kpi_notices"), WHOLE),
    **dict.fromkeys(("timeline.kpi_frozen", "timeline.kpi_frozen_notices"), WHOLE),
    "timeline.granted_deletions": "who is deleting a record; asked before anybody is answered about it",
    "timeline.sealed_subjects": "what no reader may know; the view told takes it out of what operators trace",
    **dict.fromkeys(
        (
            *("handover.steps", "handover.audit", "handover.audit_chain", "handover.waiting_facts"),
            *("handover.blocked_people", "handover.source_gaps", "handover.later_notices"),
            *("handover.sealed_people", "handover.looks"),
        ),
        FOLDING,
    ),
    **dict.fromkeys(
        (
            *("intake.about", "intake.conflicts", "intake.declines", "intake.facts", "intake.import_rows"),
            *("intake.imports", "intake.messages", "intake.missing_ranges", "intake.notices"),
            *("intake.source_sequences", "intake.waiting_facts", "intake.lawful_reads"),
        ),
        INTAKE,
    ),
}
"""Tables that no reader may read at all, and why; any other needs a policy for the reader."""


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as made:
        await made.read(accepted(), accepted(Story(person="01B", handover="01BB")))
        yield made


async def test_handovers_are_there_for_the_organisations_that_have_a_part(desk: Bench) -> None:
    handover = await desk.accepted()
    for reader, sees in READERS:
        async with reading(desk.service.pool, "handover", scope_of(reader, CITY)) as db:
            found = [
                await saga_store.read(db, handover),
                await saga_store.read_of_person(db, P),
                await saga_store.read_of_notice(db, CENTRE, N),
                await db.fetch("select * from sagas"),
            ]
        assert [bool(each) for each in found] == [sees] * 4, reader


async def test_without_the_applications_filter_a_handover_of_others_is_still_unknown(
    desk: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = await desk.accepted()
    whole = HandoverLook("accepted", dict.fromkeys(ALL_GROUPS, FULL))
    monkeypatch.setattr(handover_access, "look", lambda *_: whole)
    for reader, sees in READERS:
        one = await desk.get(f"/handovers/{handover}", reader)
        listed = await desk.get("/handovers", reader, person_ref=P)
        assert (one.status_code == 200, len(listed.json()["items"])) == (sees, int(sees)), reader


async def test_what_the_timeline_knows_is_there_for_those_who_have_a_part(hub: Timeline) -> None:
    own = {HERE, f"{HERE}-STREET", stories.DISTRICT, stories.CENTRE.org_id}
    for org in (*own, ELSEWHERE, CITY.parents(ELSEWHERE)[0]):
        async with reading(hub.pool, "timeline", CITY.within(org)) as db:
            assert await rows(db) == ([True] * 5 if org in own else [False] * 5), org


async def rows(db: Connection) -> list[bool]:
    """Whether the service's own questions find anything."""
    found = [
        await person_timeline.items_of(db, "01B", timers=True),
        await person_organisations.parts_of(db, "01B"),
        await station_inbox.boards_of_person(db, "01B"),
        await db.fetch("select * from journal"),
        await db.fetch("select * from station_inbox"),
    ]
    return [bool(each) for each in found]


async def test_an_inbox_is_listed_for_a_scope_that_holds_it(hub: Timeline) -> None:
    for scope, sees in ((NOTHING, False), (OTHERS, False), (OWN, True), (EVERYTHING, True)):
        async with reading(hub.pool, "timeline", scope) as db:
            assert bool(await station_inbox.entries_of(db, HERE)) is sees
            assert await short_notices.entries_of(db, HERE) == []


async def test_without_the_applications_filter_a_timeline_and_an_inbox_of_others_are_still_empty(
    hub: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_api, "look_of", lambda *_: Look(ALL_GROUPS, on_record=False))
    monkeypatch.setattr(timeline_api, "may_list_inbox", lambda *_: None)
    for org, sees in ((HERE, True), (ELSEWHERE, False)):
        reader = actor("STATION_LEAD", org)
        assert ((await hub.get("/people/01B/timeline", reader)).status_code == 200) is sees
        assert bool((await hub.get(f"/stations/{HERE}/inbox", reader)).json()["items"]) is sees


async def test_a_reader_changes_nothing_reads_no_other_table_and_leaves_no_scope_behind(hub: Timeline) -> None:
    for sql in (
        "delete from person_timeline",
        "update station_inbox set level = 0",
        "insert into inbox (consumer, event_id) values ('c', 'e')",
        "select * from kpi_cases",
        "select * from parked_messages",
        "create temporary table mine (x int)",
    ):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)):
            async with reading(hub.pool, "timeline", EVERYTHING) as db:
                await db.execute(sql)
    async with hub.pool.acquire() as db:
        left = await db.fetchrow("select current_user::text, current_setting('jieli.scope', true)")
    assert tuple(left or ()) == (role_of("timeline"), "")


async def test_a_reader_without_a_scope_finds_nothing(hub: Timeline) -> None:
    async with hub.pool.acquire() as db, db.transaction():
        await db.execute(f"set local role {reader_of('timeline')}")
        assert await rows(db) == [False] * 5


async def test_every_table_has_a_policy_for_readers_or_a_reason_why_none_reads_it(database_url: str) -> None:
    """To mend: row level security with a policy for the reader in the table's migration, or a line in EXEMPT here."""
    await migrate_all(database_url)
    db = await asyncpg.connect(database_url)
    tables = await db.fetch(READABLE, list(FOLDERS))
    await db.close()
    open_ = [row["name"] for row in tables if row["readable"] and not (row["guarded"] and row["policy"])]
    guarded = {row["name"] for row in tables if row["policy"]}
    unsaid = [row["name"] for row in tables if row["name"] not in guarded and not reason(row["name"])]
    assert (open_, unsaid) == ([], [])
    assert {"handover.sagas", "timeline.journal", "timeline.person_timeline", "timeline.station_inbox"} <= guarded


def reason(table: str) -> str | None:
    return EXEMPT.get(table) or EXEMPT.get(table.partition(".")[2])
