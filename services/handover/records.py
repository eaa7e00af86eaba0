"""Records over HTTP: authorised and decided by the table, audited, and written in one transaction."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from hashlib import sha256

from schemas.base import Event
from services.handover import saga_store
from services.handover.answering import PENDING, answer_of, finish, refuse
from services.handover.commands import Command
from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input
from services.handover.judging import judge
from services.handover.saga_store import Held
from services.handover.writing import Taken, said, write
from services.kernel import idempotency
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, WrongVersion
from services.kernel.idempotency import Answer
from services.kernel.store import Draft


async def record(desk: Desk, command: Command) -> Answer:
    """Take one record. Raises Refused with the code of what stands against it; the refusal is audited."""
    if command.owner == "intake":
        return await _forward(desk, command)
    answer = await retrying(desk.pool, partial(_take, desk, command), also=(WrongVersion,))
    if isinstance(answer, Refused):
        raise answer
    return answer


async def _take(desk: Desk, command: Command, db: Connection) -> Answer | Refused:
    known = await idempotency.recall(db, command.asked)
    if known is not None:
        return known
    held = await saga_store.by_id(db, command.handover_id)
    try:
        one = await judge(desk, db, command, held)
    except Refused as refused:
        return await refuse(desk, command, refused, db)
    answer = await _write(desk, db, command, held, one)
    await finish(desk, command, answer, db)
    return answer


async def _write(desk: Desk, db: Connection, command: Command, held: Held | None, one: Taken) -> Answer:
    if one.step.outcome == "pending":
        written = await write(desk, db, held, [replace(one, record=None)])
        return answer_of(written.saga, (), PENDING)
    if command.owner == "person" and held is not None and one.record is not None:
        return answer_of(held.saga, (await _append(desk, db, held.saga, one.record, one.given),))
    written = await write(desk, db, held, [one])
    return answer_of(written.saga, written.event_ids)


async def _append(desk: Desk, db: Connection, saga: Saga, event: Event, given: Input) -> str:
    """A fact kept for a service that does not exist yet; it folds into the saga when it comes back from the topic."""
    stream = f"{event.topic.split('.')[1]}-{saga.person_ref}"
    draft = Draft(event, given.at, said(saga, given), given.id)
    return (await desk.store.append(db, stream, saga.person_ref, None, [draft]))[0].event_id


async def _forward(desk: Desk, command: Command) -> Answer:
    """A fact that intake owns: authorised here, appended there, folded when it comes back from the topic."""
    found = await retrying(desk.pool, partial(_check, desk, command))
    if isinstance(found, Refused):
        raise found
    if isinstance(found, Answer):
        return found
    try:
        event_ids = await _append_at_intake(desk, command, found.saga.person_ref)
    except Refused as refused:
        await retrying(desk.pool, partial(refuse, desk, command, refused))
        raise
    return await retrying(desk.pool, partial(_keep, desk, command, answer_of(found.saga, tuple(event_ids))))


async def _keep(desk: Desk, command: Command, answer: Answer, db: Connection) -> Answer:
    """This answer, or the one of the same request that was faster."""
    known = await idempotency.recall(db, command.asked)
    if known is None:
        await finish(desk, command, answer, db)
    return known or answer


async def _append_at_intake(desk: Desk, command: Command, person_ref: str) -> list[str]:
    """The same key of the same sender again gives the same events, so a repeated command is harmless."""
    data = {name: value for name, value in command.data.items() if name != "person_ref"}
    found: list[str] = await desk.ports["intake_facts"](
        person_ref, command.record, data, command.actor, _key_at_intake(command)
    )
    return found


def _key_at_intake(command: Command) -> str:
    """There every key comes from the hub, so it says whose it was and for which handover."""
    actor, key = command.actor, command.asked.key if command.asked else command.id
    return sha256(f"{actor.role}|{actor.org}|{actor.name}|{command.handover_id}|{key}".encode()).hexdigest()


async def _check(desk: Desk, command: Command, db: Connection) -> Held | Answer | Refused:
    known = await idempotency.recall(db, command.asked)
    if known is not None:
        return known
    held = await saga_store.by_id(db, command.handover_id)
    try:
        await judge(desk, db, command, held)
    except Refused as refused:
        return await refuse(desk, command, refused, db)
    return held or Refused("unknown_handover", status=404)
