"""What each service's role may do in the database, tried as a login of its own: nothing but its own work."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from services.access import app as access
from services.app.parts import parts
from services.app.process import BUILDERS
from services.app.schemas import FOLDERS, migrate_all
from services.embedded.postgres import EmbeddedPostgres
from services.kernel.clock import VirtualClock
from services.kernel.errors import Refused
from services.kernel.migrations import migrate
from services.kernel.roles import ACCESS, KEYS, REFERENCE, SERVICES, WATCH, ensure_roles, role_of
from services.kernel.settings import Settings
from services.kernel.tokens import create_key_file
from tests.support.database import START
from tests.support.postgres import empty_database

DENIED: Final = asyncpg.InsufficientPrivilegeError
LOGIN: Final = "{service}_login"
TABLES: Final = """
select schemaname as schema, tablename as name from pg_tables
where schemaname = any($1::text[]) order by schemaname, tablename
"""
ADDED_ONLY: Final = """
select format('%I.%I', nspname, relname) as name from pg_trigger
join pg_class on pg_class.oid = tgrelid join pg_namespace on pg_namespace.oid = relnamespace
where tgname like '%\\_append\\_only' order by 1
"""
CHANGES: Final = ("update {table} set {column} = {column}", "delete from {table}", "truncate {table}")
COLUMN: Final = """
select attname from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and attidentity = '' order by attnum limit 1
"""
GRANT: Final = "grant all on intake.notices, vault.identities to jieli_timeline"
ESCAPES: Final = (
    "grant jieli_intake to current_user",
    "alter role current_user superuser",
    "set session authorization jieli",
    "set role jieli",
    "alter table {schema}.events disable trigger all",
    "drop trigger events_append_only on {schema}.events",
    "create table {schema}.mine (x int)",
    "create function {schema}.mine() returns int language sql as 'select 1'",
    "create role mine",
    "copy (select 1) to program 'true'",
    "alter function {schema}.at_work(timestamptz, text) owner to current_user",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A migrated database, its address for the owner and for the logins of services."""

    url: str
    password: str

    def as_login(self, service: str) -> str:
        """As an operator's own login role for that service."""
        head, _, tail = self.url.partition("@")
        return f"{head.partition('://')[0]}://{LOGIN.format(service=service)}:{self.password}@{tail}"


@pytest.fixture(scope="module")
def places() -> dict[str, Place]:
    return {}


@pytest.fixture
async def place(postgres_server: EmbeddedPostgres, places: dict[str, Place]) -> Place:
    """One database for the module; nothing in it is changed by a role that is refused."""
    if "one" not in places:
        made = Place(postgres_server.url("roles"), secrets.token_hex(12))
        await ask(postgres_server.url(), "create database roles template template0")
        await migrate_all(made.url)
        for service in SERVICES:
            login = LOGIN.format(service=service)
            await ask(made.url, f"create role {login} login password '{made.password}' in role {role_of(service)}")
        places["one"] = made
    return places["one"]


@asynccontextmanager
async def session(url: str, role: str | None = None) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    db = await asyncpg.connect(url, server_settings={"role": role} if role else {})
    try:
        yield db
    finally:
        await db.close()


