"""Traps of specification, Appendix C, that have no other home; each test is named for the mistake it prevents."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from services.handover.domain import decide
from services.handover.domain.table import read_table
from services.handover.domain.table_text import BadTable
from services.reference.calendar import load_calendar
from services.reference.support_levels import load_support_levels
from services.reference.terms import Term, parse_duration
from tests.unit.handover.world import World

TABLE = (Path(decide.__file__).parent / "handover-saga.yaml").read_text("utf-8")


def test_the_key_on_is_read_as_true_by_yaml_and_refused_by_the_table() -> None:
    assert yaml.safe_load("{on: X}") == {True: "X"}
    with pytest.raises(BadTable, match="not text"):
        read_table(TABLE.replace("event: JurisdictionResolved", "on: JurisdictionResolved", 1))


def test_or_more_includes_the_number_itself() -> None:
    suggest = load_support_levels().suggest
    assert suggest({"contact_lost_days": 14, "no_hold": True}).rules == ("A1",)
    assert suggest({"contact_lost_days": 13, "no_hold": True}).rules == ()


def test_three_years_from_the_29th_of_february_are_no_1095_days() -> None:
    calendar, start = load_calendar(), date(2024, 2, 29)
    assert Term(parse_duration("P3Y")).after(start, calendar) == date(2027, 2, 28)
    assert Term(parse_duration("P3Y")).after(date(2024, 1, 31), calendar) == date(2027, 1, 31)
    assert Term(parse_duration("P1095D")).after(date(2024, 1, 31), calendar) == date(2027, 1, 30)


def test_a_release_is_a_fact_and_not_the_planned_date_passing() -> None:
    world = World().voluntary_ready().until("2026-05-01")
    assert (world.known.state, world.known.released_at, world.known.deadline) == ("READY", None, None)
    assert "ReleaseConfirmationQueried" in world.names
    assert "ReportWindowOpened" not in world.names
