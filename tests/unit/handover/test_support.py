"""What a handover knows for the rules of support levels, and what it does not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.handover.domain.saga import Agreement, Saga
from services.handover.domain.support import known, months, suggested

NOW = datetime(2026, 10, 1, 4, tzinfo=UTC)
REPORTED = Saga("h", "p", state="REPORTED", track="ORDERED", released_at=datetime(2026, 3, 30, 4, tzinfo=UTC))


def test_nothing_is_said_of_what_a_handover_does_not_know() -> None:
    assert known(replace(REPORTED, released_at=None), NOW) == {
        "track": "ORDERED",
        "no_hold": True,
        "agreement_signed": False,
    }


def test_an_early_release_and_no_agreement_suggest_focus_with_both_reasons() -> None:
    found = suggested(REPORTED, datetime(2026, 4, 2, 4, tzinfo=UTC))
    assert found is not None
    assert (found.level, found.rules, found.reasons) == ("FOCUS", ("F1", "F3"), ("出所初期", "未签协议"))


def test_where_no_rule_holds_the_default_is_suggested_without_a_reason() -> None:
    signed = replace(REPORTED, agreements={"A": Agreement("COMMUNITY", None)})
    found = suggested(signed, NOW)
    assert found is not None
    assert (found.level, found.rules) == ("FOCUS", ())


def test_nothing_is_suggested_before_the_report_or_once_a_human_set_a_level() -> None:
    assert suggested(replace(REPORTED, state="AWAITING_REPORT"), NOW) is None
    assert suggested(replace(REPORTED, evidence={"LEVEL": "e"}), NOW) is None


@pytest.mark.parametrize(("day", "passed"), [((2026, 9, 29), 5), ((2026, 9, 30), 6), ((2027, 3, 29), 11)])
def test_months_are_whole_calendar_months(day: tuple[int, int, int], passed: int) -> None:
    assert months(datetime(2026, 3, 30, 4, tzinfo=UTC), datetime(*day, 4, tzinfo=UTC)) == passed
