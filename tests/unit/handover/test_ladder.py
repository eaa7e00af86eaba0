from __future__ import annotations

from datetime import date

import pytest

from schemas.escalation import EscalationForwarded, EscalationRaised
from services.handover.domain.words import Sender
from tests.unit.handover.world import (
    CITY,
    FAR_STATION,
    LEAD,
    NOTICE_DATA,
    OFFICER_1,
    OFFICER_2,
    STATION,
    WORKER,
    World,
    at,
    raised,
)


def test_a08_an_extension_holds_and_the_new_date_resumes_without_any_rung() -> None:
    world = World().voluntary_ready()
    world.fact("CidExtended", decision_no="D-1", new_end_date="2026-10-01")
    assert (world.known.state, world.known.hold_reason, world.timers) == ("ON_HOLD", "EXTENDED", {"T_HOLD"})
    world.days(70)
    assert world.names.count("HoldReviewDue") == 2
    step = world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-09-20")
    assert (step.rules, step.state) == (("H090",), "EARLY_CONTACT")
    assert [event.name for event in step.emits] == ["HandoverResumed", "DeadlinesRecomputed", "ReleasePlanInvalidated"]
    assert raised(world) == []


@pytest.mark.parametrize(("kind", "state"), [("PRISON", "CLOSED_CUSTODY"), ("DETAINED", "ON_HOLD")])
def test_a14_custody_at_the_gate_closes_or_holds(kind: str, state: str) -> None:
    world = World().ordered_waiting()
    world.fact("CustodyConfirmed", kind=kind)
    assert world.known.state == state
    assert world.outward == []


def test_a_hold_keeps_the_days_of_each_rung_and_lets_the_deadline_run() -> None:
    world = World().ordered_waiting().until("2026-04-03T12:00")
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    assert (world.known.state, world.known.resume_state, world.timers) == ("ON_HOLD", "AWAITING_REPORT", {"T_HOLD"})
    world.until("2026-04-13T12:00").by(WORKER, "HoldLifted")
    assert world.known.state == "AWAITING_REPORT"
    assert world.known.rung_clock == date(2026, 4, 11)
    assert world.known.deadline == date(2026, 4, 16)
    assert world.known.timers["T_L2"].due_at == at("2026-04-18")


def test_after_a_hold_past_the_deadline_somebody_must_have_looked_before_a_draft() -> None:
    world = World().ordered_waiting().until("2026-04-03T12:00")
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    world.until("2026-04-25T12:00").by(WORKER, "HoldLifted")
    world.fire_due()
    assert "ReportDeadlinePassed" in world.names
    assert "StatutoryNoticeDraftRequested" not in world.names


def test_after_a_reviewed_hold_the_draft_is_asked_for() -> None:
    world = World().ordered_waiting().until("2026-04-03T12:00")
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    world.until("2026-04-25T12:00").by(WORKER, "HoldLifted", reviewed_by="lead/1")
    world.fire_due()
    assert "StatutoryNoticeDraftRequested" in world.names


def test_several_rungs_past_due_raise_only_the_highest() -> None:
    world = World().noticed("ORDER", planned="2026-03-05").ordered().offered().accepted()
    world.now = at("2026-03-20")
    world.fact("PersonReleased", notice_no="N-1", released_at=at("2026-03-05"))
    steps = world.fire_due()
    assert [(step.outcome, step.reason) for step in steps[:3]] == [("ignored", "COMPRESSED")] * 3
    assert raised(world) == ["L3a"]
    assert world.known.level == 3


def test_an_agreed_date_pauses_the_ladder_and_its_passing_raises_l2() -> None:
    world = World().ordered_waiting().until("2026-04-03T12:00")
    step = world.by(WORKER, "ContactMade", result="TALKED", agreed_date="2026-04-06")
    assert (step.rules, [event.name for event in step.emits]) == (("H045",), ["EscalationPaused"])
    assert world.timers == {"T_DEADLINE", "T_L4", "T_AGREED"}
    world.until("2026-04-07T10:00")
    assert raised(world) == ["L2"]
    assert {"T_L3A", "T_ACK"} <= world.timers


def test_nobody_answers_and_the_rung_climbs_to_the_city() -> None:
    world = World().ordered_waiting().until("2026-04-14T10:00")
    climbed = [(event.name[10:], event.rung, event.to_role) for event in world.events if isinstance(event, CLIMBING)]
    assert climbed == [
        ("Raised", "L1", "WORKER"),
        ("Forwarded", "L1", "STATION_LEAD"),
        ("Raised", "L2", "STATION_LEAD"),
        ("Forwarded", "L2", "DISTRICT_LEAD"),
        ("Forwarded", "L2", "CITY_LEAD"),
        ("Raised", "L3a", "DISTRICT_LEAD"),
        ("Forwarded", "L3a", "CITY_LEAD"),
    ]
    assert "T_ACK" not in world.timers


CLIMBING = (EscalationRaised, EscalationForwarded)


def test_only_the_one_who_was_asked_may_answer() -> None:
    world = World().ordered_waiting().until("2026-04-04T10:00")
    assert world.known.standing is not None
    assert world.by(LEAD, "EscalationAcknowledged").reason == "not_your_organisation"
    assert world.by(WORKER, "EscalationAcknowledged").rules == ("H055",)
    assert "T_ACK" not in world.timers


def test_a_reassigned_person_starts_the_ladder_anew_and_the_old_station_answers_until_then() -> None:
    world = World().ordered_waiting().until("2026-04-09T10:00")
    assert world.known.level == 2
    city = Sender("city/1", "CITY_LEAD", CITY)
    step = world.by(city, "StationReassigned", station_id=FAR_STATION)
    assert [event.name for event in step.emits] == ["HandoverReoffered", "EscalationStoodDown", "DeadlinesRecomputed"]
    assert (world.known.level, world.known.accountable, world.known.station) == (0, STATION, FAR_STATION)
    assert world.known.timers["T_D3"].due_at == at("2026-04-12")
    assert world.known.deadline == date(2026, 4, 16)
    world.by(Sender("lead/4", "STATION_LEAD", FAR_STATION), "HandoverAccepted")
    assert world.known.accountable == FAR_STATION


def test_a_first_signature_does_not_outlive_the_state_it_was_given_in() -> None:
    world = World().ordered_waiting().until("2026-04-20")
    world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA)
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    world.days(1).by(WORKER, "HoldLifted", reviewed_by="lead/1")
    assert world.by(OFFICER_2, "StatutoryNoticeSigned", **NOTICE_DATA).outcome == "pending"