async def ask(url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    async with session(url) as db:
        return await db.fetch(sql, *values)


async def refused(db: asyncpg.Connection[asyncpg.Record], sql: str) -> bool:
    """Whether PostgreSQL says that this may not be done; tried in a transaction that leaves nothing."""
    tried = db.transaction()
    await tried.start()
    try:
        await db.execute(sql)
    except DENIED:
        return True
    finally:
        await tried.rollback()
    return False


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_no_table_of_another(place: Place, service: str) -> None:
    others = sorted({*FOLDERS, "vault"} - {service} - ({"vault"} if service == "intake" else set()))
    tables = [f"{row['schema']}.{row['name']}" for row in await ask(place.url, TABLES, others)]
    tables = [table for table in tables if table != "vault.migrations"]
    assert len(tables) > len(others)
    async with session(place.as_login(service), role_of(service)) as db:
        seen = [table for table in tables if not await refused(db, f"select count(*) from {table}")]
    assert seen == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_of_a_service_is_granted_to_its_role_where_it_is_made(place: Place, service: str) -> None:
    """To mend: a line in the table's own migration, as in `grant select, insert on looks to jieli_intake;`."""
    tables = [f"{row['schema']}.{row['name']}" for row in await ask(place.url, TABLES, [service])]
    async with session(place.as_login(service), role_of(service)) as db:
        shut = [table for table in tables if await refused(db, f"select count(*) from {table}")]
    assert shut == []


@pytest.mark.parametrize("service", SERVICES)
async def test_who_people_are_is_read_as_intake_alone(place: Place, service: str) -> None:
    for role in (role_of(service), KEYS, REFERENCE):
        async with session(place.as_login(service), role) as db:
            denied = await refused(db, "select count(*) from vault.identities")
        assert denied is (role != "jieli_intake")


@pytest.mark.parametrize("service", SERVICES)
async def test_keys_are_made_and_read_and_by_nobody_but_intake_erased(place: Place, service: str) -> None:
    erase = "update vault.person_keys set state = 'erased', wrapped = null, wrapped_by = null"
    async with session(place.as_login(service), KEYS) as db:
        assert not await refused(db, "select wrapped from vault.person_keys")
        assert not await refused(db, "insert into vault.hub_keys (name, wrapped, wrapped_by) values ('n', 'w', 'k')")
        for change in (erase, "delete from vault.person_keys", "truncate vault.person_keys"):
            assert await refused(db, change), change
        assert await refused(db, "delete from vault.hub_keys")
    async with session(place.as_login(service), role_of(service)) as db:
        assert await refused(db, erase) is (service != "intake")
        assert await refused(db, "update vault.person_keys set kid = 'x'")
        assert await refused(db, "delete from vault.person_keys")


async def test_what_is_only_ever_added_is_changed_by_no_role(place: Place) -> None:
    found = [row["name"] for row in await ask(place.url, ADDED_ONLY)]
    assert {"intake.events", "handover.steps", "handover.audit", "timeline.journal"} <= set(found)
    for table in found:
        service = table.partition(".")[0]
        async with session(place.as_login(service), role_of(service)) as db:
            column = await db.fetchval(COLUMN, table)
            kept = [await refused(db, change.format(table=table, column=column)) for change in CHANGES]
        assert kept == [True] * len(CHANGES), table


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_give_itself_anything(place: Place, service: str) -> None:
    async with session(place.as_login(service), role_of(service)) as db:
        won = [sql for sql in ESCAPES if not await refused(db, sql.format(schema=service))]
        await db.execute("set role none")  # back to the login, which is nobody more
        won += [sql for sql in ESCAPES if not await refused(db, sql.format(schema=service))]
        await refused(db, GRANT)  # who may use a table and not give it away is only warned
    assert won == []
    async with session(place.as_login("timeline"), role_of("timeline")) as db:
        assert await refused(db, "select count(*) from intake.notices")


async def test_no_role_owns_anything_or_may_more_than_work(place: Place) -> None:
    roles = [KEYS, REFERENCE, ACCESS, WATCH, *map(role_of, SERVICES)]
    rights = await ask(
        place.url,
        """
        select rolname from pg_roles where rolname = any($1::text[])
        and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication or rolcanlogin)
        """,
        roles,
    )
    owned = await ask(
        place.url,
        "select relname from pg_class join pg_roles on pg_roles.oid = relowner where rolname = any($1::text[])",
        roles,
    )
    assert (rights, owned) == ([], [])


@pytest.mark.parametrize("service", SERVICES)
async def test_reference_data_is_read_by_all_and_written_by_its_own_role(place: Place, service: str) -> None:
    async with session(place.as_login(service), role_of(service)) as db:
        assert not await refused(db, "select * from reference.policies, reference.calendar_years")
        assert await refused(db, "insert into reference.policies values ('v', '{}', now())")
        assert await refused(db, "delete from reference.calendar_years")
    async with session(place.as_login(service), REFERENCE) as db:
        assert not await refused(db, "insert into reference.policies values ('v', '{}', now())")
        assert await refused(db, "update reference.policies set chosen = '{}'")


@pytest.mark.parametrize("service", SERVICES)
async def test_sessions_are_kept_by_the_door_alone_and_passwords_set_by_no_service(place: Place, service: str) -> None:
    tables = ("sessions", "sign_ins", "passwords", "tries", "spent")
    async with session(place.as_login(service), role_of(service)) as db:
        assert all([await refused(db, f"select * from access.{table}") for table in tables])
    async with session(place.as_login(service), ACCESS) as db:
        assert not any([await refused(db, f"select * from access.{table}") for table in tables])
        for sql in ("insert into access.passwords values ('n', 'h', now())", "update access.passwords set hash = 'h'"):
            assert await refused(db, sql), sql
        assert await refused(db, f"select * from {service}.events")


async def test_a_service_asks_others_only_how_far_they_are(place: Place) -> None:
    async with session(place.as_login("timeline"), role_of("timeline")) as db:
        for other in FOLDERS:
            rows = await db.fetch(f"select * from {other}.at_work(now(), 'c')")
            assert {row["what"] for row in rows} == {"relay", "deadlines"}
            assert await db.fetchval(f"select {other}.next_due(now())") is None


async def test_a_login_may_start_on_a_migrated_database_and_on_no_other(
    place: Place, postgres_server: EmbeddedPostgres
) -> None:
    assert await migrate(place.as_login("handover"), "handover", FOLDERS["handover"]) == []
    async with empty_database(postgres_server) as empty:
        fresh = Place(empty, place.password)
        with pytest.raises(Refused, match="migration_missing"):
            await migrate(fresh.as_login("handover"), "handover", FOLDERS["handover"])


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_starts_with_its_login_alone(place: Place, tmp_path: Path, service: str) -> None:
    create_key_file(tmp_path / "tokens.key")
    settings = Settings(
        database_url=place.as_login(service),
        kafka_bootstrap="127.0.0.1:1",
        kek_file=tmp_path.with_name("kek-of-roles"),  # of the whole module: it wraps keys of one database
        token_key_file=tmp_path / "tokens.key",
    )
    async with parts(settings, VirtualClock(START)) as kit, access.opened(kit):
        built = await BUILDERS[service](kit)
        async with built.pool:
            working_as = await built.pool.fetchrow("select session_user::text as login, current_user::text as role")
    assert tuple(working_as or ()) == (LOGIN.format(service=service), role_of(service))


async def test_databases_that_are_made_at_once_share_their_roles(postgres_server: EmbeddedPostgres) -> None:
    schemas = [f"fresh{number}" for number in range(6)]

    async def one() -> None:
        async with session(postgres_server.url()) as db:
            await ensure_roles(db, schemas)

    await asyncio.gather(*(one() for _ in range(6)))
    found = await ask(postgres_server.url(), "select rolname from pg_roles where rolname like 'jieli\\_fresh_'")
    assert len(found) == len(schemas)
