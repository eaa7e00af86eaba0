"""Somebody reports who was not announced: the opening fact of a saga, or a record on the one that lives."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any, Final

from pydantic_core import to_json

from services.handover import saga_store
from services.handover.answering import OK, finish, refuse
from services.handover.commands import Command
from services.handover.desk import Desk
from services.handover.following import followed
from services.handover.judging import judge
from services.handover.writing import write
from services.kernel import idempotency
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, WrongVersion
from services.kernel.idempotency import Answer, Asked
from services.kernel.tokens import Actor

PORT: Final = "walk_in"
REPORT: Final = "PersonReported"


async def report(desk: Desk, person_ref: str, actor: Actor, data: dict[str, Any], key: str | None = None) -> str:
    """The id of the handover that the report opened or met; the same for the same `key` of a person, reported once.

    Raises Refused as any record.
    """
    command = Command(
        handover_id="",
        record=REPORT,
        data=data,
        actor=actor,
        id=desk.ids.new(),
        at=desk.clock.now(),
        asked=_asked(person_ref, data, key) if key else None,
    )
    found = await retrying(desk.pool, partial(_take, desk, command, person_ref), also=(WrongVersion,))
    if isinstance(found, Refused):
        raise found
    return str(found.body["handover_id"])


def _asked(person_ref: str, data: dict[str, Any], key: str) -> Asked:
    """What intake asked for under its own key, apart from what people ask for under theirs."""
    return Asked(key, f"{PORT}/{person_ref}", sha256(to_json(data)).hexdigest())


async def _take(desk: Desk, command: Command, person_ref: str, db: Connection) -> Answer | Refused:
    held = await saga_store.of_person(db, person_ref)
    known = await idempotency.recall(db, command.asked)  # under the person's lock: whoever was faster has answered
    if known is not None:
        return known
    command = replace(command, handover_id=held.saga.handover_id if held else "")
    try:
        one = await judge(desk, db, command, held, person_ref)
    except Refused as refused:
        return await refuse(desk, command, refused, db)
    done = [one, *await followed(desk, db, one.after)] if one.step.opens else [one]
    written = await write(desk, db, None if one.step.opens else held, done)
    answer = Answer(OK, {"handover_id": written.saga.handover_id})
    await finish(desk, replace(command, handover_id=written.saga.handover_id), answer, db)
    return answer
