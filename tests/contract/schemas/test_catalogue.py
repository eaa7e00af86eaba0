from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.base import Event, PersonEvent
from schemas.codes import State
from schemas.export import schema_of
from schemas.registry import CURRENT, EVENTS
from schemas.sealed import sealed_fields
from schemas.topics import TOPICS, hub_topics, ingress_topics, outward_topics

SERVICE_OF = {"out.detox.v1": "intake", "stat.notice.v1": "statutory"}
SEALED = {
    "SelfReferralReceived": ("requested_services",),
    "ReleaseNoticeReceived": ("flags",),
    "PersonReleased": ("certificate_no",),
    "OrderServed": ("order_no",),
    "OrderRevoked": ("order_no",),
    "AssessmentSummaryPublished": ("codes",),
    "DocumentDelivered": ("doc_no",),
    "CustodyConfirmed": ("doc_no",),
    "DeathConfirmed": ("doc_no",),
    "PersonReported": ("excuse_code",),
    "StatutoryNoticeSigned": ("facts",),
    "StatutoryNoticeWaived": ("facts",),
    "LateReportNotified": ("excuse",),
    "StatutoryNoticeRecalled": ("excuse",),
    "AuthorityOutcomeRecorded": ("doc_no",),
    "SupportLevelSet": ("reason_codes",),
    "NeedsAssessed": ("needs",),
    "VisitRecorded": ("topics",),
    "TestAttendanceRecorded": ("status", "excuse"),
    "TestResultRecorded": ("result",),
    "ServiceEvaluationFiled": ("period", "goals", "satisfaction"),
    "StatutoryNoticeSent": ("facts",),
    "StatutoryRecallSent": ("excuse",),
    "LateReportNoteSent": ("excuse",),
}
SAGA_NAMES = (Path(__file__).parent / "saga-names.txt").read_text("utf-8").split()
NEVER = re.compile(
    r"relig|belief|gps|locat|coord|latitud|longitud|wristband|cell_|biometr|finger|face_|ethnic|hiv|infect|substance"
    r"|suspicio|associat|risk_score|id_number|id_card|(^|_)phone|(^|_)address|full_name|person_name",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", SAGA_NAMES)
def test_the_saga_and_its_actors_find_every_name(name: str) -> None:
    assert name in CURRENT


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_a_wire_name_says_service_event_and_version(event: type[Event]) -> None:
    service = SERVICE_OF.get(event.topic) or event.topic.split(".")[1]
    assert re.fullmatch(rf"cn\.aftercare\.{service}\.{event.__name__}\.v\d+", event.wire)
    assert event.topic in TOPICS


def test_short_names_are_unique() -> None:
    assert len(CURRENT) == len(EVENTS)


def test_exactly_the_listed_fields_are_sealed() -> None:
    assert {name: sealed_fields(event) for name, event in CURRENT.items() if sealed_fields(event)} == SEALED


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_the_class_of_an_event_covers_its_fields_and_its_topic_covers_the_event(event: type[Event]) -> None:
    if sealed_fields(event):
        assert event.pii == "P3"
        assert issubclass(event, PersonEvent)
    assert event.pii <= TOPICS[event.topic].pii


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_no_event_has_a_field_for_what_the_hub_must_not_know(event: type[Event]) -> None:
    assert [name for name in event.model_fields if NEVER.search(name)] == []


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_unknown_fields_are_refused(event: type[Event]) -> None:
    assert event.model_config["extra"] == "forbid"
    assert event.model_config["frozen"]


def test_events_about_a_person_name_the_person_and_events_of_a_handover_the_handover() -> None:
    for event in EVENTS.values():
        if event.topic in {"hub.handover.v1", "stat.notice.v1"}:
            assert event.model_fields["handover_id"].is_required()
        if event.topic in {"hub.handover.v1", "hub.casework.v1", "stat.notice.v1"}:
            assert event.model_fields["person_ref"].is_required()


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_no_sealed_field_hides_in_a_list(event: type[Event]) -> None:
    assert json.dumps(schema_of(event)).count('"x-clear"') == len(sealed_fields(event))


def test_there_are_sixteen_states() -> None:
    assert len(get_args(State)) == 16


def test_topics_are_sized_and_kept_as_written() -> None:
    said = {topic.name: (topic.key, topic.partitions, topic.retention_ms) for topic in TOPICS.values()}
    day = 24 * 60 * 60 * 1000
    assert said == {
        "hub.intake.v1": ("person_ref", 24, -1),
        "hub.handover.v1": ("person_ref", 24, -1),
        "hub.casework.v1": ("person_ref", 24, -1),
        "hub.referral.v1": ("person_ref", 24, -1),
        "hub.privacy.v1": ("person_ref", 12, 3 * 366 * day),
        "hub.parked.v1": ("original key", 6, -1),
        "in.detox.v1": ("org_id/notice_no", 6, 30 * day),
        "in.authority.v1": ("org_id/document_no", 6, 30 * day),
        "out.detox.v1": ("org_id/notice_no", 6, 90 * day),
        "stat.notice.v1": ("notice_no", 3, -1),
    }


def test_every_topic_is_of_the_hub_or_leads_in_or_out() -> None:
    assert {*hub_topics(), *ingress_topics(), *outward_topics()} == set(TOPICS.values())
    assert [topic.name for topic in ingress_topics()] == ["in.detox.v1", "in.authority.v1"]
    assert [topic.name for topic in outward_topics()] == ["out.detox.v1", "stat.notice.v1"]
