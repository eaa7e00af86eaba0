"""The first things that somebody does with the hub: start it, import, stop, start again, import again, look around."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import finish
from tests.support.processes import touching, wait_until
from tests.support.running_hub import Ended, Hub, Said, running_hub

NOTICES = Path(__file__).parents[1] / "fixtures" / "notices"
SAMPLE = NOTICES / "release-notices-a-2026-03.csv"
FORBIDDEN = NOTICES / "release-notices-forbidden-column.csv"
MARKERS = ("禁存甲7f31c0", "WRIST-7f31c0-2b")
COLUMNS = ("宗教信仰", "手环编号")
START = "2026-02-24T09:30:00"
KEPT_BY_AN_IMPORT = {"intake.imports", "intake.import_rows"}

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class FirstLife:
    """What was seen of a folder's first start, until it was stopped."""

    ready: dict[str, Any]
    stack_json: dict[str, Any]
    mode: int
    second_start: Said
    dry_run: Said
    dry_run_wrote: dict[str, tuple[int, int]]
    imported: Said
    handovers: list[list[dict[str, Any]]]
    ended: Ended
    left: list[int]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("first-look") / "data"


@pytest.fixture(scope="module")
def before(folder: Path) -> FirstLife:
    with running_hub(folder, "--clock", START) as hub:
        return live(hub)


@pytest.fixture(scope="module")
def hub(folder: Path, before: FirstLife) -> Iterator[Hub]:
    """The same folder, started again."""
    assert before.ended.code == 0
    with running_hub(folder, "--clock", START) as running:
        running.settle()
        yield running


def live(hub: Hub) -> FirstLife:
    file = hub.data / "stack.json"
    stack_json, mode = json.loads(file.read_text("utf-8")), stat.S_IMODE(file.stat().st_mode)
    second_start = hub.runs("up")
    empty = finish(hub.counts())
    dry_run = hub.runs("import", "notices", SAMPLE, "--dry-run")
    wrote = changed(empty, finish(hub.counts()))
    imported = hub.runs("import", "notices", SAMPLE)
    hub.settle()
    handovers = some_handovers(hub, imported)
    ended = hub.stop()
    wait_until(lambda: not touching(str(hub.data)), 2)
    return FirstLife(
        ready=dict(hub.ready),
        stack_json=stack_json,
        mode=mode,
        second_start=second_start,
        dry_run=dry_run,
        dry_run_wrote=wrote,
        imported=imported,
        handovers=handovers,
        ended=ended,
        left=touching(str(hub.data)),
    )


def test_the_ready_line_says_where_everything_is_and_the_folder_says_the_same(before: FirstLife, folder: Path) -> None:
    assert set(before.ready) == {"kind", "http", "database_url", "kafka_bootstrap", "data", "pid"}
    assert before.ready["kind"] == "ready"
    assert before.ready["data"] == str(folder)
    assert before.ready["http"].startswith("http://127.0.0.1:")
    assert before.ready["kafka_bootstrap"].startswith("127.0.0.1:")
    assert before.ready["database_url"].startswith("postgresql://")
    assert (before.stack_json, before.mode) == (before.ready, 0o600)


def test_a_folder_has_one_stack(before: FirstLife) -> None:
    assert before.second_start.code == 1
    assert before.second_start.lines[-1]["code"] == "already_running"


def test_a_dry_run_says_all_and_writes_nothing(before: FirstLife) -> None:
    assert before.dry_run.code == 0
    assert shown(before.dry_run) == expected(SAMPLE)["receipts"]
    assert before.dry_run.lines[-1]["dry_run"] is True
    assert before.dry_run.lines[-1]["totals"] == expected(SAMPLE)["totals"]
    assert before.dry_run_wrote == {}


def test_the_sample_gets_exactly_its_receipts(before: FirstLife) -> None:
    assert before.imported.code == 0
    assert shown(before.imported) == expected(SAMPLE)["receipts"]
    assert summary(before.imported) == {"kind": "summary", "dry_run": False} | {
        name: expected(SAMPLE)[name] for name in ("file", "encoding", "rows", "totals")
    }


def test_sigterm_ends_everything_in_time(before: FirstLife) -> None:
    assert before.ended.code == 0
    assert before.ended.seconds < 20
    assert before.left == []


async def test_the_same_folder_goes_on_where_it_stopped(before: FirstLife, hub: Hub) -> None:
    assert sum(map(len, before.handovers)) > 0
    assert some_handovers(hub, before.imported) == before.handovers


async def test_a_second_import_adds_nothing_but_its_own_record(before: FirstLife, hub: Hub) -> None:
    there = await hub.counts()
    again = hub.runs("import", "notices", SAMPLE)
    hub.settle()
    assert again.code == 0
    assert [line["outcome"] for line in again.lines[:-1]] == [
        line["outcome"] if line["outcome"] in {"rejected", "conflict"} else "duplicate"
        for line in before.imported.lines[:-1]
    ]
    repeated = [line for line in before.imported.lines[:-1] if line["outcome"] in {"rejected", "conflict"}]
    assert [line for line in again.lines[:-1] if line["outcome"] in {"rejected", "conflict"}] == repeated
    assert set(changed(there, await hub.counts())) <= KEPT_BY_AN_IMPORT


