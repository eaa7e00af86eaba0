"""The first things that somebody does with the hub: start it, import, stop, start again, import again, look around."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.first_life import (
    NOTICES,
    SAMPLE,
    FirstLife,
    changed,
    expected,
    in_files,
    live,
    on_topics,
    said,
    shown,
    some_handovers,
    summary,
)
from tests.support.running_hub import Hub, command, running_hub

FORBIDDEN = NOTICES / "release-notices-forbidden-column.csv"
MARKERS = ("禁存甲7f31c0", "WRIST-7f31c0-2b")
COLUMNS = ("宗教信仰", "手环编号")
START = "2026-02-24T09:30:00"
KEPT_BY_AN_IMPORT = {"intake.imports", "intake.import_rows"}

pytestmark = pytest.mark.timeout(300)


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
    [line] = said(command("config", "show", JIELI_DATABASE_URL="postgresql://u:geheim7@127.0.0.1/x"), "config")
    assert line["database_url"] == "postgresql://u:***@127.0.0.1/x"


def test_the_other_city_gets_exactly_its_receipts(tmp_path: Path) -> None:
    sample = NOTICES / "release-notices-b-2026-03.csv"
    with running_hub(tmp_path / "data", "--city", "b", "--clock", START) as hub:
        imported = hub.runs("import", "notices", sample)
    assert shown(imported) == expected(sample)["receipts"]
    assert imported.lines[-1]["totals"] == expected(sample)["totals"]
    assert imported.lines[-1]["encoding"] == "utf-8-sig"
