"""A running hub against the lives that `decide` foretold: what its doors answer, and what it knows in the end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.handover.domain.memory import to_json
from services.handover.domain.saga import Saga
from tests.support.lives import WALK_IN, Act, Foretold, Life
from tests.support.saga_stage import Stage

OWN_IDS: Final = frozenset({"handover_id", "orders", "evidence", "documents", "pending"})
DONE: Final = frozenset({"applied", "folded", "pending"})


async def perform(hub: Stage, person: str, act: Act, foretold: Foretold, *, opens: bool) -> str:
    """Tell the hub; a sentence if its door answers otherwise than foretold. `opens`: no handover stood before."""
    if act.by is None:
        await hub.fact(person, act.name, act.data)
        return ""
    if opens and act.name == WALK_IN:
        answer = await hub.walk_in(person, act.data, act.by)
    else:
        known = await hub.handovers(person)
        answer = await hub.record(known[-1].handover_id if known else "", act.name, act.data, act.by)
    accepted = foretold.outcome in DONE
    code = "" if accepted else foretold.reason
    right = (answer.accepted, answer.code) == (accepted, code)
    return "" if right else f"{person} {act} foretold {foretold}, answered {answer}"


async def differs(hub: Stage, life: Life) -> list[str]:
    """What the hub knows of a life, against what was foretold; the streams first, since they tell where it began."""
    sagas = await hub.handovers(life.person_ref)
    said = await hub.said(life.person_ref)
    found = [] if said == life.said else [f"said {first_difference(said, life.said)}"]
    if len(sagas) != len(life.opened):
        return [*found, f"{len(sagas)} handovers, foretold {len(life.opened)}"]
    if life.saga is None:
        return found
    seen, told = remembered(sagas[-1]), remembered(life.saga)
    found += [f"{name} is {seen[name]}, foretold {told[name]}" for name in told if seen[name] != told[name]]
    rows = await hub.armed(life.person_ref)
    found += [] if rows == alarms(life.saga) else [f"rows {rows}, foretold {alarms(life.saga)}"]
    state = (await hub.view(sagas[-1].handover_id))["state"]
    return found + ([] if state == life.saga.state else [f"shown as {state}"])


def remembered(saga: Saga) -> dict[str, object]:
    """Everything in a saga's memory that is not an id or a tag of this one hub."""
    memory = {name: value for name, value in to_json(saga).items() if name not in OWN_IDS}
    return memory | {"level": saga.level, "orders": len(saga.orders), "evidence": sorted(saga.evidence)}


def alarms(saga: Saga) -> list[tuple[str, int, int, datetime]]:
    """What its rows should say."""
    return sorted((one.name, one.deadline_rev, one.occurrence, one.due_at) for one in saga.timers.values())


def first_difference(one: list[str], other: list[str]) -> str:
    """Where two lists part."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{at}: {one[max(0, at - 3) : at + 3]}, foretold {other[max(0, at - 3) : at + 3]}"


async def all_differences(hub: Stage, lives: Iterable[Life]) -> list[str]:
    """Of all these lives, each with its name."""
    return [f"{life.person_ref} {what}" for life in lives for what in await differs(hub, life)]
