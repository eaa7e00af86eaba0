"""`jieli import` as a clerk runs it: a real process on a real database."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.intake.app import prepare
from services.kernel.sealing import FileKek

NOTICES = Path(__file__).parents[2] / "fixtures" / "notices"
SAMPLE = NOTICES / "release-notices-a-2026-03.csv"
MEGABYTES = 300
WATCH = """
import resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.stdout, end="")
print(done.returncode, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind."""

    code: int
    lines: list[dict[str, Any]]
    stderr: str


@dataclass(frozen=True, slots=True)
class Clerk:
    """Runs `jieli import` against one database."""

    env: dict[str, str]

    async def runs(self, *arguments: str | Path) -> Said:
        command = [sys.executable, "-m", "services.cli", "import", *map(str, arguments), "--json"]
        process = await asyncio.create_subprocess_exec(*command, env=self.env, stdout=-1, stderr=-1)
        out, err = await process.communicate()
        lines = [json.loads(line) for line in out.decode().splitlines()]
        return Said(process.returncode or 0, lines, err.decode())


@pytest.fixture
async def clerk(database_url: str, tmp_path: Path) -> Clerk:
    await prepare(database_url)
    FileKek(tmp_path / "kek")
    own = {"JIELI_DATABASE_URL": database_url, "JIELI_KEK_FILE": str(tmp_path / "kek"), "JIELI_CITY": "a"}
    return Clerk({**{k: v for k, v in os.environ.items() if not k.startswith("JIELI_")}, **own})


async def test_the_sample_is_imported_line_by_line_and_its_faults_are_written_down(
    clerk: Clerk, tmp_path: Path
) -> None:
    expected = json.loads(SAMPLE.with_suffix("").with_suffix(".expected.json").read_text("utf-8"))
    said = await clerk.runs("notices", SAMPLE, "--errors", tmp_path / "errors.csv")
    assert said.code == 0, said.stderr
    *receipts, summary = said.lines
    shown = [{name: line[name] for name in ("row", "outcome", "reason", "routing")} for line in receipts]
    assert shown == expected["receipts"]
    assert {line["kind"] for line in receipts} == {"receipt"}
    assert set(receipts[0]) == {
        *("kind", "row", "outcome", "reason", "routing", "notice_no", "revision", "person_ref"),
    }
    assert summary | {"import_id": ""} == {
        "kind": "summary",
        "import_id": "",
        "file": SAMPLE.name,
        "encoding": "gb18030",
        "rows": 430,
        "dry_run": False,
        "totals": expected["totals"],
    }
    with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as file:
        faults = list(csv.DictReader(file))
    assert len(faults) == 13
    assert faults[0]["代码"] == "revision_invalid"
    assert faults[0]["列"] == "修订号"
    assert "合成" not in (tmp_path / "errors.csv").read_text("utf-8-sig")

    shown_again = await clerk.runs("show", summary["import_id"])
    assert shown_again.lines[-1]["totals"] == expected["totals"]
    unasked = await clerk.runs("revoke", summary["import_id"], "--actor", "one")
    assert (unasked.code, unasked.lines[-1]["code"]) == (1, "no_stack"), "only a running hub can close handovers"


async def test_a_dry_run_says_the_same_and_writes_nothing(clerk: Clerk) -> None:
    db = await asyncpg.connect(clerk.env["JIELI_DATABASE_URL"])
    try:
        before = await row_counts(db)
        said = await clerk.runs("notices", SAMPLE, "--dry-run")
        assert await row_counts(db) == before
    finally:
        await db.close()
    expected = json.loads(SAMPLE.with_suffix("").with_suffix(".expected.json").read_text("utf-8"))
    assert said.lines[-1]["totals"] == expected["totals"]
    assert said.lines[-1]["dry_run"] is True
    assert {line["person_ref"] for line in said.lines[:-1]} == {None}


async def row_counts(db: asyncpg.Connection[asyncpg.Record]) -> dict[str, int]:
    tables = await db.fetch(
        "select table_schema || '.' || table_name as name from information_schema.tables "
        "where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
    )
    return {row["name"]: await db.fetchval(f"select count(*) from {row['name']}") for row in tables}


async def test_a_file_with_forbidden_columns_leaves_no_trace(clerk: Clerk) -> None:
    said = await clerk.runs("notices", NOTICES / "release-notices-forbidden-column.csv")
    assert said.code == 1
    assert said.lines[0]["code"] == "column_forbidden"
    assert "宗教信仰" in said.lines[0]["detail"]
    assert "手环编号" in said.lines[0]["detail"]
    assert "7f31c0" not in said.stderr + json.dumps(said.lines)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("huge.csv", "file_too_large"),
        ("bomb.xlsx", "archive_bomb"),
        ("noise.bin", "encoding_unknown"),
        ("empty.csv", "file_empty"),
        ("rows.csv", "file_too_large"),
        ("missing.csv", "file_unreadable"),
    ],
)
async def test_a_bad_file_costs_little_and_needs_no_stack(tmp_path: Path, name: str, code: str) -> None:
    path = tmp_path / name
    bad_file(path)
    command = [sys.executable, "-m", "services.cli", "import", "notices", str(path), "--json"]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WATCH, *command, stdout=-1, stderr=-1)
    out, err = await process.communicate()
    status, megabytes, seconds = err.split()
    assert json.loads(out)["code"] == code
    assert int(status) == 1
    assert int(megabytes) < MEGABYTES
    assert float(seconds) < 5  # of processor time: the machine may be busy with others


def bad_file(path: Path) -> None:
    match path.name:
        case "huge.csv":
            with path.open("wb") as file:
                file.truncate(100 * 1024 * 1024)
        case "bomb.xlsx":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("xl/worksheets/sheet1.xml", bytes(200 * 1024 * 1024))
        case "noise.bin":
            path.write_bytes(bytes(range(1, 256)) * 9000)
        case "empty.csv":
            path.touch()
        case "rows.csv":
            heading, _, _rows = SAMPLE.read_bytes().partition(b"\r\n")
            path.write_bytes(heading + b"\r\n" + b"a\r\n" * 6_000_000)
        case _:
            return


async def test_without_a_stack_the_command_says_so(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("JIELI_")}
    said = await Clerk(env).runs("notices", SAMPLE, "--data", tmp_path)
    assert (said.code, said.lines[0]["code"]) == (1, "no_stack")
