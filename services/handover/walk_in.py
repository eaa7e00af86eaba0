"""Somebody reports who was not announced: the opening fact of a saga, or a record on the one that lives."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from services.handover import saga_store
from services.handover.answering import answer_of, finish, refuse
from services.handover.commands import Command
from services.handover.desk import Desk
from services.handover.following import followed
from services.handover.judging import judge
from services.handover.writing import write
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, WrongVersion
from services.kernel.kit import Kit
from services.kernel.tokens import Actor

PORT: Final = "walk_in"
REPORT: Final = "PersonReported"


async def report_walk_in(kit: Kit, person_ref: str, actor: Actor, data: dict[str, Any]) -> str:
    """The id of the handover that the report opened or met. Raises Refused as any record; KeyError before `build`."""
    return str(await kit.ports[PORT](person_ref, actor, data))


async def report(desk: Desk, person_ref: str, actor: Actor, data: dict[str, Any]) -> str:
    """The same for a wired service."""
    command = Command(handover_id="", record=REPORT, data=data, actor=actor, id=desk.ids.new(), at=desk.clock.now())
    found = await retrying(desk.pool, partial(_take, desk, command, person_ref), also=(WrongVersion,))
    if isinstance(found, Refused):
        raise found
    return found


async def _take(desk: Desk, command: Command, person_ref: str, db: Connection) -> str | Refused:
    held = await saga_store.of_person(db, person_ref)
    command = replace(command, handover_id=held.saga.handover_id if held else "")
    try:
        one = await judge(desk, command, held, person_ref)
    except Refused as refused:
        return await refuse(desk, command, refused, db)
    done = [one, *await followed(desk, db, one.after)] if one.step.opens else [one]
    written = await write(desk, db, None if one.step.opens else held, done)
    opened = replace(command, handover_id=written.saga.handover_id)
    await finish(desk, opened, answer_of(written.saga, written.event_ids), db)
    return written.saga.handover_id
