from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from schemas.escalation import EscalationStoodDown
from schemas.handover import HandoverCompleted
from tests.unit.handover.world import (
    CALENDAR,
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


def test_a01_an_ordered_person_is_handed_over_without_any_escalation() -> None:
    world = World().noticed("ORDER").ordered().offered().accepted()
    world.fact("AssessmentSummaryPublished")
    world.until("2026-03-10").by(WORKER, "EarlyContactRecorded")
    world.until("2026-03-18").by(WORKER, "EarlyContactRecorded")
    world.by(WORKER, "ReleasePlanConfirmed")
    assert world.known.state == "READY"
    world.fact("DocumentDelivered", doc_type="ORDER_COPY")
    world.fact("DocumentDelivered", doc_type="RELEASE_CERTIFICATE")
    world.released("2026-04-01T10:00")
    world.until("2026-04-02T08:00").by(WORKER, "PersonReported", at=world.now, station_id=STATION, identity_check=True)
    assert world.known.state == "REPORTED"
    assert world.known.late is False
    assert world.timers == {"T_ONBOARD"}
    world.days(3)
    for name, data in ONBOARDING.items():
        assert world.by(WORKER if name != "WorkerAssigned" else LEAD, name, **data).outcome == "folded", name
    step = world.by(WORKER, "OnboardingCompleted")
    assert (step.outcome, step.state, world.timers) == ("applied", "COMPLETED", set())
    assert raised(world) == []
    assert "EscalationStoodDown" not in world.names
    completed = step.emits[0]
    assert isinstance(completed, HandoverCompleted)
    assert all(criterion.met for criterion in completed.criteria.values())


ONBOARDING: dict[str, dict[str, Any]] = {
    "AgreementSigned": {"type": "CRH", "no": "A-1"},
    "WorkerAssigned": {"worker_ref": "worker/1"},
    "SupportLevelSet": {"level": "FOCUS"},
    "VisitRecorded": {"visit_id": "V-1", "next_at": at("2026-05-01")},
    "TestScheduled": {"test_id": "T-1"},
    "NoticeGiven": {"notice_version": "2026.1"},
}


def test_completion_waits_for_every_criterion() -> None:
    world = World().ordered_waiting().reported()
    step = world.by(WORKER, "OnboardingCompleted")
    assert (step.outcome, step.reason) == ("refused", "guard_not_met")


def test_missing_papers_can_be_waived_with_a_reason_and_nothing_else_can() -> None:
    world = World().ordered_waiting().reported()
    for name, data in ONBOARDING.items():
        world.by(WORKER if name != "WorkerAssigned" else LEAD, name, **data)
    assert world.by(WORKER, "OnboardingCompleted").reason == "guard_not_met"
    other = world.by(WORKER, "OnboardingCompleted", waived=[{"criterion": "agreement_signed", "reason": "lost"}])
    assert other.reason == "guard_not_met"
    step = world.by(WORKER, "OnboardingCompleted", waived=[{"criterion": "documents_received", "reason": "lost"}])
    assert step.state == "COMPLETED"


def test_a02_a_voluntary_person_who_never_comes_is_let_go_without_a_trace_at_the_police() -> None:
    world = World().voluntary_waiting().days(40)
    assert world.known.state == "CLOSED_NOT_ENGAGED"
    assert raised(world) == ["L1", "L2"]
    assert world.names.count("ContactTaskCreated") == 1
    assert "VoluntaryTargetPassed" in world.names
    assert world.outward == []
    assert world.known.timers == {}


def test_a03_one_official_cannot_sign_twice_and_two_can() -> None:
    world = World().ordered_waiting().until("2026-04-20")
    assert raised(world) == ["L1", "L2", "L3a", "L3b"]
    before = world.known
    first = world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA)
    assert (first.outcome, first.state, first.emits) == ("pending", "AWAITING_REPORT", ())
    assert (world.known.timers, world.known.level) == (before.timers, before.level)
    again = world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA)
    assert (again.outcome, again.reason) == ("refused", "two_officials_required")
    second = world.by(OFFICER_2, "StatutoryNoticeSigned", **NOTICE_DATA)
    assert (second.outcome, second.state) == ("applied", "STATUTORY_NOTIFIED")
    assert second.officials == (OFFICER_1.actor, OFFICER_2.actor)
    assert [event.name for event in second.emits] == ["StatutoryNoticeDelivered"]
    assert [event.name for event in world.outward] == ["StatutoryNoticeSent"]
    assert world.known.notified == ("A01-POLICE", "A-POLICE-DECISION")
    assert world.timers == {"T_L4"}


