"""Facts from the hub's topics: each finds its person's saga; all it causes stands in the same transaction."""

from __future__ import annotations

from functools import partial

from schemas.intake import SourceSequenceGap
from schemas.parked import EventParked, EventReleased, Parked
from schemas.registry import CURRENT
from services.handover import blocked, later_notices, saga_store, sealed, waiting
from services.handover.desk import FACTS, PARKED, Desk
from services.handover.domain.decide import decide
from services.handover.domain.saga import Saga
from services.handover.domain.table import shipped_table
from services.handover.domain.words import Step
from services.handover.facts import input_of, person_of
from services.handover.following import TAKEN, followed
from services.handover.saga_store import Held
from services.handover.waiting import Waiting
from services.handover.writing import taken, write
from services.kernel.db import Connection
from services.kernel.errors import SetAside
from services.kernel.records import Message, Subscription

TOPICS = ("hub.intake.v1", "hub.casework.v1", "hub.privacy.v1")


def subscriptions(desk: Desk) -> tuple[Subscription, ...]:
    """Facts about people; and, as a consumer of its own that a blocked key cannot hold up, what is blocked."""
    told = frozenset({EventParked.wire, EventReleased.wire})
    return (
        Subscription(consumer=FACTS, topics=TOPICS, handle=partial(on_fact, desk), reads=read_types()),
        Subscription(consumer=PARKED, topics=(EventParked.topic,), handle=partial(on_parked, desk), reads=told),
    )


def read_types() -> frozenset[str]:
    """The wire types of those topics that the table knows, and the ends of records; others are acknowledged."""
    table = shipped_table()
    known = (CURRENT[name] for name in table.inputs | table.facts if name in CURRENT)
    return frozenset(kind.wire for kind in known if kind.topic in TOPICS) | {kind.wire for kind in sealed.ENDS}


async def on_parked(desk: Desk, db: Connection, message: Message) -> None:
    """A blocked message of a person holds up their statutory steps; one that was set aside holds up nothing."""
    if isinstance(message.event, Parked):
        await blocked.note(db, message.event, desk.clock.now())


async def on_fact(desk: Desk, db: Connection, message: Message) -> None:
    """Raises SetAside for a fact that fits no rule; a fact that comes before its saga waits for it."""
    person_ref = person_of(message.event)
    if isinstance(message.event, SourceSequenceGap) and not person_ref:
        await blocked.note_gap(db, message.event, desk.clock.now())
    elif isinstance(message.event, sealed.ENDS):
        await sealed.take(desk, db, message.event)
    elif person_ref:
        await take(desk, db, message, await saga_store.of_person(db, person_ref))


async def take(desk: Desk, db: Connection, message: Message, held: Held | None) -> None:
    """One fact on a saga, or on none."""
    given = await input_of(message, desk.sealer)
    saga = held.saga if held else None
    step = decide(saga, given, await desk.context(db, held))
    if step.outcome == "set_aside" and saga and later_notices.comes_later(message, saga):
        await later_notices.link(db, message, saga, desk.clock.now())
        await desk.parking.set_aside(db, FACTS, Waiting(message).named(), step.reason)
    elif step.outcome == "set_aside":
        raise SetAside(step.reason)
    elif step.outcome == "waits" or comes_before_its_saga(message, saga, step):
        await waiting.put(db, message, given.person_ref, desk.clock.now())
    elif step.outcome in TAKEN:
        first = taken(saga, given, step)
        done = [first, *await followed(desk, db, first.after)] if step.opens else [first]
        await write(desk, db, None if step.opens else held, done)


def comes_before_its_saga(message: Message, saga: Saga | None, step: Step) -> bool:
    """What is only known, not acted on, waits for the next saga if the last has ended and it was not recorded there."""
    ended = saga is not None and saga.state in shipped_table().terminal
    return ended and step.outcome == "folded" and message.envelope.correlationid != step.handover_id
