"""Records over HTTP: authorised and decided by the table, audited, and written in one transaction."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from pydantic import ValidationError

from schemas.base import Event
from services.handover import audit, saga_store
from services.handover.audit import Audited, Outcome
from services.handover.commands import Command, event_of, finished, input_of, invalid
from services.handover.desk import Desk
from services.handover.domain.decide import decide
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input, Step
from services.handover.facts import with_order_tag
from services.handover.saga_store import Held
from services.handover.writing import Taken, said, taken, write
from services.kernel import idempotency
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, WrongVersion
from services.kernel.idempotency import Answer
from services.kernel.store import Draft

FORBIDDEN: Final = frozenset({"actor_not_allowed", "not_your_organisation"})
INVALID: Final = "invalid_data"
DONE: Final = frozenset({"applied", "folded", "pending"})
OK, PENDING = 200, 202
T = TypeVar("T")


async def record(desk: Desk, command: Command) -> Answer:
    """Take one record. Raises Refused with the code of what stands against it; the refusal is audited."""
    if command.owner == "intake":
        return await _forward(desk, command)
    return _or_raise(await retrying(desk.pool, partial(_take, desk, command), also=(WrongVersion,)))


async def judge(desk: Desk, command: Command, held: Held | None) -> Taken:
    """What the table makes of it. Raises Refused; that the data is wrong is said last."""
    if held is None:
        raise Refused("unknown_handover", status=404)
    wrong, event = _event(command, held.saga)
    given = await with_order_tag(input_of(command, held.saga, event), desk.sealer)
    step = decide(held.saga, given, desk.context(blocked=held.blocked))
    _refuse_if_due(step, wrong)
    one = taken(held.saga, given, step)
    return replace(one, record=finished(event, one)) if event else one


def _event(command: Command, saga: Saga) -> tuple[Refused | None, Event | None]:
    try:
        return None, event_of(command, saga)
    except ValidationError as error:
        return invalid(error), None


def _refuse_if_due(step: Step, wrong: Refused | None) -> None:
    if step.outcome == "refused" and step.reason != INVALID:
        raise Refused(step.reason, status=403 if step.reason in FORBIDDEN else 409)
    if step.outcome == "refused" or wrong:
        raise wrong or Refused(INVALID, status=422)
    if step.outcome not in DONE:
        raise Refused("not_in_this_state")


async def _take(desk: Desk, command: Command, db: Connection) -> Answer | Refused:
    known = await idempotency.recall(db, command.asked)
    if known is not None:
        return known
    held = await saga_store.by_id(db, command.handover_id)
    try:
        one = await judge(desk, command, held)
    except Refused as refused:
        return await _refuse(desk, db, command, refused)
    answer = await _write(desk, db, command, held, one)
    await _finish(desk, command, answer, db)
    return answer


async def _write(desk: Desk, db: Connection, command: Command, held: Held | None, one: Taken) -> Answer:
    if one.step.outcome == "pending":
        written = await write(desk, db, held, [replace(one, record=None)])
        return _answer(written.saga, (), PENDING)
    if command.owner == "person" and held is not None and one.record is not None:
        return _answer(held.saga, (await _append(desk, db, held.saga, one.record, one.given),))
    written = await write(desk, db, held, [one])
    return _answer(written.saga, written.event_ids)


async def _append(desk: Desk, db: Connection, saga: Saga, event: Event, given: Input) -> str:
    """A fact kept for a service that does not exist yet; it folds into the saga when it comes back from the topic."""
    stream = f"{event.topic.split('.')[1]}-{saga.person_ref}"
    version = await desk.store.version(db, stream)
    draft = Draft(event, given.at, said(desk, saga, given), given.id)
    return (await desk.store.append(db, stream, saga.person_ref, version, [draft]))[0].event_id


async def _forward(desk: Desk, command: Command) -> Answer:
    """A fact that intake owns: authorised here, appended there, folded when it comes back from the topic."""
    held = _or_raise(await retrying(desk.pool, partial(_check, desk, command)))
    if isinstance(held, Answer):
        return held
    data = {name: value for name, value in command.data.items() if name != "person_ref"}
    event_ids = await desk.ports["intake_facts"](held.saga.person_ref, command.record, data, command.actor)
    answer = _answer(held.saga, tuple(event_ids))
    await retrying(desk.pool, partial(_finish, desk, command, answer))
    return answer


async def _check(desk: Desk, command: Command, db: Connection) -> Held | Answer | Refused:
    known = await idempotency.recall(db, command.asked)
    if known is not None:
        return known
    held = await saga_store.by_id(db, command.handover_id)
    try:
        await judge(desk, command, held)
    except Refused as refused:
        return await _refuse(desk, db, command, refused)
    return held or Refused("unknown_handover", status=404)


async def _refuse(desk: Desk, db: Connection, command: Command, refused: Refused) -> Refused:
    what = Audited(command.handover_id, command.record, "refused", refused.code)
    await audit.write(db, command.actor, what, desk.clock.now())
    return refused


async def _finish(desk: Desk, command: Command, answer: Answer, db: Connection) -> None:
    outcome: Outcome = "pending" if answer.status == PENDING else "accepted"
    await audit.write(db, command.actor, Audited(command.handover_id, command.record, outcome), desk.clock.now())
    await idempotency.remember(db, command.asked, answer, desk.clock.now())


def _answer(saga: Saga, event_ids: tuple[str, ...], status: int = OK) -> Answer:
    body = {"event_ids": list(event_ids), "version": saga.version, "state": saga.state}
    return Answer(status, body | {"pending": True} if status == PENDING else body)


def _or_raise(found: T | Refused) -> T:
    if isinstance(found, Refused):
        raise found
    return found
