"""Sagas compared with what they remember: the fold of its steps is the saga, its stream and alarms say the same.

Reads only, in READ ONLY transactions; nothing is decided and nothing is sent.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any, Final

from services.handover import audit
from services.handover.domain.memory import from_json, patched, to_json
from services.handover.domain.saga import Saga, Timer
from services.kernel.chain import Chain, Mac, Ports
from services.kernel.db import Connection, Pool
from services.kernel.verifying import Check, Finding, digest

NAME: Final = "sagas"
PAGE: Final = 200

# One statement, so one snapshot: a saga, its steps, its stream and its alarms as one transaction left them.
SAGAS: Final = """
select handover_id, person_ref, state, version, written, doc,
    array(select patch from steps where steps.handover_id = sagas.handover_id order by steps.version) as patches,
    array(select version from events where stream_id = 'handover-' || sagas.handover_id order by version) as events,
    array(
        select concat_ws(
            ' ', name, deadline_rev, occurrence, extract(epoch from due_at)::bigint, policy_key, calendar_version)
        from deadlines where saga_id = sagas.handover_id and deadlines.state = 'armed' order by name
    ) as alarms
from sagas where handover_id > $1 order by handover_id limit $2
"""


@dataclass(slots=True)
class Comparison:
    """What a walk over all sagas finds; `live` and `rebuilt` are lines to be hashed."""

    facts: int = 0
    live: list[str] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)


def checks(pool: Pool) -> tuple[Check, ...]:
    """The service's one check; sagas are never rebuilt, since their steps are their memory."""
    return (Check(NAME, partial(verify, pool)),)


def chains(pool: Pool, mac: Mac, ports: Ports) -> tuple[Chain, ...]:
    """The chains over the events and over the commands, refused ones too."""
    commands = Chain(pool, mac, "audit.commands", table="audit", rows=audit.ROWS)
    return (Chain(pool, mac, "audit.handover", ports=ports), commands)


async def verify(pool: Pool) -> Finding:
    """All sagas; `differ` names each that is wrong with `doc`, `row`, `events` or `alarms`."""
    found = Comparison()
    async with pool.acquire() as db:
        async for row in _sagas(db):
            _compare(found, row)
    return Finding(
        name=NAME,
        facts=found.facts,
        live=await digest(_each(found.live)),
        rebuilt=await digest(_each(found.rebuilt)),
        differ=tuple(found.differ),
    )


def folded(handover_id: str, patches: Sequence[Mapping[str, Any]]) -> Saga:
    """The saga that its steps give."""
    return reduce(patched, patches, Saga(handover_id=handover_id, person_ref=""))


async def _sagas(db: Connection) -> AsyncIterator[Mapping[str, Any]]:
    after = ""
    while True:
        async with db.transaction(readonly=True):
            rows = await db.fetch(SAGAS, after, PAGE)
        for row in rows:
            yield dict(row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["handover_id"]


def _compare(found: Comparison, row: Mapping[str, Any]) -> None:
    kept, folds = from_json(row["doc"]), folded(row["handover_id"], row["patches"])
    found.facts += len(row["patches"])
    found.live.append(_canonical(kept))
    found.rebuilt.append(_canonical(folds))
    found.differ += [f"{row['handover_id']} {what}" for what in _wrong(row, kept, folds)]


def _wrong(row: Mapping[str, Any], kept: Saga, folds: Saga) -> Iterator[str]:
    if kept != folds:
        yield "doc"
    if (row["person_ref"], row["state"], row["version"]) != (folds.person_ref, folds.state, folds.steps):
        yield "row"
    if row["events"] != list(range(1, row["written"] + 1)):
        yield "events"
    if row["alarms"] != alarms_of(folds):
        yield "alarms"


def alarms_of(saga: Saga) -> list[str]:
    """The alarms that should be armed, by name: key, due instant in seconds since 1970, policy key and calendar."""
    timers = sorted(saga.timers.values(), key=lambda timer: timer.name)
    return [f"{one.name} {one.deadline_rev} {one.occurrence} {_basis(one)}" for one in timers]


def _basis(timer: Timer) -> str:
    return f"{int(timer.due_at.timestamp())} {timer.policy_key} {timer.calendar_version}"


def _canonical(saga: Saga) -> str:
    return json.dumps(to_json(saga), ensure_ascii=False, sort_keys=True)


async def _each(lines: Sequence[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line
