from __future__ import annotations

from services.handover.domain.refusals import CODES, first
from tests.unit.handover.world import LEAD, OFFICER_1, OFFICER_2, WORKER, World


def test_the_codes_stand_in_the_order_of_the_specification() -> None:
    assert " · ".join(CODES) == (
        "unauthenticated · actor_not_allowed · not_your_organisation · version_conflict · not_in_this_state · "
        "voluntary_person · order_not_served · deadline_not_passed · grace_not_passed · facts_waiting · "
        "two_officials_required · guard_not_met · invalid_data"
    )
    assert first(["invalid_data", "facts_waiting"]) == "facts_waiting"


def test_a_role_is_looked_at_before_the_state() -> None:
    assert World().noticed().by(WORKER, "HandoverAccepted").reason == "actor_not_allowed"


def test_the_organisation_is_looked_at_before_the_version() -> None:
    assert World().noticed().by(LEAD, "HandoverAccepted", expects=77).reason == "not_your_organisation"


def test_the_version_is_looked_at_before_the_state() -> None:
    world = World().ordered_waiting()
    assert world.by(WORKER, "EarlyContactRecorded", expects=1).reason == "version_conflict"
    assert world.by(WORKER, "EarlyContactRecorded").reason == "not_in_this_state"


def test_the_deadline_is_looked_at_before_waiting_facts() -> None:
    world = World().ordered_waiting()
    world.fact("DisputeRaised")
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", notice_no="S-1").reason == "deadline_not_passed"


def test_waiting_facts_are_looked_at_before_the_second_person() -> None:
    world = World().ordered_waiting().until("2026-04-20")
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", notice_no="S-1").outcome == "pending"
    world.fact("DisputeRaised")
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", notice_no="S-1").reason == "facts_waiting"
    assert world.by(OFFICER_2, "StatutoryNoticeSigned", notice_no="S-1").reason == "facts_waiting"


def test_the_data_is_looked_at_last() -> None:
    world = World().ordered_waiting()
    assert world.by(WORKER, "HoldPlaced", reason="HOLIDAY").reason == "invalid_data"
    assert world.by(WORKER, "HoldPlaced").reason == "invalid_data"
    assert world.by(WORKER, "PersonReported", at=world.now, station_id="A-LABOUR").reason == "invalid_data"
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", notice_no=["S-1"]).reason == "deadline_not_passed"


def test_a_refusal_leaves_no_trace() -> None:
    world = World().ordered_waiting()
    before = world.known
    step = world.by(WORKER, "EarlyContactRecorded")
    assert (step.patch, step.emits, step.armed, step.stopped) == ({}, (), (), ())
    assert world.known == before
