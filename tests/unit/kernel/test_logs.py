from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from services.kernel import logs
from services.kernel.errors import SetAside

SECRET = "王小明"


@dataclass
class Person:
    name: str


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers, level = before
    root.setLevel(level)


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_component_event_level_and_fields(lines: io.StringIO) -> None:
    logs.get("kernel.relay").info("relay_started", epoch=3)
    [line] = written(lines)
    assert (line["component"], line["event"], line["level"], line["epoch"]) == (
        "kernel.relay",
        "relay_started",
        "info",
        3,
    )
    assert line["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written(lines: io.StringIO) -> None:
    logs.get("kernel").debug("seen")
    assert written(lines) == []


@pytest.mark.parametrize("value", [Person(SECRET), SECRET.encode(), ValueError(SECRET), {"rows": [Person(SECRET)]}])
def test_a_value_that_may_hold_a_person_shows_only_its_type(lines: io.StringIO, value: object) -> None:
    logs.get("kernel").warning("odd_value", value=value)
    assert SECRET not in lines.getvalue()
    assert "event" in written(lines)[0]


def test_a_caught_error_shows_type_and_place_but_not_foreign_text(lines: io.StringIO) -> None:
    try:
        int(SECRET)
    except ValueError:
        logs.get("kernel").exception("failed")
    [line] = written(lines)
    assert SECRET not in lines.getvalue()
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["at"][-1].startswith("test_logs.py:")


def test_an_error_of_ours_shows_its_text(lines: io.StringIO) -> None:
    logs.get("kernel").warning("set_aside", error=SetAside("STALE"))
    assert written(lines)[0]["error"]["text"] == "已搁置 set aside: STALE"


def test_times_are_written_in_full(lines: io.StringIO) -> None:
    logs.get("kernel").info("due", at=datetime(2026, 3, 2, 1, tzinfo=UTC))
    assert written(lines)[0]["at"] == "2026-03-02T01:00:00+00:00"


def test_a_library_warns_in_our_form_and_keeps_its_chatter(lines: io.StringIO) -> None:
    logging.getLogger("aiokafka").info("chatter")
    logging.getLogger("aiokafka").warning("lost %s", "broker")
    assert [(line["component"], line["event"]) for line in written(lines)] == [("aiokafka", "lost broker")]
