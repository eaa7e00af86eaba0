from __future__ import annotations

import pytest

from services.handover.domain.senders import may_send
from services.handover.domain.words import Input, Sender
from tests.unit.handover.world import (
    CENTRE,
    CITY,
    FAR_STATION,
    ORGANISATIONS,
    OTHER_STATION,
    STATION,
    STREET,
    World,
    at,
)

NOW = at("2026-04-05")


def name_of(role: str, org: str) -> str:
    """A person comes in their own name, everybody else for their organisation."""
    return org if role == "PERSON" else "someone/1"


def asked(world: World, name: str, sender: tuple[str, str, str], **data: object) -> str | None:
    role, org, actor = sender
    given = Input(name, "i", NOW, NOW, data)
    return may_send(given, Sender(actor, role, org), world.saga, ORGANISATIONS)


WAITING = World().ordered_waiting()
OFFERED = World().noticed().offered()

ALLOWED = [
    (WAITING, "PersonReported", "WORKER", FAR_STATION),
    (WAITING, "PersonReported", "STREET_OFFICER", f"{FAR_STATION}-STREET"),
    (WAITING, "ContactMade", "WORKER", STATION),
    (WAITING, "StatutoryNoticeSigned", "STREET_OFFICER", STREET),
    (WAITING, "OrderRevoked", "DECISION_ORGAN", "A-POLICE-DECISION"),
    (WAITING, "PersonReleased", "DETOX_CENTRE", CENTRE),
    (WAITING, "StationReassigned", "DISTRICT_LEAD", "A01"),
    (WAITING, "StationReassigned", "CITY_LEAD", CITY),
    (WAITING, "OpsClosed", "OPS", CITY),
    (WAITING, "AftercareDeclined", "PERSON", "P-1"),
    (WAITING, "DeathConfirmed", "COMMUNITY_POLICE", "A07-POLICE"),
    (OFFERED, "HandoverAccepted", "STATION_LEAD", STATION),
    (OFFERED, "HoldPlaced", "DISTRICT_LEAD", "A01"),
]
NOT_THEIRS = [
    (WAITING, "ContactMade", "WORKER", OTHER_STATION),
    (WAITING, "HandoverAccepted", "STATION_LEAD", STATION),
    (WAITING, "HoldPlaced", "DISTRICT_LEAD", "A01"),
    (WAITING, "StatutoryNoticeSigned", "STREET_OFFICER", f"{FAR_STATION}-STREET"),
    (WAITING, "PersonReleased", "DETOX_CENTRE", "A-CENTRE-2"),
    (WAITING, "PersonReleased", "DETOX_CENTRE", STATION),
    (WAITING, "StationReassigned", "DISTRICT_LEAD", "A04"),
    (WAITING, "AuthorityOutcomeRecorded", "COMMUNITY_POLICE", "A01-POLICE"),
    (WAITING, "OpsClosed", "OPS", "B"),
    (WAITING, "AftercareDeclined", "PERSON", "P-2"),
    (OFFERED, "ConsentGiven", "PERSON", STATION),
    (WAITING, "EscalationAcknowledged", "WORKER", STATION),
    (OFFERED, "HandoverAccepted", "STATION_LEAD", OTHER_STATION),
    (OFFERED, "HandoverAccepted", "STATION_LEAD", "A-RSP"),
]
NOT_ALLOWED = [
    (WAITING, "StatutoryNoticeSigned", "WORKER", STATION),
    (WAITING, "PersonReported", "PERSON", "P-1"),
    (WAITING, "JurisdictionResolved", "OPS", CITY),
    (WAITING, "HandoverClosed", "OPS", CITY),
    (WAITING, "T_L4", "OPS", CITY),
]


@pytest.mark.parametrize(("world", "name", "role", "org"), ALLOWED)
def test_who_may(world: World, name: str, role: str, org: str) -> None:
    assert asked(world, name, (role, org, name_of(role, org)), station_id=OTHER_STATION) is None


@pytest.mark.parametrize(("world", "name", "role", "org"), NOT_THEIRS)
def test_whose_handover_it_is_not(world: World, name: str, role: str, org: str) -> None:
    assert asked(world, name, (role, org, "someone/1"), station_id=OTHER_STATION) == "not_your_organisation"


@pytest.mark.parametrize(("world", "name", "role", "org"), NOT_ALLOWED)
def test_whose_role_may_not(world: World, name: str, role: str, org: str) -> None:
    assert asked(world, name, (role, org, "someone/1")) == "actor_not_allowed"


def test_a_district_may_not_move_a_person_into_another_district() -> None:
    assert asked(WAITING, "StationReassigned", ("DISTRICT_LEAD", "A01", "d/1"), station_id=FAR_STATION) is not None
    assert asked(WAITING, "StationReassigned", ("CITY_LEAD", CITY, "c/1"), station_id=FAR_STATION) is None


def test_the_notified_may_answer_once_the_notice_is_out() -> None:
    world = World().ordered_waiting().until("2026-04-20")
    for number in (1, 2):
        world.by(Sender(f"{STREET}/{number}", "STREET_OFFICER", STREET), "StatutoryNoticeSigned", notice_no="S-1")
    assert asked(world, "AuthorityOutcomeRecorded", ("COMMUNITY_POLICE", "A01-POLICE", "p/1")) is None
    assert asked(world, "AuthorityOutcomeRecorded", ("COMMUNITY_POLICE", "A02-POLICE", "p/1")) is not None
