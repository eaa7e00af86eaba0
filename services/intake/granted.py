"""Facts of intake's topic that handover has authorised: it knows who may say what, intake owns the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field, ValidationError

from schemas import registry
from schemas.base import PersonEvent
from schemas.intake import ConsentWithdrawn, IntakeEvent
from services.intake import sealing_alarm
from services.intake.bodies import Body, invalid, named, refuse_names
from services.intake.desk import Desk
from services.intake.disclosing import Ledger
from services.intake.domain.consents import ALL
from services.intake.named_fields import identities_in
from services.intake.streams import append_person
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.store import Cause, Draft

KNOWN_PERSON: Final = "select 1 from vault.identities where person_ref = $1"
HOLD_PERSON: Final = KNOWN_PERSON + " for key share"
"""Nobody seals or deletes the person before this transaction ends."""
INTAKE_ONLY: Final = frozenset(
    {"PersonRegistered", "ReleaseNoticeReceived", "JurisdictionResolved", "JurisdictionUnresolved", "LegalBasisMissing"}
)


class GrantedBody(Body):
    """`actor`: the staff pseudonym that acted; `correlation_id`: the handover it belongs to."""

    person_ref: str = Field(min_length=1, max_length=64)
    type: str = Field(max_length=60)
    data: dict[str, Any]
    actor: str = Field(max_length=200)
    capacity: str | None = Field(default=None, max_length=64)
    correlation_id: str | None = Field(default=None, max_length=64)


@dataclass(frozen=True, slots=True)
class Granted:
    """A fact ready to be appended."""

    event: PersonEvent
    cause: Cause


def read_granted(data: dict[str, Any]) -> Granted:
    """The fact, or InvalidInput; a plain identity or a forbidden field is refused by name."""
    refuse_names(data)
    if names := identities_in(data.get("data")):
        raise named("plain_identity", names)
    try:
        body = GrantedBody.model_validate(data)
        event = _kind(body.type).model_validate({**body.data, "person_ref": body.person_ref})
    except ValidationError as wrong:
        raise invalid(wrong) from None
    cause = Cause(actor_ref=body.actor, capacity=body.capacity, correlation_id=body.correlation_id)
    return Granted(event, cause)


async def append_granted(db: Connection, desk: Desk, granted: Granted) -> list[str]:
    """Append the fact to its person's stream; Refused(person_unknown)."""
    person_ref = granted.event.person_ref
    if not await db.fetchval(HOLD_PERSON, person_ref):
        raise Refused("person_unknown", person_ref, status=404)
    now = desk.clock.now()
    recorded = await append_person(db, desk.store, person_ref, [Draft(granted.event, now, granted.cause)])
    if isinstance(granted.event, ConsentWithdrawn):
        await Ledger(desk.store, desk.ids).recall(db, granted.event, granted.cause, now)
        if granted.event.consent_id == ALL:
            await sealing_alarm.expect(db, desk, person_ref, now)
    return [row.event_id for row in recorded]


def _kind(name: str) -> type[IntakeEvent]:
    kind = registry.CURRENT.get(name)
    if kind is None or not issubclass(kind, IntakeEvent) or name in INTAKE_ONLY:
        raise named("type_unknown", ["type"])
    return kind
