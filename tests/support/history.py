"""Recorded histories of handovers decided again by today's table: each input as it came, each step as it was kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from services.handover.domain.actors import shipped_actors
from services.handover.domain.decide import decide, decide_due
from services.handover.domain.memory import patched, to_json
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import Context, Input, Step
from services.handover.facts import input_of
from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection
from services.kernel.records import Message
from services.kernel.store import recorded
from services.kernel.words import Sealer
from services.reference.calendar import load_calendar
from services.reference.organisations import load_city
from services.reference.policies import Policies
from services.reference.policy import Policy, load_policy

STEPS: Final = "select * from handover.steps order by handover_id, version"
FACTS: Final = """
select position, xid::text as xid, stream_id, version, event_id, type, data::text, meta, recorded_at
from timeline.journal
where event_id = any($1::text[])
"""
CITY, CALENDAR = load_city("a"), load_calendar()


@dataclass(frozen=True, slots=True)
class Decided:
    """A step as it was recorded, and what today's table makes of the same input."""

    handover_id: str
    input_name: str
    was: tuple[str, tuple[str, ...]]
    now: tuple[str, tuple[str, ...]]
    memory: tuple[str, ...]
    """Names of fields that were changed then and would be otherwise now."""

    @property
    def same(self) -> bool:
        return self.was == self.now and not self.memory


async def decided_again(db: Connection, sealer: Sealer) -> AsyncIterator[Decided]:
    """All steps of all handovers, oldest first; first signatures and what was never published count as they were."""
    rows = await db.fetch(STEPS)
    facts = {row["event_id"]: recorded(row) for row in await db.fetch(FACTS, [row["input_id"] for row in rows])}
    policies = Policies(load_policy())
    for handover_id, lived in groupby(rows, key=lambda row: row["handover_id"]):
        saga: Saga | None = None
        steps = [dict(row) for row in lived]
        policy = await policies.of(db, steps[0]["patch"]["policy_version"])
        for together in _at_once(steps):
            context = _context(together[0], policy)
            if "/" in together[0]["input_id"]:
                made = _due(saga, together, context)
            else:
                fact = facts.get(together[0]["input_id"])
                made = [await _fact(saga, fact, sealer, context)] if fact else []
            for row, step in zip(together, made, strict=False):
                yield _compared(handover_id, saga, row, step)
                saga = patched(saga or Saga(handover_id=handover_id, person_ref=""), row["patch"])
            for row in together[len(made) :]:
                saga = patched(saga or Saga(handover_id=handover_id, person_ref=""), row["patch"])


def agrees(then: Any, now: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether what is known now is what was known then; a later version may know more about a thing."""
    if isinstance(then, dict) and isinstance(now, dict):
        things = all(isinstance(value, dict) for value in then.values())
        same_things = not things or then.keys() == now.keys()
        return same_things and all(name in now and agrees(value, now[name]) for name, value in then.items())
    return bool(then == now)


def _at_once(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Alarms that came due at one evaluation belong together: a higher rung makes a lower one needless."""
    for _, each in groupby(enumerate(rows), key=lambda one: (one[1]["at"], "/" in one[1]["input_id"] or one[0])):
        yield [row for _, row in each]


def _context(row: Mapping[str, Any], policy: Policy) -> Context:
    handover_id = row["handover_id"]
    return Context(row["at"].astimezone(SHANGHAI), policy, CALENDAR, CITY, lambda: handover_id, actors=shipped_actors())


def _due(saga: Saga | None, rows: Sequence[Mapping[str, Any]], context: Context) -> list[Step]:
    assert saga is not None
    known = [saga.timers.get(row["input_name"]) for row in rows]
    armed = [
        timer or Timer(row["input_name"], row["at"], 0, 0, "", "", 0) for timer, row in zip(known, rows, strict=True)
    ]
    return [step for _, step in decide_due(saga, armed, context)]


async def _fact(saga: Saga | None, fact: Any, sealer: Sealer, context: Context) -> Step:  # noqa: ANN401
    message = Message(fact.envelope(), fact.event(), "", 0, 0, "")
    given: Input = await input_of(message, sealer)
    return decide(saga, given, context)


def _compared(handover_id: str, saga: Saga | None, row: Mapping[str, Any], step: Step) -> Decided:
    before = saga or Saga(handover_id=handover_id, person_ref="")
    now = to_json(patched(before, step.patch))
    other = tuple(sorted(name for name, then in row["patch"].items() if name in now and not agrees(then, now[name])))
    was = (row["outcome"], tuple(row["rules"] or ()))
    return Decided(handover_id, row["input_name"], was, (step.outcome, step.rules), other)