async def test_what_must_never_be_held_is_refused_by_name_and_held_nowhere(hub: Hub) -> None:
    there = await hub.counts()
    refused = hub.runs("import", "notices", FORBIDDEN)
    assert refused.code == 1
    assert [line["code"] for line in refused.lines] == ["column_forbidden"]
    for column in COLUMNS:
        assert column in refused.lines[0]["detail"]
    hub.settle()
    assert await hub.counts() == there
    everything = {
        "output": refused.stdout + refused.stderr,
        "database": await hub.stored(),
        "topics": await on_topics(hub),
        "files": in_files(hub.data),
    }
    assert [(where, marker) for where, text in everything.items() for marker in MARKERS if marker in text] == []
    assert all("A-2603-0001" in everything[where] for where in ("database", "topics", "files"))


def test_what_an_operator_asks_is_answered_in_json_lines(before: FirstLife, hub: Hub) -> None:
    receipt = next(line for line in before.imported.lines if line.get("routing") == "offered")
    person, notice_no = receipt["person_ref"], receipt["notice_no"]
    [line] = said(hub.runs("timeline", person), "timeline")
    assert line["items"][0]["type"] == "PersonRegistered"
    [trace] = hub.runs("trace", notice_no).lines
    assert trace["kind"] == "notice"
    assert person in trace["person_refs"]
    assert trace["handovers"]
    assert {line["reason"] for line in said(hub.runs("parked", "list"), "parked")} == {"CONFLICT"}
    [token] = said(hub.runs("token", "--role", "STATION_LEAD", "--org", "A04-S011"), "token")
    assert set(token) == {"kind", "token", "expires"}
    assert "hub.intake.v1" in {line["name"] for line in said(hub.runs("topics"), "topic")}


def test_a_token_of_the_command_opens_what_its_role_may_see(hub: Hub) -> None:
    import httpx  # noqa: PLC0415 - only here

    [line] = hub.runs("token", "--role", "STATION_LEAD", "--org", "A04-S011").lines
    headers = {"Authorization": f"Bearer {line['token']}"}
    api = f"{hub.ready['http']}/api/v1"
    assert httpx.get(f"{api}/stations/A04-S011/inbox", headers=headers).status_code == 200
    assert httpx.get(f"{api}/parked", headers=headers).status_code == 403


async def test_republishing_repeats_messages_and_no_fact(hub: Hub) -> None:
    there, messages = await hub.counts(), len(await hub.records("hub.intake.v1"))
    assert {line["service"] for line in said(hub.runs("republish"), "republish")} >= {"intake", "handover"}
    hub.settle()
    assert len(await hub.records("hub.intake.v1")) >= 2 * messages > 0
    assert changed(there, await hub.counts()) == {}


def test_settings_are_shown_without_passwords() -> None:
    from tests.support.running_hub import command  # noqa: PLC0415 - only here

    [line] = said(command("config", "show", JIELI_DATABASE_URL="postgresql://u:geheim7@127.0.0.1/x"), "config")
    assert line["database_url"] == "postgresql://u:***@127.0.0.1/x"


def test_the_other_city_gets_exactly_its_receipts(tmp_path: Path) -> None:
    sample = NOTICES / "release-notices-b-2026-03.csv"
    with running_hub(tmp_path / "data", "--city", "b", "--clock", START) as hub:
        imported = hub.runs("import", "notices", sample)
    assert shown(imported) == expected(sample)["receipts"]
    assert imported.lines[-1]["totals"] == expected(sample)["totals"]
    assert imported.lines[-1]["encoding"] == "utf-8-sig"


def said(done: Said, kind: str) -> list[dict[str, Any]]:
    """The lines of a command that did its work and says one kind of thing."""
    assert done.code == 0, done.stderr
    assert {line["kind"] for line in done.lines} <= {kind}
    return done.lines


def expected(sample: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sample.with_suffix(".expected.json").read_text("utf-8"))
    return found


def shown(imported: Said) -> list[dict[str, Any]]:
    """The receipts as the expectation lists them."""
    names = ("row", "outcome", "reason", "routing")
    return [{name: line[name] for name in names} for line in imported.lines if line["kind"] == "receipt"]


def summary(imported: Said) -> dict[str, Any]:
    """The last line without the import's own number."""
    return {name: value for name, value in imported.lines[-1].items() if name != "import_id"}


def some_handovers(hub: Hub, imported: Said) -> list[list[dict[str, Any]]]:
    """The handovers of every twentieth row."""
    rows = [line for line in imported.lines if line.get("outcome") == "accepted"][::20]
    return [hub.get("/handovers", person_ref=line["person_ref"])["items"] for line in rows]


def changed(was: dict[str, int], now: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Tables with another number of rows than before."""
    return {name: (was.get(name, 0), count) for name, count in now.items() if count != was.get(name, 0)}


async def on_topics(hub: Hub) -> str:
    """Keys, headers and values of all records, as text."""
    parts = [(record.key, record.value, *(value for _, value in record.headers)) for record in await hub.records()]
    return "\n".join((part or b"").decode("utf-8", "replace") for record in parts for part in record)


def in_files(folder: Path) -> str:
    """Every byte under the folder, the database's own files too, as text."""
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in folder.rglob("*") if file.is_file())
