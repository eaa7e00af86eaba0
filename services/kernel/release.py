"""The end of parking: who let a message go and how, told on `hub.parked.v1` in the stream that told of its parking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from schemas.parked import EventParked, EventReleased
from services.kernel.db import Connection
from services.kernel.draining import Outcome
from services.kernel.parking import Failure, Parking, cause_of, described, parked_key, plain, stream
from services.kernel.reading import Named
from services.kernel.store import Draft


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator does: without a reason a retry, with one a discard."""

    actor: str
    reason: str | None = None

    @property
    def outcome(self) -> Literal["RETRIED", "DISCARDED"]:
        """As EventReleased says it."""
        return "RETRIED" if self.reason is None else "DISCARDED"


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked thing and the message at its head."""

    id: str
    consumer: str
    reason: str
    blocking: bool
    head: Named


async def tell_released(db: Connection, parking: Parking, parked: Parked, act: Act, then: Parked | None = None) -> None:
    """Append EventReleased; `then`: what the key is blocked by now, told right behind it."""
    now = parking.clock.now()
    released = EventReleased(
        reason=parked.reason,
        blocking=parked.blocking,
        outcome=act.outcome,
        discard_reason=act.reason,
        **described(parked.head, parked.id, parked.consumer),
    )
    drafts = [Draft(released, now, cause_of(parked.head, act.actor or None))]
    if then:
        again = EventParked(reason=then.reason, blocking=True, **described(then.head, then.id, then.consumer))
        drafts.append(Draft(again, now, cause_of(then.head)))
    name = stream(parked.id)
    await parking.store.append(db, name, parked_key(parked.head), None, drafts)


def answer(parked_id: str, outcome: Outcome, attempts: int) -> dict[str, Any]:
    """What an operator is told: `{"kind","id","released","handled","waiting","attempts","reason","fields"}`."""
    failed = outcome.failed or Failure("")
    return {
        "kind": "parked",
        "id": parked_id,
        "released": outcome.failed is None,
        "handled": outcome.handled,
        "waiting": outcome.waiting,
        "attempts": attempts,
        "reason": failed.reason,
        "fields": list(plain(failed.fields)),
    }
