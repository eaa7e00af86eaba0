"""The demo tells the truth: its figures are those of the API, its seed matters, and it leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.scanned_demo import Scanned
from tests.support.small_demo import DAYS, PEOPLE, Told, people, tell

pytestmark = pytest.mark.timeout(300)


def test_the_closing_line_has_the_agreed_fields_and_is_the_last(told: Told) -> None:
    assert [line["kind"] for line in told.lines] == ["ready", "demo"]
    keys = {"kind", "receipts", "report_rate", "open_escalations", "person_ref", "handover_id"}
    assert set(told.closing) == keys
    assert set(told.closing["report_rate"]) == {"num", "den"}


def test_the_figures_are_those_of_the_api(told: Told) -> None:
    assert PEOPLE - 5 < len(told.views) == len(people())
    assert {name: told.closing[name] for name in told.figures} == told.figures
    assert told.closing["handover_id"] in {view["handover_id"] for view in told.views}
    [shown] = [view for view in told.views if view["handover_id"] == told.closing["handover_id"]]
    assert shown["person_ref"] == told.closing["person_ref"]


def test_the_story_is_worth_telling(told: Told) -> None:
    assert told.closing["report_rate"]["den"] > 0
    assert told.closing["report_rate"]["num"] > 0
    assert told.states["COMPLETED"] > 0
    assert len(told.states) > 1


def test_the_page_says_the_figures_in_chinese(told: Told) -> None:
    rate = told.closing["report_rate"]
    assert f"{rate['num']}" in told.page
    assert f"{rate['den']}" in told.page
    assert told.closing["person_ref"] in told.page
    assert told.closing["handover_id"] in told.page
    assert told.timeline[0]["summary"][:6] in told.page
    assert f"/{DAYS}" in told.page or "③" in told.page


def test_nobody_and_no_paper_can_be_read_anywhere_it_left_something(scanned: Scanned) -> None:
    assert scanned.found == []
    assert len(scanned.secrets) > 5 * PEOPLE
    assert len(scanned.planted) > PEOPLE
    assert scanned.spans > 0


def test_nothing_is_left_running(told: Told) -> None:
    assert told.left == []


def test_another_seed_tells_another_story(told: Told, tmp_path: Path) -> None:
    other = tell(tmp_path / "data", 2)
    assert {name: other.closing[name] for name in other.figures} == other.figures
    assert other.closing["receipts"] == told.closing["receipts"]
    assert (other.figures, other.states) != (told.figures, told.states)
    assert other.left == []
