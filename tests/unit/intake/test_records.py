"""The end of a person's record: when its time has come, which steps it takes, and what stands against them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from schemas.base import Event
from schemas.intake import ConsentGiven, ConsentWithdrawn
from schemas.privacy import LawfulReadGranted, RecordDeleted, RecordSealed, SealEligible
from services.intake.domain import record
from services.intake.domain.eligibility import Eligibility, History, Terms, judge, withdrawn
from services.intake.domain.record import Record, folded
from services.kernel.clock import SHANGHAI
from services.kernel.errors import Refused
from services.reference.calendar import load_calendar
from services.reference.policy import load_policy

TERMS = Terms(load_policy(), load_calendar())
RELEASED = date(2026, 3, 9)
P = "01PERSON"
NOON = datetime(2029, 3, 9, 12, tzinfo=SHANGHAI)


def ordered(**other: Any) -> History:  # noqa: ANN401 - fields of History
    known: dict[str, Any] = {
        "track": "ORDERED",
        "released": RELEASED,
        "executed": date(2026, 3, 2),
        "measure_until": date(2029, 3, 2),
    }
    return History(**(known | {"ended": date(2026, 3, 20)} | other))


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


def found(history: History, on: date, left: date | None = None) -> Eligibility:
    return judge(history, left, TERMS, at(on))


def test_three_years_after_the_release_a_record_under_an_order_may_be_sealed() -> None:
    assert found(ordered(), date(2029, 3, 8)).against == ("not_yet",)
    assert found(ordered(), date(2029, 3, 9)) == Eligibility("SEAL_AFTER", RELEASED, date(2029, 3, 9), ())


def test_a_confirmed_use_begins_the_term_anew() -> None:
    used = found(ordered(last_use=date(2027, 1, 10)), date(2029, 3, 9))
    assert (used.clock_start, used.due, used.against) == (date(2027, 1, 10), date(2030, 1, 10), ("not_yet",))


def test_from_the_29th_of_february_it_is_three_calendar_years() -> None:
    assert found(ordered(released=date(2024, 2, 29), executed=None), date(2027, 2, 28)).due == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("other", "against"),
    [
        ({"live": True}, "handover_live"),
        ({"measure_until": date(2029, 3, 9)}, "measure_active"),
        ({"released": None, "executed": None, "ended": None}, "no_clock"),
    ],
)
def test_what_goes_on_stands_against_it(other: dict[str, Any], against: str) -> None:
    assert against in found(ordered(**other), date(2029, 3, 9)).against


def test_without_an_order_the_term_is_six_months_from_the_end_of_the_agreement() -> None:
    history = History(agreement_until=date(2027, 3, 1), ended=date(2026, 4, 1))
    assert found(history, date(2027, 2, 1)).against == ("agreement_active", "not_yet")
    assert found(history, date(2027, 9, 1)).against == ()


def test_whoever_withdraws_everything_need_not_wait_but_an_order_outlasts_that() -> None:
    left = date(2026, 4, 2)
    assert found(History(ended=date(2026, 4, 2)), left, left) == Eligibility("WITHDRAWN", left, left, ())
    assert found(ordered(), left, left).against == ("measure_active", "not_yet")


def test_a_withdrawal_of_everything_counts_until_something_is_given_again() -> None:
    gone = (ConsentWithdrawn(person_ref=P, consent_id="ALL"), NOON)
    one = (ConsentWithdrawn(person_ref=P, consent_id="K-1"), NOON)
    again = (ConsentGiven(person_ref=P, consent_id="K-2", recipient_org="A", purpose="X"), NOON)
    assert (withdrawn([one]), withdrawn([gone]), withdrawn([gone, again])) == (None, NOON.date(), None)


def known(*events: Event) -> Record:
    return folded(events)


ELIGIBLE = SealEligible(person_ref=P, org_id="A04", clock_start=RELEASED)
SEALED = RecordSealed(person_ref=P, org_id="A04")
DELETED = RecordDeleted(person_ref=P, ground="PERIOD_OVER")
FREE = Eligibility("SEAL_AFTER", RELEASED, date(2029, 3, 9), ())


def test_a_record_is_proposed_once_and_only_when_nothing_stands_against_it() -> None:
    assert record.proposal(known(), FREE, P, "A04") is not None
    assert record.proposal(known(ELIGIBLE), FREE, P, "A04") is None
    assert record.proposal(known(), Eligibility("SEAL_AFTER", None, None, ("no_clock",)), P, "A04") is None


def test_it_is_sealed_from_open_or_proposed_and_never_from_sealed_or_deleted() -> None:
    assert {known(ELIGIBLE).facet, known(ELIGIBLE, SEALED).facet, known(SEALED, DELETED).facet} == {
        "SEAL_ELIGIBLE",
        "SEALED",
        "DELETED",
    }
    assert record.sealed(known(), FREE, P, "A04").org_id == "A04"
    for one in (known(SEALED), known(DELETED)):
        with pytest.raises(Refused, match="not_found"):
            record.sealed(one, FREE, P, "A04")
    with pytest.raises(Refused, match="not_found"):
        record.deleted(known(DELETED), P, "again", "A04")


def test_what_stands_against_a_sealing_is_named() -> None:
    with pytest.raises(Refused) as refused:
        record.sealed(
            known(ELIGIBLE), Eligibility("SEAL_AFTER", RELEASED, None, ("handover_live", "not_yet")), P, "A04"
        )
    assert (refused.value.code, refused.value.detail) == ("not_eligible", "handover_live")


def test_a_grant_is_for_its_two_officials_and_ends_by_itself_or_with_the_record() -> None:
    until = NOON + record.READ_FOR
    grant = LawfulReadGranted(person_ref=P, officials=("A/one", "A/two"), ground="SUPERVISION_18", grant_until=until)
    read = known(SEALED, grant)
    assert read.facet == "SEALED"
    assert read.grant_of("A/one", until - timedelta(seconds=1)) is not None
    assert read.grant_of("A/three", NOON) is None
    assert read.grant_of("A/one", until) is None
    assert known(SEALED, grant, DELETED).grant_of("A/one", NOON) is None
    assert known(grant).grant_of("A/one", NOON) is None


def test_facts_that_do_not_fit_change_nothing() -> None:
    assert known(SEALED, ELIGIBLE).facet == "SEALED"
    assert known(DELETED, SEALED).facet == "DELETED"
