"""A command before the table: what it becomes, or the one refusal that is named."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from schemas.base import Event
from schemas.ids import ULID
from schemas.privacy import DisputeRaised
from services.handover.commands import About, Command, event_of, finished, input_of, invalid, names_in, own_name
from services.handover.desk import Desk
from services.handover.domain.contacts import beyond_limits, in_future
from services.handover.domain.decide import decide
from services.handover.domain.refusals import GUARD_NOT_MET, NOT_YOUR_ORGANISATION
from services.handover.domain.senders import may_send, may_send_about_any
from services.handover.domain.words import Sender, Step
from services.handover.facts import with_content_tag, with_order_tag
from services.handover.saga_store import Held
from services.handover.sharing import not_shared
from services.handover.writing import Taken, taken
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.reference.exclusions import excluded_fields

FORBIDDEN: Final = frozenset({"actor_not_allowed", "not_your_organisation"})
INVALID: Final = "invalid_data"
DONE: Final = frozenset({"applied", "folded", "pending"})
UNOPENED: Final = "-"


async def judge(desk: Desk, db: Connection, command: Command, held: Held | None, person_ref: str = "") -> Taken:
    """What the table makes of a command. Raises Refused; that the data is wrong is said last.

    `person_ref`: whom a walk-in is about, where no saga is held; without it an unknown handover is refused.
    """
    if held is None and not person_ref:
        raise missing(desk, command)
    saga = held.saga if held else None
    about = About(saga.person_ref, saga.handover_id) if saga else About(person_ref, UNOPENED)
    wrong, event = _event(command, about)
    context = await desk.context(db, held)
    given = await with_order_tag(input_of(command, about.person_ref, event), desk.sealer)
    if event and context.actors.needs_two(given.name):
        given = await with_content_tag(given, event, desk.sealer)
    step = decide(saga, given, context)
    if in_future(given):
        wrong = wrong or Refused(INVALID, "/at", status=422)
    limit = beyond_limits(saga, given, context.policy) or await not_shared(desk, db, saga, given)
    _refuse_if_due(step, wrong, limit)
    one = taken(saga, given, step)
    return replace(one, record=finished(event, one)) if event else one


def missing(desk: Desk, command: Command) -> Refused:
    """A handover that there is not is refused as one of somebody else's, except to who may act in all of them."""
    given, actor = input_of(command, "", None), command.actor
    sender = Sender(actor.name, actor.role, actor.org)
    code = may_send(given, sender, None, desk.organisations)
    if code is None and may_send_about_any(given, sender, desk.organisations):
        return Refused("unknown_handover", status=404)
    return Refused(code or NOT_YOUR_ORGANISATION, status=403)


def _event(command: Command, about: About) -> tuple[Refused | None, Event | None]:
    if excluded := excluded_fields(command.data):
        known = names_in(command.kind)
        return Refused(INVALID, ", ".join(f"/{own_name(name, known)}" for name in excluded), status=422), None
    try:
        event = event_of(command, about)
    except ValidationError as error:
        return invalid(error, command.kind), None
    if isinstance(event, DisputeRaised) and event.event_id and not re.match(ULID, event.event_id):
        return Refused(INVALID, "/event_id", status=422), None  # older facts may say otherwise, new ones hold an id
    return None, event


def _refuse_if_due(step: Step, wrong: Refused | None, limit: str | None) -> None:
    """`limit`: a limit that the table does not know; it is named where the table's own guards are."""
    if step.outcome == "refused" and step.reason != INVALID:
        raise Refused(step.reason, status=403 if step.reason in FORBIDDEN else 409)
    if limit:
        raise Refused(GUARD_NOT_MET, limit)
    if step.outcome == "refused" or wrong:
        raise wrong or Refused(INVALID, status=422)
    if step.outcome not in DONE:
        raise Refused("not_in_this_state")
