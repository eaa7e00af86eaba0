"""A record that somebody sends: what they said, completed with what the token and the clock know."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from pydantic import BaseModel, ValidationError

from schemas.base import Event
from schemas.handover import PersonReported
from schemas.registry import CURRENT
from services.handover.domain.words import Input, Sender
from services.handover.facts import clear_payload
from services.handover.writing import Taken
from services.kernel.errors import Refused
from services.kernel.idempotency import Asked
from services.kernel.tokens import Actor

Owner: TypeAlias = Literal["saga", "person", "intake"]
OWNERS: Final[Mapping[str, Owner]] = {
    "hub.handover.v1": "saga",
    "hub.casework.v1": "person",
    "hub.privacy.v1": "person",
    "hub.intake.v1": "intake",
}
SIGNED_BY_SENDER: Final[Mapping[str, str]] = {
    "HandoverAccepted": "accepted_by",
    "EscalationAcknowledged": "by",
    "DistrictAssigned": "decided_by",
    "StationReassigned": "decided_by",
}
OF_SENDERS_STATION: Final = frozenset({"HandoverAccepted", "HandoverDeclined"})
UNKNOWN: Final = "unknown"
"""Stands for a field that no event of that kind has."""
SAID_BY_HUB: Final = frozenset({"officials", "late", "two_person"})
"""Fields that only the hub may say; whatever a sender puts there is not looked at."""


@dataclass(frozen=True, slots=True)
class About:
    """Whom a record is about; said by the address, never by the data."""

    person_ref: str
    handover_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One record for one handover; `handover_id` is empty for a walk-in.

    `id`: of the event it becomes; `at`: when it came; `expects`: the version of an If-Match; `asked`: the idempotency
    key's request.
    """

    handover_id: str
    record: str
    data: Mapping[str, Any]
    actor: Actor
    id: str
    at: datetime
    expects: int | None = None
    asked: Asked | None = None

    @property
    def kind(self) -> type[Event]:
        """The event that it becomes. Raises Refused `invalid_data` for a type that is no fact about a handover."""
        kind = CURRENT.get(self.record)
        if kind is None or kind.topic not in OWNERS:
            raise Refused("invalid_data", "/type", status=422)
        return kind

    @property
    def owner(self) -> Owner:
        """Whose stream it goes to: the saga's, one of the person's kept here, or intake's."""
        return OWNERS[self.kind.topic]


def event_of(command: Command, about: About) -> Event:
    """The event it becomes. Raises pydantic's ValidationError."""
    said = {name: value for name, value in command.data.items() if name not in SAID_BY_HUB}
    return command.kind.model_validate(_defaults(command) | said | _fixed(command, about))


def input_of(command: Command, person_ref: str, event: Event | None) -> Input:
    """The command as the table reads it; data that is no event is judged as it came, and refused last."""
    actor = command.actor
    return Input(
        name=command.record,
        id=command.id,
        at=getattr(event, "at", None) or command.at,
        known_at=command.at,
        data=clear_payload(event) if event else command.data,
        by=Sender(actor.name, actor.role, actor.org, actor.capacity or ""),
        person_ref=person_ref,
        expects=command.expects,
    )


def finished(event: Event, one: Taken) -> Event:
    """The event with what only the decision knows: which handover, both officials, and whether the report is late."""
    fields = type(event).model_fields
    known: dict[str, Any] = {"handover_id": one.after.handover_id}
    if one.step.officials:
        known |= {"officials": one.step.officials, "two_person": True}
    if isinstance(event, PersonReported):
        known["late"] = one.after.late
    return event.model_copy(update={name: value for name, value in known.items() if name in fields})


def invalid(error: ValidationError, kind: type[Event]) -> Refused:
    """What is wrong as names of the event's own fields, never what stood there nor what a sender called it."""
    known = names_in(kind)
    found = [each["loc"] for each in error.errors(include_input=False)]
    places = {"/" + "/".join(own_name(part, known) for part in place) for place in found}
    return Refused("invalid_data", ", ".join(sorted(places)), status=422)


@cache
def names_in(kind: Hashable) -> frozenset[str]:
    """The names of all fields of a model and of the models inside it; none for any other type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inner = (names_in(cast("Hashable", one.annotation)) for one in kind.model_fields.values())
        aliases = (one.alias for one in kind.model_fields.values() if one.alias)
        return frozenset(kind.model_fields).union(aliases, *inner)
    return frozenset().union(*(names_in(one) for one in get_args(kind)))


def own_name(part: int | str, known: frozenset[str]) -> str:
    """A name of the event itself; what a sender made up is not repeated."""
    return str(part) if isinstance(part, int) or part in known else UNKNOWN


def _defaults(command: Command) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if command.record in SIGNED_BY_SENDER:
        found[SIGNED_BY_SENDER[command.record]] = command.actor.name
    if command.record == "PersonReported":
        found |= {"station_id": command.actor.org, "at": command.at}
    return found


def _fixed(command: Command, about: About) -> dict[str, Any]:
    fixed: dict[str, Any] = {"person_ref": about.person_ref}
    if "handover_id" in command.kind.model_fields:
        fixed["handover_id"] = about.handover_id
    if command.record in OF_SENDERS_STATION:
        fixed["station_id"] = command.actor.org
    return fixed
