"""A saga's alarms that came due: what the table makes of them, in the transaction that marks them."""

from __future__ import annotations

from collections.abc import Mapping

from services.handover import alarms, saga_store
from services.handover.calendar_watch import brought_up
from services.handover.desk import Desk
from services.handover.domain.decide import decide_due, evolve, input_of
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import Context
from services.handover.writing import Taken, write
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline, Outcome


async def fire(desk: Desk, db: Connection, saga_id: str, due: list[Deadline]) -> Mapping[Deadline, Outcome]:
    """Everything due for one saga at one evaluation, in its order. Redone whole where a fact was faster.

    No outcome for an alarm that another one moved beyond now.
    """
    held = await saga_store.by_id(db, saga_id)
    if held is None:
        return dict.fromkeys(due, "ignored")
    context = await desk.context(db, held)
    done = brought_up(desk, held.saga, context)
    done += came_due(done[-1].after if done else held.saga, [alarms.timer(one) for one in due], context)
    if done:
        await write(desk, db, held, done)
    outcomes = {_key(one.timer): one.step.outcome for one in done if one.timer}
    return {one: "ignored" if outcomes[_key(one)] == "ignored" else "fired" for one in due if _key(one) in outcomes}


def came_due(saga: Saga, due: list[Timer], context: Context) -> list[Taken]:
    """One step for each alarm that is still due when its turn comes; later ones see what earlier ones did."""
    done: list[Taken] = []
    for timer, step in decide_due(saga, due, context):
        saga = evolve(saga, step)
        done.append(Taken(input_of(timer, context), step, saga, timer=timer))
    return done


def _key(one: Deadline | Timer) -> tuple[str, int, int]:
    return one.name, one.deadline_rev, one.occurrence
