"""The commands that read a running stack: their JSON lines, their words, their failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli.asking import TOKEN_KEY
from services.cli.find import Stack
from services.cli.parked import register as parked
from services.cli.timeline import register as timeline
from services.cli.tokens import register as tokens
from services.cli.trace import register as trace
from services.kernel.tokens import Actor, Tokens, create_key_file

ITEM = {
    "event_id": "1",
    "type": "HandoverAccepted",
    "time": "2026-03-02T09:04:00+08:00",
    "recorded_time": "2026-03-02T09:05:00+08:00",
    "source": "jieli/handover",
    "summary": "已签收",
}
PARKED = {
    "id": "p-1",
    "consumer": "timeline.journal",
    "key": "k",
    "reason": "UNKNOWN_TYPE",
    "blocking": True,
    "since": "2026-03-02T09:04:00+08:00",
    "waiting": 2,
}
TRACE = {
    "kind": "handover",
    "id": "h",
    "handovers": ["h"],
    "person_refs": ["p"],
    "events": [ITEM | {"topic": "hub.handover.v1", "sequence": 1, "causationid": None, "correlationid": "h"}],
    "waiting_for": {"sentence": "等待某站（站长）：请签收", "next_deadline": None},
}
DONE = {"kind": "parked", "id": "p-1", "released": True, "handled": 3, "waiting": 0, "attempts": 1, "reason": ""}
ANSWERS: dict[str, dict[str, Any]] = {
    "/api/v1/people/p/timeline": {"items": [ITEM], "next": None},
    "/api/v1/trace/h": TRACE,
    "/api/v1/trace/hub.handover.v1/0/4": TRACE,
    "/api/v1/parked": {"items": [PARKED], "next": None},
    "/api/v1/parked/p-1/retry": DONE | {"released": False, "reason": "UNKNOWN_TYPE"},
    "/api/v1/parked/p-1/discard": DONE,
}


class Stage:
    """A stack that answers from a table, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        (folder / "secrets").mkdir()
        create_key_file(folder / "secrets" / TOKEN_KEY)
        self.stack = Stack("postgresql://x", "x", "http://hub", folder)
        self.tokens = Tokens.from_file(folder / "secrets" / TOKEN_KEY)
        self.asked: list[tuple[Actor, httpx.Request]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((self.tokens.verify(request.headers["authorization"].removeprefix("Bearer ")), request))
        found = ANSWERS.get(request.url.path)
        return (
            httpx.Response(200, json=found)
            if found
            else httpx.Response(404, json={"code": "not_found", "title": "没有找到"})
        )

    def run(self, *words: str) -> Result:
        app = typer.Typer()
        for group in (timeline, trace, parked, tokens):
            group(app)
        return CliRunner().invoke(app, list(words))

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json").stdout.splitlines()]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage(tmp_path)
    real = httpx.Client
    monkeypatch.delenv("JIELI_TOKEN_KEY_FILE", raising=False)
    monkeypatch.setattr("services.cli.asking.find_stack", lambda _data: stage.stack)
    monkeypatch.setattr("services.cli.tokens.find_stack", lambda _data: stage.stack)
    monkeypatch.setattr(httpx, "Client", lambda **how: real(**how, transport=httpx.MockTransport(stage.answer)))
    return stage


def test_a_timeline_is_one_json_line_as_the_api_gives_it(stage: Stage) -> None:
    assert stage.lines("timeline", "p") == [{"kind": "timeline", "person_ref": "p", "items": [ITEM], "next": None}]
    assert stage.asked[0][0].role == "AUDITOR"


def test_a_timeline_is_a_table_for_people(stage: Stage) -> None:
    shown = stage.run("timeline", "p").stdout
    assert "人员时间线 p" in shown
    assert "2026-03-02 09:04" in shown
    assert "已签收" in shown


def test_english_is_asked_for_and_shown(stage: Stage) -> None:
    assert "Timeline of p" in stage.run("timeline", "p", "--lang", "en").stdout
    assert stage.asked[0][1].headers["accept-language"] == "en"


def test_a_trace_is_the_apis_object(stage: Stage) -> None:
    assert stage.lines("trace", "h") == [TRACE]
    assert stage.lines("trace", "hub.handover.v1/0/4") == [TRACE]


def test_a_trace_for_people_begins_with_what_is_waited_for(stage: Stage) -> None:
    assert "当前: 等待某站（站长）：请签收" in stage.run("trace", "h").stdout


def test_each_parked_message_is_a_line(stage: Stage) -> None:
    assert stage.lines("parked", "list") == [{"kind": "parked"} | PARKED]
    assert "UNKNOWN_TYPE" in stage.run("parked", "list").stdout


def test_a_retry_that_does_not_help_fails(stage: Stage) -> None:
    done = stage.run("parked", "retry", "p-1")
    assert (done.exit_code, "仍滞留" in done.stdout) == (1, True)


def test_a_discard_needs_a_reason_and_sends_it(stage: Stage) -> None:
    assert stage.run("parked", "discard", "p-1").exit_code == 2
    assert stage.lines("parked", "discard", "p-1", "--reason", "测试")[0]["released"] is True
    assert json.loads(stage.asked[-1][1].content) == {"reason": "测试"}


def test_a_token_is_good_for_the_stack_that_gave_the_key(stage: Stage) -> None:
    line = stage.lines("token", "--role", "STATION_LEAD", "--org", "A01-S001", "--actor", "lead", "--capacity", "c")[0]
    assert (line["kind"], set(line)) == ("token", {"kind", "token", "expires"})
    assert stage.tokens.verify(line["token"]) == Actor("lead", "STATION_LEAD", "A01-S001", "c")
    assert stage.tokens.verify(stage.run("token", "--role", "OPS", "--org", "A").stdout.strip()).name == "ops@A"


def test_what_the_hub_refuses_fails_with_its_code(stage: Stage) -> None:
    done = stage.run("timeline", "nobody", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"kind": "error", "code": "not_found", "detail": "没有找到"}
