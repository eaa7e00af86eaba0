"""The record of a step: an event that somebody sends, fields that it has, a sender who exists."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from schemas.registry import CURRENT
from services.handover.domain.actors import shipped_actors
from services.intake.bodies import NoticeBody
from services.reference.organisations import Organisations
from services.rehearsal.lines import Value
from services.rehearsal.story import By, Person, Record

NOTICE: Final = "ReleaseNoticeReceived"
REQUESTS: Final = frozenset({"DataSubjectRequestFiled", "DataSubjectRequestAnswered"})
"""What a person asks about their own data, and what a human answers: a door of its own."""
FOR_NO_ORGANISATION: Final = frozenset({"PERSON", "CONTACT", "AUDITOR"})
OF_THE_HUB: Final = frozenset({"OPS", "HUB"})
SAID_ELSEWHERE: Final = frozenset({"person_ref", "handover_id"})
TWO: Final = 2
ENDS: Final[Mapping[str, int]] = {"RecordSealed": 1, "RecordDeleted": 1, "LawfulReadGranted": TWO}
"""What happens to a record at its end, which no saga takes: how many people it needs."""


def read_record(step: Value, own: Mapping[str, Value], people: Mapping[str, Person], network: Organisations) -> Record:
    """The record of a step. Raises BadStory."""
    for needed in ("for", "by"):
        if needed not in own:
            raise step.wrong("key_missing", name=needed)
    name = own["record"].text()
    if name not in CURRENT or not (name in REQUESTS or name in ENDS or shipped_actors().lines(name)):
        raise own["record"].wrong("event_unknown", name=name)
    person = own["for"].text()
    if person not in people:
        raise own["for"].wrong("person_unknown", name=person)
    by = read_by(own["by"], network)
    data = _data(name, own["data"]) if "data" in own else {}
    return Record(
        name=name,
        person=person,
        by=by,
        data={field: value for field, value in data.items() if field != "officials"},
        officials=_officials(name, own, data, by),
        refused=own["refused"].text() if "refused" in own else None,
        srcseq=own["srcseq"].number() if "srcseq" in own else None,
    )


@cache
def fields_of(name: str) -> frozenset[str]:
    """What may be said in a record of that event; the person and the handover are said by the address."""
    if name == NOTICE:
        return frozenset(NoticeBody.model_fields)
    known = CURRENT[name].model_fields
    return frozenset({*known, *(one.alias for one in known.values() if one.alias)}) - SAID_ELSEWHERE


def _data(name: str, said: Value) -> dict[str, object]:
    own = said.fields()
    for field, value in own.items():
        if field not in fields_of(name):
            raise value.wrong("field_unknown", name=field, event=name)
    return {field: value.plain() for field, value in own.items()}


def read_by(said: Value, network: Organisations) -> By:
    """Who acts or looks. Raises BadStory for an unknown role or organisation."""
    own = said.fields(("role",), ("org", "actor", "capacity"))
    role = own["role"].text()
    if role not in shipped_actors().roles:
        raise own["role"].wrong("role_unknown", name=role)
    if "org" not in own and role not in FOR_NO_ORGANISATION | OF_THE_HUB:
        raise said.wrong("key_missing", name="org")
    org = own["org"].text() if "org" in own else network.city().org_id if role in OF_THE_HUB else ""
    if org and network.get(org) is None:
        raise own["org"].wrong("org_unknown", name=org)
    actor = own["actor"].text() if "actor" in own else ""
    return By(role, org, actor, own["capacity"].text() if "capacity" in own else None)


def _officials(name: str, own: Mapping[str, Value], data: Mapping[str, object], by: By) -> tuple[str, ...]:
    """Who signs, in this order: beside the data or inside; else two employees where the law wants two."""
    said = own.get("officials", None)
    if said is None and "officials" in data:
        said = own["data"].fields()["officials"]
    if said is not None:
        if not needs_two(name):
            raise said.wrong("officials_unwanted", event=name)
        return said.texts()
    return tuple(f"{by.org}/{number + 1}" for number in range(TWO)) if needs_two(name) else ()


def needs_two(name: str) -> bool:
    """Whether two people send it."""
    return shipped_actors().needs_two(name) or ENDS.get(name) == TWO
