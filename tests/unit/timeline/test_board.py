"""What the public facts of a handover add up to."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.clock import SHANGHAI
from services.reference.organisations import load_city
from services.timeline.domain.board import CHANGES, Board, Fact, evolve
from services.timeline.domain.tasks import tasks

AT = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
CITY = load_city("a")
Step = tuple[str, dict[str, Any]]
STATION: Step = ("HandoverOffered", {"station_id": "A01-S001", "track": "ORDERED"})
ACCEPTED: Step = ("HandoverAccepted", {"station_id": "A01-S001"})
RELEASED: Step = ("ReportWindowOpened", {"deadline": "2026-04-01"})
REPORTED: Step = ("PersonReported", {"station_id": "A01-S002"})
HELD: Step = ("HandoverHeld", {"reason": "MEDICAL", "resume_state": "ACCEPTED"})
CLOSED: Step = ("HandoverClosed", {"terminal_state": "CLOSED_NOT_ENGAGED"})


def after(*steps: Step) -> Board:
    facts = [Fact(name, number, AT, data) for number, (name, data) in enumerate(steps, start=1)]
    return reduce(evolve, facts, Board(handover_id="h", person_ref="p"))


def test_a_report_counts_as_reached_until_it_is_found_to_be_none() -> None:
    tried: Step = ("ContactMade", {"result": "NO_ANSWER"})
    assert [kind for _, kind in after(STATION, ACCEPTED, RELEASED, tried, REPORTED).contacts] == ["IN_VAIN", "REPORTED"]
    invalid = after(STATION, ACCEPTED, RELEASED, tried, REPORTED, ("ReportInvalidated", {}))
    assert [kind for _, kind in invalid.contacts] == ["IN_VAIN"]


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([], "NOTICED"),
        ([STATION], "OFFERED"),
        ([STATION, ("HandoverDeclined", {})], "NOTICED"),
        ([STATION, ACCEPTED], "ACCEPTED"),
        ([("DistrictAssigned", {"station_id": "A01-S001"})], "ACCEPTED"),
        ([STATION, ACCEPTED, ("EarlyContactRecorded", {})], "EARLY_CONTACT"),
        ([("EarlyContactRecorded", {})], "NOTICED"),
        ([STATION, ACCEPTED, ("ReleasePlanConfirmed", {})], "READY"),
        ([STATION, ACCEPTED, ("ReleasePlanConfirmed", {}), ("ReleasePlanInvalidated", {})], "EARLY_CONTACT"),
        ([STATION, RELEASED], "AWAITING_REPORT"),
        ([STATION, RELEASED, ACCEPTED], "AWAITING_REPORT"),
        ([STATION, RELEASED, STATION], "AWAITING_REPORT"),
        ([STATION, ACCEPTED, RELEASED, ("StatutoryNoticeSigned", {})], "STATUTORY_NOTIFIED"),
        ([STATION, ACCEPTED, RELEASED, REPORTED], "REPORTED"),
        ([STATION, ACCEPTED, RELEASED, REPORTED, ("ReportInvalidated", {})], "AWAITING_REPORT"),
        ([STATION, ACCEPTED, REPORTED, ("ReportInvalidated", {})], "EARLY_CONTACT"),
        ([STATION, ACCEPTED, HELD], "ON_HOLD"),
        ([STATION, ACCEPTED, HELD, ("HandoverResumed", {"resume_state": "ACCEPTED"})], "ACCEPTED"),
        ([STATION, ACCEPTED, REPORTED, ("HandoverCompleted", {})], "COMPLETED"),
        ([CLOSED], "CLOSED_NOT_ENGAGED"),
        ([CLOSED, ("TimerScheduled", {"name": "T_ROUTE"})], "NOTICED"),
        ([CLOSED, REPORTED], "REPORTED"),
        ([("StationReassigned", {"station_id": "A01-S002"})], "OFFERED"),
        ([STATION, ACCEPTED, ("StationReassigned", {"station_id": "A01-S002"})], "ACCEPTED"),
    ],
)
def test_the_state_follows_from_the_facts(steps: list[Step], state: str) -> None:
    assert after(*steps).state == state


def test_the_level_is_that_of_the_highest_rung_until_the_ladder_is_left() -> None:
    ladder: list[Step] = [
        ("EscalationRaised", {"rung": "L2", "level": 2, "to_role": "STATION_LEAD"}),
        ("EscalationRaised", {"rung": "L1", "level": 1, "to_role": "WORKER"}),
    ]
    assert after(STATION, ACCEPTED, RELEASED, *ladder).level == 2
    assert after(STATION, ACCEPTED, RELEASED, *ladder, REPORTED).level == 0
    assert after(STATION, ACCEPTED, RELEASED, *ladder, ("DeadlinesRecomputed", {"deadline_rev": 2})).level == 0


def test_the_old_station_answers_until_the_new_one_accepts() -> None:
    moved = after(STATION, ACCEPTED, RELEASED, ("StationReassigned", {"station_id": "A01-S002"}))
    assert {(task.org, task.action) for task in tasks(moved, CITY)} == {
        ("A01-S002", "accept"),
        ("A01-S001", "await_report"),
    }


def test_before_acceptance_the_district_helps_the_released() -> None:
    assert ("A01", "await_report") in {(task.org, task.action) for task in tasks(after(STATION, RELEASED), CITY)}


def test_unrouted_and_escalated_is_the_citys_business() -> None:
    board = after(("RoutingEscalated", {"level": "CITY"}))
    assert [(task.org, task.role, task.action) for task in tasks(board, CITY)] == [("A", "CITY_LEAD", "assign_station")]


QUERIED: Step = ("ReleaseConfirmationQueried", {"to_org": "A-CENTRE-1"})


def test_a_centre_is_asked_until_the_release_is_known() -> None:
    asked = [STATION, ACCEPTED, REPORTED, QUERIED]
    assert after(*asked).asked == {"confirm_release": "A-CENTRE-1"}
    assert after(*asked, ("HandoverProgressed", {"cause": "HoldPlaced"})).asked
    assert after(*asked, ("HandoverProgressed", {"cause": "PersonReleased"})).asked == {}
    assert after(STATION, ACCEPTED, QUERIED, RELEASED).asked == {}
    assert after(*asked, CLOSED).asked == {}


NAMES = st.sampled_from([*CHANGES, "HandoverProgressed", "SomethingElse"])
DATA = st.fixed_dictionaries(
    {},
    optional={
        "station_id": st.sampled_from(["A01-S001", "B", None]),
        "to_role": st.sampled_from(["WORKER", "CITY_LEAD", "X", None]),
        "level": st.sampled_from([0, 4, None]),
        "name": st.sampled_from(["T_ROUTE", "T_D1"]),
        "due_at": st.just("2026-03-05T00:00:00+08:00"),
        "terminal_state": st.just("CLOSED_CUSTODY"),
        "resume_state": st.sampled_from(["READY", None]),
        "rung": st.sampled_from(["L1", None]),
    },
)


@given(st.lists(st.tuples(NAMES, DATA), max_size=30))
def test_any_history_folds_and_every_task_has_an_organisation(steps: list[Step]) -> None:
    board = after(*steps)
    assert all(task.org for task in tasks(board, CITY))
    assert not (board.over and tasks(board, CITY))


@given(st.lists(st.tuples(NAMES, DATA), max_size=15), st.integers(0, 15))
def test_facts_seen_before_change_nothing(steps: list[Step], again: int) -> None:
    board = after(*steps)
    facts = [Fact(name, number, AT, data) for number, (name, data) in enumerate(steps, start=1)]
    assert reduce(evolve, facts[:again], board) == board
