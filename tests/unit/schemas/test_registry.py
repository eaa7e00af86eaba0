from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas import upcasts
from schemas.registry import CURRENT, UnknownType, load, schema_uri
from schemas.timers import TimerFired
from schemas.upcasts import Payload, Upcast, lift

WITHDRAWN = "cn.aftercare.intake.ReleaseNoticeWithdrawn.v1"
OLD = "cn.aftercare.intake.ReleaseNoticeWithdrawn.v0"
OLDER = "cn.aftercare.intake.NoticeCancelled.v1"


def renamed(data: Payload) -> Payload:
    data["notice_no"] = data.pop("number")
    return data


def reasoned(data: Payload) -> Payload:
    return {"reason": "ERROR", **data}


STEPS = {OLDER: Upcast(OLD, renamed), OLD: Upcast(WITHDRAWN, reasoned)}


def test_an_old_payload_goes_through_every_step() -> None:
    data = {"person_ref": "p", "number": "N-1"}
    assert lift(OLDER, data, STEPS) == (WITHDRAWN, {"person_ref": "p", "notice_no": "N-1", "reason": "ERROR"})
    assert data == {"person_ref": "p", "number": "N-1"}


def test_an_old_version_loads_as_the_current_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcasts, "UPCASTS", STEPS)
    event = load(OLDER, {"person_ref": "p", "number": "N-1"})
    assert isinstance(event, CURRENT["ReleaseNoticeWithdrawn"])
    assert event.wire == WITHDRAWN


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownType) as caught:
        load("cn.aftercare.intake.Nothing.v1", {})
    assert caught.value.wire == "cn.aftercare.intake.Nothing.v1"


def test_an_unknown_field_is_refused_without_showing_it() -> None:
    with pytest.raises(ValidationError) as caught:
        load(WITHDRAWN, {"person_ref": "p", "notice_no": "N-1", "reason": "ERROR", "religion": "PLANTED"})
    assert "PLANTED" not in str(caught.value)


def test_the_short_name_of_a_timer_fact_is_its_own_and_the_timer_is_called_name_on_the_wire() -> None:
    fired = TimerFired(
        person_ref="p",
        handover_id="h",
        timer="T_D1",
        due_at=datetime(2026, 3, 1, tzinfo=UTC),
        deadline_rev=0,
        occurrence=1,
    )
    written = fired.model_dump(mode="json")
    assert (fired.name, written["name"]) == ("TimerFired", "T_D1")
    assert load(fired.wire, written) == fired


def test_a_field_named_by_a_python_keyword_keeps_its_wire_name() -> None:
    event = load("cn.aftercare.intake.CustodyConfirmed.v1", {"person_ref": "p", "kind": "PRISON", "from": "2026-03-01"})
    assert event.model_dump(mode="json")["from"] == "2026-03-01"


def test_a_day_or_an_instant_may_say_since_when() -> None:
    wire = "cn.aftercare.casework.AgreementSigned.v1"
    for said in ("2026-03-01", "2026-03-01T08:00:00+08:00"):
        event = load(wire, {"person_ref": "p", "type": "CRH", "from": said})
        assert event.model_dump(mode="json")["from"] == said


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        load("cn.aftercare.intake.PersonReleased.v1", {"person_ref": "p", "released_at": "2026-03-01T08:00:00"})


def test_a_checklist_may_be_an_object_of_booleans() -> None:
    data = {"person_ref": "p", "handover_id": "h", "checklist": {"LEAFLET": True, "NEEDS": False}}
    event = load("cn.aftercare.handover.EarlyContactRecorded.v1", data)
    assert event.model_dump(mode="json")["checklist"] == ["LEAFLET"]


def test_a_vault_pointer_is_never_the_value_itself() -> None:
    with pytest.raises(ValidationError):
        load(
            "cn.aftercare.intake.PersonRegistered.v1",
            {"person_ref": "p", "vault_ptr": "合成甲0001", "match_quality": "EXACT", "origin": "NOTICE"},
        )


def test_a_schema_has_a_name_of_its_own() -> None:
    assert schema_uri(WITHDRAWN) == f"urn:aftercare:schema:{WITHDRAWN}"
