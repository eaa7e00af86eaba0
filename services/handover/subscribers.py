"""Facts from the hub's topics: each finds its person's saga, and everything it causes stands in the same transaction."""

from __future__ import annotations

from functools import partial

from schemas.parked import EventParked, EventReleased, Parked
from schemas.registry import CURRENT
from services.handover import blocked, saga_store, waiting
from services.handover.desk import FACTS, PARKED, Desk
from services.handover.domain.decide import decide
from services.handover.domain.saga import Saga
from services.handover.domain.table import shipped_table
from services.handover.facts import input_of, person_of
from services.handover.saga_store import Held
from services.handover.writing import Taken, write
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
    """The wire types of those topics that the table knows; every other type is acknowledged."""
    table = shipped_table()
    known = (CURRENT[name] for name in table.inputs | table.facts if name in CURRENT)
    return frozenset(kind.wire for kind in known if kind.topic in TOPICS)


async def on_parked(desk: Desk, db: Connection, message: Message) -> None:
    """A blocked message of a person holds up their statutory steps; one that was set aside holds up nothing."""
    if isinstance(message.event, Parked):
        await blocked.note(db, message.event, desk.clock.now())


async def on_fact(desk: Desk, db: Connection, message: Message) -> None:
    """Raises SetAside for a fact that fits no rule; a fact that comes before its saga waits for it."""
    person_ref = person_of(message.event)
    if person_ref:
        await take(desk, db, message, await saga_store.of_person(db, person_ref))


async def take(desk: Desk, db: Connection, message: Message, held: Held | None) -> None:
    """One fact on a saga, or on none."""
    given = await input_of(message, desk.sealer)
    step = decide(held.saga if held else None, given, desk.context(blocked=bool(held and held.blocked)))
    match step.outcome:
        case "set_aside":
            raise SetAside(step.reason)
        case "waits":
            if not of_closed(message, held):
                await waiting.put(db, message, given.person_ref, desk.clock.now())
        case "applied" | "folded":
            followers = await followed(desk, db, given.person_ref, step.after) if step.opens else []
            await write(desk, db, None if step.opens else held, [Taken(given, step), *followers])
        case _:
            return


async def followed(desk: Desk, db: Connection, person_ref: str, saga: Saga | None) -> list[Taken]:
    """What waited for this saga, on it; what fits no rule is set aside without holding up the others."""
    taken: list[Taken] = []
    for one in await waiting.take(db, person_ref):
        given = await input_of(one.message, desk.sealer)
        step = decide(saga, given, desk.context())
        if step.outcome == "set_aside":
            await desk.parking.set_aside(db, FACTS, one.named(), step.reason)
        elif step.outcome == "waits":
            await waiting.put(db, one.message, person_ref, desk.clock.now())
        elif step.after is not None:
            saga = step.after
            taken.append(Taken(given, step))
    return taken


def of_closed(message: Message, held: Held | None) -> bool:
    """Recorded on a saga that has ended: it belongs there, not to the next one."""
    return held is not None and message.envelope.correlationid == held.saga.handover_id
