from __future__ import annotations

from datetime import date

import pytest

from schemas.handover import ReportWindowOpened
from schemas.progress import CompensationPlanned
from services.handover.domain.words import Sender
from tests.unit.handover.world import (
    CENTRE,
    CITY,
    FAR_STATION,
    NOTICE_DATA,
    OFFICER_1,
    OFFICER_2,
    STATION,
    WORKER,
    World,
    at,
    raised,
)


def test_x19_a_release_before_any_notice_opens_and_waits_at_once() -> None:
    world = World()
    step = world.fact("PersonReleased", released_at=world.now)
    assert (step.rules, step.state) == (("C2", "H022"), "AWAITING_REPORT")
    assert [event.name for event in step.emits] == ["ReportWindowOpened", "RoutingEscalated"]
    assert "T_ASSIGN" in world.timers
    assert "T_ROUTE" not in world.timers
    assert world.known.accountable == CITY


def window(world: World) -> ReportWindowOpened:
    return next(event for event in world.events if isinstance(event, ReportWindowOpened))


def test_x19_a_release_without_a_notice_is_marked_as_a_late_notice() -> None:
    unannounced = World()
    unannounced.fact("PersonReleased", released_at=unannounced.now)
    assert window(unannounced).late_notice is True
    late = World()
    released = late.now
    late.days(1).noticed().fact("PersonReleased", released_at=released)
    assert window(late).late_notice is True
    assert window(World().voluntary_waiting()).late_notice is False


def test_x26_nobody_fetched_the_person_so_a_call_is_due_today_and_in_the_morning_if_it_is_night() -> None:
    day = World().noticed().offered().accepted().until("2026-04-01T10:00")
    day.fact("PersonReleased", released_at=day.now, pickup="NONE")
    assert (window(day).call_due, window(day).source_org) == (at("2026-04-02T00:00"), CENTRE)
    night = World().noticed().offered().accepted().until("2026-04-01T22:00")
    night.fact("PersonReleased", released_at=night.now, pickup="NONE")
    assert window(night).call_due == at("2026-04-03T00:00")
    fetched = World().noticed().offered().accepted().until("2026-04-01T10:00")
    fetched.fact("PersonReleased", released_at=fetched.now, pickup="FAMILY")
    assert window(fetched).call_due is None


def test_x21_a_walk_in_is_reported_at_once_without_asking_any_centre() -> None:
    world = World()
    step = world.fact("PersonReported", at=world.now, station_id=FAR_STATION)
    assert (step.rules, step.state, step.emits) == (("C3", "H041"), "REPORTED", ())
    assert (world.known.accountable, world.known.late, world.timers) == (FAR_STATION, None, {"T_ONBOARD"})


def test_x20_a_report_before_the_release_asks_the_centre_and_gets_its_deadline_later() -> None:
    world = World().noticed("ORDER").ordered().offered().accepted().reported()
    assert (world.known.state, world.names[-1]) == ("REPORTED", "ReleaseConfirmationQueried")
    world.released("2026-03-05")
    assert (world.known.state, world.known.late, world.known.deadline) == ("REPORTED", False, date(2026, 3, 20))


def test_x22_a_date_that_moves_after_the_release_is_set_aside() -> None:
    world = World().ordered_waiting()
    step = world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-05-01")
    assert (step.outcome, step.reason) == ("set_aside", "STALE")


def test_x23_a_late_report_after_the_notice_tells_the_same_recipients() -> None:
    world = World().ordered_waiting().until("2026-04-20")
    world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA)
    world.by(OFFICER_2, "StatutoryNoticeSigned", **NOTICE_DATA)
    step = world.by(WORKER, "PersonReported", at=world.now, station_id=STATION, excuse_code="ILL")
    assert [event.name for event in step.emits] == ["LateReportNotified", "EscalationStoodDown"]
    assert [event.name for event in step.outward] == ["LateReportNoteSent"]
    assert world.known.late is True


