"""What intake does when the saga asks it to route again, and when a handover has ended."""

from __future__ import annotations

from schemas.base import Event
from schemas.envelope import Envelope
from schemas.handover import HandoverClosed, HandoverDeclined, HandoverReoffered, RoutingEscalated
from schemas.progress import CompensationPlanned
from services.intake.disclosing import Ledger, Shown
from services.intake.rerouting import Rerouting
from services.kernel.db import transaction
from services.kernel.records import Message
from services.kernel.tokens import Actor
from tests.service.intake.conftest import START, Office
from tests.service.intake.messages import NOTICE, identity, message, send

HANDOVER = "H-1"


async def opened(office: Office) -> str:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    return str((await office.events("person-%"))[0][1]["person_ref"])


async def say(office: Office, *events: Event) -> None:
    for sequence, event in enumerate(events, start=1):
        envelope = Envelope(
            id=f"E-{sequence}",
            source="jieli/handover",
            type=event.wire,
            time=START,
            recordedtime=START,
            subject="p",
            dataschema="urn",
            partitionkey="p",
            sequence=sequence,
            piiclass="P1",
            stream=f"handover-{HANDOVER}",
        )
        async with transaction(office.pool) as db:
            await Rerouting(office.desk).take(db, Message(envelope, event, "hub.handover.v1", 0, sequence, "p"))


def declined(person: str, proposed: str | None) -> HandoverDeclined:
    return HandoverDeclined(
        person_ref=person, handover_id=HANDOVER, reason="WRONG_JURISDICTION", proposed_station=proposed
    )


def reoffered(person: str) -> HandoverReoffered:
    return HandoverReoffered(person_ref=person, handover_id=HANDOVER, hops=1)


async def test_a_decline_goes_to_the_station_that_was_proposed(office: Office) -> None:
    person = await opened(office)
    await say(office, declined(person, "A06-S002"), reoffered(person))
    name, data = (await office.events("person-%"))[-1]
    assert (name, data["station_id"], data["ground"], data["hops"]) == (
        "JurisdictionResolved",
        "A06-S002",
        "DECISION",
        1,
    )


async def test_without_a_real_proposal_people_decide(office: Office) -> None:
    person = await opened(office)
    for proposed in (None, "Z99-S001", "A-LABOUR"):
        await say(office, declined(person, proposed), reoffered(person))
        name, data = (await office.events("person-%"))[-1]
        assert (name, data["outcome"]) == ("JurisdictionUnresolved", "UNKNOWN")


async def test_other_reoffers_name_their_station_themselves(office: Office) -> None:
    person = await opened(office)
    before = await office.names()
    await say(office, reoffered(person))
    escalated = RoutingEscalated(person_ref=person, handover_id=HANDOVER)
    await say(office, declined(person, "A06-S002"), escalated, reoffered(person))
    assert await office.names() == before


async def test_after_a_handover_has_ended_a_new_number_opens_a_new_one(office: Office) -> None:
    person = await opened(office)
    closed = HandoverClosed(person_ref=person, handover_id=HANDOVER, terminal_state="CLOSED_CANCELLED")
    await say(office, closed)
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE | {"notice_no": "N-2"}, identity()))
    assert (await office.names())[3:] == ["ReleaseNoticeReceived", "JurisdictionResolved"]


async def test_x29_what_the_ledger_says_was_told_in_error_is_recalled_once_from_each(office: Office) -> None:
    person = await opened(office)
    told = Ledger(office.desk.store, office.desk.ids)
    for org in ("A04-S011", "A06-S002"):
        shown = Shown(
            actor=Actor("lead-1", "STATION_LEAD", org, None), person_ref=person, purpose="P", groups={"F2": "CONTRACT"}
        )
        async with transaction(office.pool) as db:
            await told.enter(db, shown, START)
    plan = CompensationPlanned(person_ref=person, handover_id=HANDOVER)
    await say(office, plan)
    await say(office, plan)
    recalls = [data for name, data in await office.events("disclosure-%") if name == "RecallIssued"]
    assert [each["recipient"] for each in recalls] == ["A04-S011", "A06-S002"]
    assert {each["reason"] for each in recalls} == {"ENTERED_IN_ERROR"}
