from __future__ import annotations

from datetime import date

from services.handover.domain.words import Sender
from tests.unit.handover.world import (
    CITY,
    DISTRICT,
    DISTRICT_LEAD,
    FAR_STATION,
    LEAD,
    OTHER_STATION,
    STATION,
    World,
    raised,
)


def test_a09_the_third_wrong_station_goes_to_the_district_and_somebody_always_answers() -> None:
    world = World().noticed()
    assert world.known.accountable == CITY
    seen = []
    for station in (STATION, OTHER_STATION, "A01-S003"):
        world.offered(station)
        assert world.known.accountable == DISTRICT
        lead = Sender("lead/9", "STATION_LEAD", station)
        seen.append(world.by(lead, "HandoverDeclined", reason="WRONG_JURISDICTION").rules[0])
        assert world.known.accountable == DISTRICT
        assert world.by(lead, "HandoverAccepted").reason == "not_your_organisation"
    assert seen == ["H007", "H007", "H008"]
    assert world.names[-1] == "RoutingEscalated"
    world.by(DISTRICT_LEAD, "DistrictAssigned", station_id=STATION)
    assert (world.known.state, world.known.accountable, world.known.station) == ("ACCEPTED", STATION, STATION)


def test_a10_the_same_notice_again_opens_nothing() -> None:
    world = World().noticed()
    saga = world.known
    step = world.fact("ReleaseNoticeReceived", notice_no="N-1", revision=1, basis="AGREEMENT", episode_no="1")
    assert (step.outcome, step.reason) == ("set_aside", "CONFLICT")
    assert world.known == saga


def test_r1_who_was_let_go_may_always_come_back() -> None:
    world = World().voluntary_waiting().days(40).reported(FAR_STATION)
    assert (world.steps[-1].rules, world.known.state) == (("R1",), "REPORTED")
    assert world.timers == {"T_ONBOARD"}


def test_r2_a_new_consent_reopens_and_the_known_release_acts_at_once() -> None:
    world = World().voluntary_waiting().days(40)
    step = world.fact("ConsentGiven", consent_id="K-1", purpose="AFTERCARE")
    assert (step.rules, step.state) == (("R2", "H022"), "AWAITING_REPORT")
    assert world.known.rung_clock == date(2026, 5, 11)


def test_a_new_notice_after_the_end_opens_a_new_saga() -> None:
    world = World().voluntary_waiting().days(40)
    old = world.known.handover_id
    world.noticed(planned="2027-01-01")
    assert (world.known.state, world.known.handover_id == old) == ("NOTICED", False)
    assert world.known.released_at is None


def test_a_district_is_asked_first_and_then_the_city() -> None:
    world = World().noticed().offered().days(6)
    wanted = [name for name in world.names if name.endswith("AssignmentRequired")]
    assert wanted[:2] == ["DistrictAssignmentRequired", "CityAssignmentRequired"]
    assert world.names.count("ReminderSent") == 1


def test_a_prison_release_goes_to_the_resettlement_body_and_has_no_deadline() -> None:
    world = World().prison_waiting().days(100)
    assert world.known.track == "PRISON"
    assert world.known.state == "CLOSED_NOT_ENGAGED"
    assert raised(world) == ["L1", "L2"]
    assert world.known.deadline is None


def test_an_old_version_is_refused_before_anything_else_about_the_state() -> None:
    world = World().noticed().offered()
    assert world.by(LEAD, "HandoverAccepted", expects=0).reason == "version_conflict"
    assert world.by(LEAD, "HandoverAccepted", expects=world.known.version).outcome == "applied"