def test_x24_an_invalid_report_brings_back_the_old_clock_and_who_answered() -> None:
    world = World().ordered_waiting().until("2026-04-03").reported(FAR_STATION)
    assert world.known.accountable == FAR_STATION
    world.days(1)
    world.by(OFFICER_1, "ReportInvalidated", reason="wrong person")
    step = world.by(OFFICER_2, "ReportInvalidated", reason="wrong person")
    assert (step.rules, step.state) == (("H077",), "AWAITING_REPORT")
    assert (world.known.accountable, world.known.deadline) == (STATION, date(2026, 4, 16))
    assert world.known.reported_at is None


def test_x27_an_order_served_after_the_release_starts_a_new_clock() -> None:
    world = World().noticed("ORDER").offered().accepted().released("2026-04-01").until("2026-04-11")
    assert raised(world) == ["L1"]
    world.ordered()
    assert (world.known.track, world.known.deadline, world.known.level) == ("ORDERED", date(2026, 4, 27), 0)
    assert "T_VOL_CLOSE" not in world.timers
    assert {"T_DEADLINE", "T_D1", "T_L4"} <= world.timers


def test_x28_a_revoked_order_recalls_the_notice_and_closes() -> None:
    world = World().ordered_waiting().until("2026-04-20")
    for officer in (OFFICER_1, OFFICER_2):
        world.by(officer, "StatutoryNoticeSigned", **NOTICE_DATA)
    step = world.fact("OrderRevoked", order_no="O-1", reason="ERROR")
    assert (step.rules, step.state) == (("H073",), "CLOSED_NOT_ENGAGED")
    assert [event.name for event in step.outward] == ["StatutoryRecallSent"]


def test_an_order_nobody_served_cannot_be_revoked() -> None:
    world = World().ordered_waiting()
    step = world.fact("OrderRevoked", order_no="O-404", reason="ERROR")
    assert (step.outcome, step.reason) == ("set_aside", "CONFLICT")


@pytest.mark.parametrize(
    ("block", "release"),
    [
        (("DisputeRaised", {"request_no": "R-1"}), ("DisputeResolved", {"request_no": "R-1"})),
        (
            ("SourceSequenceGap", {"source": STATION, "from_seq": 3, "to_seq": 5}),
            ("SourceSequenceGap", {"source": STATION, "from_seq": 3, "to_seq": 5, "closed": True}),
        ),
        (
            ("EventParked", {"blocking": True, "original_id": "e-1"}),
            ("EventReleased", {"blocking": True, "original_id": "e-1"}),
        ),
    ],
)
def test_x34_x35_no_statutory_step_while_facts_are_waiting(
    block: tuple[str, dict[str, object]], release: tuple[str, dict[str, object]]
) -> None:
    world = World().ordered_waiting()
    world.fact(block[0], **block[1])
    world.until("2026-04-18")
    assert "StatutoryNoticeDraftRequested" not in world.names
    assert "L3b" not in raised(world)
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).reason == "facts_waiting"
    world.fact(release[0], **release[1])
    world.until("2026-04-22")
    assert "StatutoryNoticeDraftRequested" in world.names
    assert raised(world).count("L3b") == 1


def test_entered_in_error_needs_two_operators_and_plans_the_recall() -> None:
    world = World().ordered_waiting()
    ops = [Sender(f"ops/{n}", "OPS", CITY) for n in (1, 2)]
    assert world.by(ops[0], "EnteredInError").outcome == "pending"
    step = world.by(ops[1], "EnteredInError")
    assert [event.name for event in step.emits] == ["HandoverClosed", "CompensationPlanned"]
    planned = step.emits[1]
    assert isinstance(planned, CompensationPlanned)
    assert planned.recipients == (CENTRE, "A01", STATION, "A01-S001-STREET")
    assert len(set(planned.compensation_ids)) == 4


