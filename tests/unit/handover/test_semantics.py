"""Specification §3.4.1 point by point: what the table's words mean, one test or more for each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.handover.domain.words import Sender
from tests.unit.handover.world import (
    CITY,
    DISTRICT,
    DISTRICT_LEAD,
    FAR_STATION,
    LEAD,
    NOTICE_DATA,
    OFFICER_1,
    OFFICER_2,
    OTHER_STATION,
    STATION,
    WORKER,
    World,
    at,
    raised,
)

CITY_LEAD = Sender("city/1", "CITY_LEAD", CITY)


def test_point_1_one_step_stops_folds_moves_starts_and_emits_in_the_listed_order() -> None:
    world = World().voluntary_ready().until("2026-04-01T10:00")
    step = world.fact("PersonReleased", notice_no="N-1", released_at=world.now)
    assert (step.rules, step.state) == (("H021",), "AWAITING_REPORT")
    assert step.stopped == ("T_RELEASE_CONFIRM",)
    assert {timer.name for timer in step.armed} == {"T_D1", "T_D3", "T_L2", "T_DEADLINE", "T_VOL_CLOSE"}
    assert world.known.deadline == date(2026, 4, 8), "emits and timers see the fact already folded"
    unrouted = World().fact("PersonReleased", released_at=at("2026-03-02"))
    assert [event.name for event in unrouted.emits] == ["ReportWindowOpened", "RoutingEscalated"]


def test_point_1_stop_all_stops_every_timer() -> None:
    world = World().ordered_waiting()
    armed = world.timers
    assert set(world.fact("DeathConfirmed").stopped) == armed
    assert world.timers == set()


def test_point_2_a_fact_is_folded_and_nothing_else_and_other_events_are_none_of_the_sagas_business() -> None:
    world = World().ordered_waiting()
    before = world.known
    folded = world.fact("SupportLevelSet", level="FOCUS")
    assert (folded.outcome, folded.emits, folded.armed, world.known.state) == ("folded", (), (), before.state)
    assert world.known.evidence["LEVEL"]
    assert world.fact("ServiceEvaluationFiled").outcome == "not_ours"


def test_point_3_a_command_is_refused_a_fact_is_set_aside_and_both_change_nothing() -> None:
    world = World().noticed()
    saga = world.known
    assert world.by(WORKER, "ContactMade").reason == "not_your_organisation"
    early = world.fact("CustodyConfirmed", kind="UNHEARD_OF")
    assert (early.outcome, early.reason) == ("set_aside", "UNKNOWN_STATE")
    assert world.fact("ReportInvalidated", officials=("a", "b")).reason == "UNKNOWN_STATE"
    assert world.known == saga


def test_point_3_stale_is_said_of_release_facts_after_the_release_and_of_anything_after_the_end() -> None:
    world = World().voluntary_waiting()
    assert world.fact("ReleaseNoticeWithdrawn", notice_no="N-1", reason="ERROR").reason == "STALE"
    assert world.fact("ReleaseNoticeReceived", notice_no="N-2", basis="AGREEMENT").reason == "STALE"
    world.days(40)
    assert world.known.state == "CLOSED_NOT_ENGAGED"
    assert world.fact("CustodyConfirmed", kind="PRISON").reason == "STALE"


def test_point_3_conflict_is_the_same_number_with_other_content() -> None:
    world = World().ordered_waiting()
    other = world.fact("OrderServed", order_kind="CDT", order_no="O-1", served_at=world.now)
    assert (other.outcome, other.reason) == ("set_aside", "CONFLICT")
    world.reported()
    later = world.fact("PersonReleased", notice_no="N-1", released_at=world.now + timedelta(days=1))
    assert (later.outcome, later.reason) == ("set_aside", "CONFLICT")


def test_point_4_the_first_of_three_facts_opens_and_every_other_one_waits() -> None:
    world = World()
    assert world.fact("OrderServed", order_kind="CRH", order_no="O-1", served_at=world.now).outcome == "waits"
    assert world.fact("JurisdictionResolved", station_id=STATION).outcome == "waits"
    assert World().fact("PersonReported", at=world.now, station_id=STATION).rules == ("C3", "H041")
    opened = world.noticed().steps[-1]
    assert (opened.rules, opened.opens) == (("C1",), True)


def track_of(world: World) -> str:
    return world.known.track


def test_point_5_the_track_follows_the_order_and_falls_back_with_it() -> None:
    world = World().noticed("AGREEMENT").offered().accepted()
    assert track_of(world) == "VOLUNTARY"
    assert "TrackChanged" in [event.name for event in world.ordered().steps[-1].emits]
    assert track_of(world) == "ORDERED"
    world.fact("OrderRevoked", order_no="O-1", reason="ERROR")
    assert track_of(world) == "VOLUNTARY"
    world.fact("MeasureChanged", to="CDT", effective_at=world.now)
    assert track_of(world) == "ORDERED"
    assert track_of(World().noticed("PRISON")) == "PRISON"
    assert track_of(World().noticed("ORDER")) == "VOLUNTARY", "an announced order is none yet"


def test_point_6_recompute_grows_the_revision_only_if_something_that_dates_the_timers_changed() -> None:
    world = World().noticed().offered()
    unmoved = world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-05-01")
    assert (unmoved.emits, world.known.deadline_rev) == ((), 1)
    ready = World().voluntary_ready()
    moved = ready.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-05-01")
    assert [event.name for event in moved.emits] == ["DeadlinesRecomputed", "ReleasePlanInvalidated"]
    assert ready.known.deadline_rev == 2


def test_point_6_carried_timers_keep_their_due_instant_and_their_number() -> None:
    world = World().noticed().offered().released("2026-03-03")
    assign = world.known.timers["T_ASSIGN"]
    world.ordered()
    carried = world.known.timers["T_ASSIGN"]
    assert (carried.due_at, carried.occurrence) == (assign.due_at, assign.occurrence)
    assert carried.deadline_rev == assign.deadline_rev + 1


def test_point_6_a_ladder_is_stood_down_only_where_a_rung_stands() -> None:
    quiet = World().ordered_waiting().reported().steps[-1]
    assert "EscalationStoodDown" not in [event.name for event in quiet.emits]
    called = World().ordered_waiting().days(1).reported().steps[-1]
    assert "EscalationStoodDown" in [event.name for event in called.emits], "L0 is a rung too"


def test_point_7_the_law_counts_from_the_later_of_order_and_release_the_helpers_from_the_last_restart() -> None:
    world = World().noticed("ORDER").offered().accepted().released("2026-04-01").until("2026-04-05T12:00").ordered()
    assert world.known.clock_start == at("2026-04-05T12:00")
    assert world.known.deadline == date(2026, 4, 20)
    world.until("2026-04-08T12:00")
    world.by(DISTRICT_LEAD, "StationReassigned", station_id=OTHER_STATION)
    assert (world.known.clock_start, world.known.deadline) == (at("2026-04-05T12:00"), date(2026, 4, 20))
    assert world.known.rung_clock == date(2026, 4, 8)


def test_point_7_late_is_unknown_until_report_and_release_are() -> None:
    world = World().noticed("ORDER").ordered().offered().accepted().reported()
    assert world.known.late is None
    world.released("2026-03-05")
    assert world.known.late is False
    prison = World().prison_waiting().days(200)
    assert (prison.known.deadline, prison.known.late) == (None, None)


def test_point_8_a_hold_before_acceptance_resumes_by_the_assignment() -> None:
    world = World().noticed().offered()
    world.by(DISTRICT_LEAD, "HoldPlaced", reason="MEDICAL")
    assert (world.known.state, world.known.resume_state) == ("ON_HOLD", "OFFERED")
    world.accepted()
    assert world.by(LEAD, "HoldLifted").state == "ACCEPTED"
    declined = World().noticed().offered()
    declined.by(DISTRICT_LEAD, "HoldPlaced", reason="MEDICAL")
    declined.by(LEAD, "HandoverDeclined", reason="CAPACITY")
    assert "T_ASSIGN" in declined.timers
    assert declined.by(DISTRICT_LEAD, "HoldLifted").state == "NOTICED"
    assert "T_ASSIGN" not in declined.timers


def test_point_8_a_plan_does_not_outlive_a_release_date_that_moved_during_a_hold() -> None:
    world = World().voluntary_ready()
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-05-01")
    step = world.by(WORKER, "HoldLifted")
    assert step.state == "EARLY_CONTACT"
    assert "ReleasePlanInvalidated" in [event.name for event in step.emits]


def test_point_8_a_second_hold_changes_reason_and_review_alone() -> None:
    world = World().ordered_waiting().until("2026-04-03T12:00")
    world.by(WORKER, "HoldPlaced", reason="MEDICAL")
    since, review = world.known.held_since, world.known.timers["T_HOLD"].due_at
    world.until("2026-04-05T12:00").by(WORKER, "HoldPlaced", reason="RELOCATING")
    assert (world.known.hold_reason, world.known.resume_state) == ("RELOCATING", "AWAITING_REPORT")
    assert (world.known.held_since, world.known.timers["T_HOLD"].due_at) == (since, review + timedelta(days=2))


def test_point_9_a_rule_that_starts_its_own_trigger_comes_every_day() -> None:
    world = World().voluntary_ready().until("2026-04-06T12:00")
    asked = [step for step in world.steps if step.rules == ("H020",)]
    assert len(asked) == 5
    assert world.known.timers["T_RELEASE_CONFIRM"].occurrence == 6


def test_point_9_of_several_rungs_past_due_only_the_highest_is_raised_and_t_sign_besides() -> None:
    world = World().ordered_waiting()
    world.now = at("2026-05-05")
    reasons = [step.reason for step in world.fire_due() if step.outcome == "ignored"]
    assert reasons.count("COMPRESSED") == 4
    world.fire_due()
    assert "L4" in raised(world)
    assert max(world.fired.values()) == 1


def test_point_10_the_level_is_that_of_the_highest_rung_and_zero_outside_the_ladder() -> None:
    world = World().ordered_waiting()
    levels = [world.days(1).known.level for _ in range(31)]
    assert levels == sorted(levels)
    assert sorted(set(levels)) == [0, 1, 2, 3, 4]
    assert world.reported().known.level == 0


def test_point_10_before_acceptance_the_low_rungs_are_the_districts() -> None:
    world = World().noticed("ORDER").ordered().offered().released("2026-03-03").until("2026-03-07")
    assert world.known.standing is not None
    assert (world.known.standing.to_role, world.known.standing.to_org) == ("DISTRICT_LEAD", DISTRICT)


def test_point_11_two_different_people_after_deadline_and_grace_and_one_message_leaves() -> None:
    world = World().ordered_waiting().until("2026-04-15T12:00")
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).reason == "deadline_not_passed"
    world.until("2026-04-17T00:00")
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).reason == "grace_not_passed"
    world.until("2026-04-18T00:00")
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).outcome == "pending"
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).reason == "two_officials_required"
    assert world.by(OFFICER_2, "StatutoryNoticeSigned", **NOTICE_DATA).officials == (
        OFFICER_1.actor,
        OFFICER_2.actor,
    )
    assert [event.name for event in world.outward] == ["StatutoryNoticeSent"]


@pytest.mark.parametrize(
    ("basis", "more", "outcome"),
    [
        ("NONE", {}, "set_aside"),
        ("NONE", {"order_expected": "Y"}, "applied"),
        ("NONE", {"dsa_id": "DSA-1"}, "applied"),
        ("AGREEMENT", {}, "applied"),
        ("ORDER", {}, "applied"),
        ("PRISON", {}, "applied"),
    ],
)
def test_point_12_what_is_a_legal_basis(basis: str, more: dict[str, str], outcome: str) -> None:
    world = World().noticed(basis, **more)
    assert world.fact("JurisdictionResolved", station_id=STATION).outcome == outcome


def test_point_12_withdrawing_another_consent_stops_only_what_rested_on_it() -> None:
    world = World().voluntary_waiting()
    world.fact("ConsentGiven", consent_id="K-1", purpose="AFTERCARE")
    world.fact("ConsentGiven", consent_id="K-2", purpose="CLINIC")
    assert world.fact("ConsentWithdrawn", consent_id="K-2").state == "AWAITING_REPORT"
    assert world.fact("ConsentWithdrawn", consent_id="K-1").state == "CLOSED_NOT_ENGAGED"


def test_point_12_an_expired_consent_is_none_when_the_order_is_revoked() -> None:
    for expires, state in (("2026-04-02T00:00:00+08:00", "CLOSED_CANCELLED"), (None, "AWAITING_REPORT")):
        world = World().noticed("ORDER").ordered().offered().accepted()
        world.fact("ConsentGiven", consent_id="K-1", purpose="AFTERCARE", expires_at=expires)
        world.released("2026-04-05")
        assert world.fact("OrderRevoked", order_no="O-1", reason="ERROR").state == state


def test_point_13_exactly_one_organisation_answers_on_the_whole_way() -> None:
    world = World().noticed()
    answers = [world.known.accountable]
    answers.append(world.offered().known.accountable)
    answers.append(world.accepted().known.accountable)
    world.by(CITY_LEAD, "StationReassigned", station_id=FAR_STATION)
    answers.append(world.known.accountable)
    world.by(Sender("lead/4", "STATION_LEAD", FAR_STATION), "HandoverAccepted")
    answers.append(world.known.accountable)
    answers.append(world.released("2026-04-01").reported(OTHER_STATION).known.accountable)
    world.fact("ReportInvalidated", officials=("a", "b"))
    answers.append(world.known.accountable)
    assert answers == [CITY, DISTRICT, STATION, STATION, FAR_STATION, OTHER_STATION, FAR_STATION]


def test_point_14_elsewhere_is_the_citys_business_until_the_other_hub_took_the_person_over() -> None:
    world = World().noticed()
    step = world.fact("JurisdictionUnresolved", outcome="EXTERNAL")
    assert (step.state, [event.name for event in step.emits]) == ("NOTICED", ["RoutingEscalated"])
    assert step.emits[0].model_dump()["to_org"] == CITY
    assert world.known.accountable == CITY
    assert world.by(CITY_LEAD, "RelocationAcceptedOtherHub", hub="B").state == "CLOSED_REDIRECTED"


def test_point_15_the_first_reason_in_the_order_is_the_one_that_is_named() -> None:
    world = World().noticed("ORDER").offered().accepted().released("2026-04-01")
    stranger, outsider = Sender("c/1", "CLINIC", "A-CLINIC-1"), Sender("o/1", "STREET_OFFICER", "A04-S011-STREET")
    sign = "StatutoryNoticeSigned"
    assert world.by(stranger, sign, expects=0).reason == "actor_not_allowed"
    assert world.by(outsider, sign, expects=0).reason == "not_your_organisation"
    assert world.by(OFFICER_1, sign, expects=0).reason == "version_conflict"
    assert world.by(OFFICER_1, sign).reason == "order_not_served"
    world.ordered()
    world.fact("DisputeRaised", request_no="R-1")
    assert world.by(OFFICER_1, sign).reason == "deadline_not_passed"
    world.until("2026-04-17T00:00")
    assert world.by(OFFICER_1, sign).reason == "grace_not_passed"
    world.until("2026-04-20")
    assert world.by(OFFICER_1, sign).reason == "facts_waiting"
    world.fact("DisputeResolved", request_no="R-1")
    assert world.by(OFFICER_1, sign, notice_no=7).reason == "invalid_data"
    world.by(OFFICER_1, sign, **NOTICE_DATA)
    assert world.by(OFFICER_1, sign, **NOTICE_DATA).reason == "two_officials_required"
    assert World().voluntary_waiting().by(OFFICER_1, sign).reason == "voluntary_person"
    assert world.reported().by(OFFICER_1, sign).reason == "not_in_this_state"
    assert world.by(LEAD, "OnboardingCompleted", waived="x").reason == "guard_not_met"