@pytest.mark.parametrize(
    ("when", "code"),
    [("2026-04-15", "deadline_not_passed"), ("2026-04-17", "grace_not_passed"), ("2026-04-18", None)],
)
def test_a04_nobody_may_sign_before_deadline_and_grace(when: str, code: str | None) -> None:
    world = World().ordered_waiting().until(when)
    assert world.known.deadline == date(2026, 4, 16)
    step = world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA)
    assert (step.reason or None) == code
    assert step.outcome == ("refused" if code else "pending")


def test_a_voluntary_person_is_never_reported_to_the_police() -> None:
    world = World().voluntary_waiting().days(20)
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).reason == "voluntary_person"


def test_an_expected_order_that_was_never_served_is_named() -> None:
    world = World().noticed("ORDER").offered().accepted().released("2026-04-01").days(20)
    assert world.by(OFFICER_1, "StatutoryNoticeSigned", **NOTICE_DATA).reason == "order_not_served"


def test_a05_a_deadline_on_a_sunday_rolls_and_l3b_waits_for_the_grace() -> None:
    world = World("2026-01-20").noticed("ORDER", planned="2026-02-14").ordered("2026-02-10").offered().accepted()
    world.released("2026-02-14T10:00")
    assert world.known.deadline == date(2026, 3, 2)
    world.until("2026-03-03T00:00")
    assert "ReportDeadlinePassed" in world.names
    assert "StatutoryNoticeDraftRequested" in world.names
    assert "L3b" not in raised(world)
    world.until("2026-03-04T00:00")
    assert raised(world)[-1] == "L3b"


def test_g8_the_clock_starts_at_release_and_the_fifteenth_day_rolls_to_monday() -> None:
    world = World("2026-01-20").noticed("ORDER", planned="2026-02-14").ordered("2026-02-10").offered().accepted()
    world.released("2026-02-14T10:00")
    saga = world.known
    assert saga.clock_start == at("2026-02-14T10:00")
    assert saga.deadline == date(2026, 3, 2)
    assert saga.timers["T_DEADLINE"].due_at == at("2026-03-03T00:00")
    assert saga.timers["T_DEADLINE"].policy_key == "report.deadline.ordered"
    assert saga.timers["T_DEADLINE"].calendar_version == CALENDAR.version


def test_a07_an_earlier_release_breaks_the_plan_and_old_timers_act_no_more() -> None:
    world = World().voluntary_ready()
    old = world.known.timers["T_RELEASE_CONFIRM"]
    step = world.fact("ReleaseDateChanged", notice_no="N-1", new_date="2026-03-12")
    assert (step.state, step.rules) == ("EARLY_CONTACT", ("H033",))
    assert [event.name for event in step.emits] == ["DeadlinesRecomputed", "ReleasePlanInvalidated"]
    assert world.timers == {"T_PLAN"}
    assert world.known.deadline_rev == old.deadline_rev + 1
    assert "T_RELEASE_CONFIRM" in step.stopped


def test_a13_death_ends_everything_at_once() -> None:
    world = World().ordered_waiting().until("2026-04-12")
    step = world.fact("DeathConfirmed", doc_no="D-1")
    assert (step.state, world.known.timers, world.known.level) == ("CLOSED_DECEASED", {}, 0)
    assert [event.name for event in step.emits] == ["HandoverClosed", "EscalationStoodDown"]
    stood = step.emits[1]
    assert isinstance(stood, EscalationStoodDown)
    assert stood.levels == (0, 1, 2, 3)
    assert world.outward == []