def test_x29_whoever_declined_before_is_asked_to_forget_too() -> None:
    world = World().noticed().offered(FAR_STATION)
    world.by(Sender("lead/9", "STATION_LEAD", FAR_STATION), "HandoverDeclined", reason="WRONG_JURISDICTION")
    world.offered().accepted()
    world.by(Sender("ops/1", "OPS", CITY), "EnteredInError")
    planned = world.by(Sender("ops/2", "OPS", CITY), "EnteredInError").emits[-1]
    assert isinstance(planned, CompensationPlanned)
    assert {FAR_STATION, "A04", STATION, CENTRE} <= set(planned.recipients)


# -- the saga's part of every other exception of §3.5.1


def test_x02_a_later_release_keeps_consents_and_breaks_only_the_plan() -> None:
    world = World().voluntary_ready()
    world.fact("ConsentGiven", consent_id="K-1", purpose="AFTERCARE")
    world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-06-01")
    assert (world.known.state, world.known.plan) == ("EARLY_CONTACT", False)
    assert [one.withdrawn for one in world.known.consents.values()] == [False]


def test_x04_an_early_release_is_an_earlier_date() -> None:
    world = World().voluntary_ready()
    step = world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-03-09", reason="EARLY")
    assert (step.rules, step.state) == (("H033",), "EARLY_CONTACT")
    assert world.known.timers["T_PLAN"].due_at == at("2026-03-07T00:00")


@pytest.mark.parametrize(("kind", "state"), [("ARRESTED", "ON_HOLD"), ("CID_AGAIN", "CLOSED_CUSTODY")])
def test_x06_x16_custody_holds_or_closes_and_stands_the_ladder_down(kind: str, state: str) -> None:
    world = World().ordered_waiting().days(4)
    step = world.fact("CustodyConfirmed", kind=kind)
    assert step.state == state
    assert "EscalationStoodDown" in [event.name for event in step.emits]
    after = World().ordered_waiting().reported()
    assert after.fact("CustodyConfirmed", kind=kind).state == state


def test_x07_in_hospital_the_ladder_rests_and_a_new_measure_has_its_own_clock() -> None:
    world = World().voluntary_waiting().days(2)
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    world.days(8)
    assert raised(world) == []
    world.fact("MeasureChanged", to="CDT", effective_at=world.now)
    assert (world.known.track, world.known.deadline) == ("ORDERED", date(2026, 4, 27))


def test_x08_death_stops_every_clock_and_says_nothing_outward() -> None:
    world = World().ordered_waiting().days(8)
    step = world.fact("DeathConfirmed", date="2026-04-09")
    assert (step.state, world.timers, step.outward) == ("CLOSED_DECEASED", set(), ())
    assert "EscalationStoodDown" in [event.name for event in step.emits]


def test_x11_reporting_at_either_place_is_reporting() -> None:
    for station in (STATION, FAR_STATION):
        world = World().ordered_waiting().days(2).reported(station)
        assert (world.known.state, world.known.late, world.known.accountable) == ("REPORTED", False, station)


def test_x25_a_release_before_a_holiday_is_called_the_next_day_and_the_deadline_rolls_for_the_person() -> None:
    world = World("2026-01-20").noticed("ORDER", planned="2026-02-14").ordered().offered().accepted()
    world.released("2026-02-14")
    assert world.known.timers["T_D1"].due_at == at("2026-02-15")
    assert world.known.deadline == date(2026, 3, 2)


def test_x32_another_city_takes_over_and_the_old_station_answers_until_then() -> None:
    world = World().voluntary_waiting()
    world.fact("RelocationRequested", to="B01-S001")
    assert world.known.accountable == STATION
    step = world.by(Sender("city/1", "CITY_LEAD", CITY), "RelocationAcceptedOtherHub", hub="B", receipt_no="R-1")
    assert (step.state, world.timers) == ("CLOSED_REDIRECTED", set())


def test_x36_a_new_worker_changes_nothing_but_who_helps() -> None:
    world = World().ordered_waiting()
    before = (world.known.state, world.known.timers, world.known.accountable)
    world.fact("WorkerAssigned", worker_ref="w-2")
    assert (world.known.state, world.known.timers, world.known.accountable) == before
