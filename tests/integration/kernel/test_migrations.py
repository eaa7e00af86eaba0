from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from services.kernel.migrations import KERNEL, MigrationDrift, migrate

ONE = "create table one (id int primary key);"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "intake" / "migrations"
    made.mkdir(parents=True)
    (made / "0001_create_one.sql").write_text(ONE)
    return made


async def fetch(url: str, sql: str) -> list[asyncpg.Record]:
    db = await asyncpg.connect(url)
    try:
        return await db.fetch(sql)
    finally:
        await db.close()


async def test_the_kernels_files_come_first_then_the_services_by_number(database_url: str, folder: Path) -> None:
    (folder / "0002_extend_one.sql").write_text("alter table one add column name text;")
    applied = await migrate(database_url, "intake", [folder])
    kernel = [f"kernel/{path.name}" for path in sorted(KERNEL.glob("*.sql"))]
    assert applied == [*kernel, "intake/0001_create_one.sql", "intake/0002_extend_one.sql"]
    rows = await fetch(database_url, "select length(sha256) as length from intake.migrations")
    assert [row["length"] for row in rows] == [64] * len(applied)


async def test_a_second_start_applies_nothing(database_url: str, folder: Path) -> None:
    await migrate(database_url, "intake", [folder])
    assert await migrate(database_url, "intake", [folder]) == []


async def test_two_services_live_side_by_side_in_one_database(database_url: str, folder: Path) -> None:
    await migrate(database_url, "intake", [folder])
    await migrate(database_url, "handover", [])
    rows = await fetch(database_url, "select table_schema from information_schema.tables where table_name = 'events'")
    assert {row["table_schema"] for row in rows} == {"intake", "handover"}


async def test_of_three_starters_at_once_each_file_is_applied_by_one(database_url: str, folder: Path) -> None:
    (folder / "0002_index_one.sql").write_text("-- no-transaction\ncreate index concurrently one_id on one (id);")
    applied = await asyncio.gather(*(migrate(database_url, "intake", [folder]) for _ in range(3)))
    names = [name for names in applied for name in names]
    assert len(names) == len(set(names))
    assert "intake/0002_index_one.sql" in names


async def test_an_applied_file_that_was_edited_stops_the_start_before_anything_is_applied(
    database_url: str, folder: Path
) -> None:
    await migrate(database_url, "intake", [folder])
    (folder / "0001_create_one.sql").write_text(ONE + " -- edited")
    (folder / "0002_create_two.sql").write_text("create table two (id int);")
    with pytest.raises(MigrationDrift, match=r"intake/intake/0001_create_one\.sql"):
        await migrate(database_url, "intake", [folder])
    assert await fetch(database_url, "select from pg_tables where tablename = 'two'") == []


async def test_a_file_of_a_newer_release_does_not_stop_an_older_one(database_url: str, folder: Path) -> None:
    newer = folder / "0002_create_two.sql"
    newer.write_text("create table two (id int);")
    await migrate(database_url, "intake", [folder])
    newer.unlink()
    assert await migrate(database_url, "intake", [folder]) == []


async def test_a_file_that_fails_leaves_nothing_behind_and_is_applied_later(database_url: str, folder: Path) -> None:
    broken = folder / "0002_create_two.sql"
    broken.write_text("create table two (id int); select nonsense;")
    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrate(database_url, "intake", [folder])
    assert await fetch(database_url, "select from pg_tables where tablename = 'two'") == []
    broken.write_text("create table two (id int);")
    assert await migrate(database_url, "intake", [folder]) == ["intake/0002_create_two.sql"]


async def test_a_file_marked_so_runs_outside_a_transaction(database_url: str, folder: Path) -> None:
    index = folder / "0002_index_one.sql"
    index.write_text("create index concurrently one_id on one (id);")
    with pytest.raises(asyncpg.ActiveSQLTransactionError):
        await migrate(database_url, "intake", [folder])
    index.write_text("-- no-transaction\ncreate index concurrently one_id on one (id);")
    assert await migrate(database_url, "intake", [folder]) == ["intake/0002_index_one.sql"]


async def test_a_name_that_is_no_migration_is_refused(database_url: str, folder: Path) -> None:
    (folder / "2_two.sql").write_text("select 1;")
    with pytest.raises(ValueError, match=r"2_two\.sql"):
        await migrate(database_url, "intake", [folder])


@pytest.mark.parametrize("schema", ["Intake", "in-take", "in take", "", '"x"'])
async def test_a_schema_name_that_would_need_quoting_is_refused(database_url: str, schema: str) -> None:
    with pytest.raises(ValueError, match="not a schema name"):
        await migrate(database_url, schema, [])
