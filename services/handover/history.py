"""What a person's handovers say about the end of their record, told to the service that seals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from schemas.casework import TestResultRecorded
from schemas.sealed import Clear
from services.handover import saga_store
from services.handover.desk import FACTS, Desk
from services.handover.domain.parts import Handled
from services.handover.domain.saga import Order, Saga
from services.handover.domain.table import shipped_table
from services.kernel import inbox
from services.reference.policy import Policy
from services.reference.terms import Duration, Term, date_of

PORT: Final = "handover_history"
POSITIVE: Final = "POS"
TERMS: Final = {"CRH": "measure.rehab.max_term", "CDT": "measure.community_detox.term"}


async def told(desk: Desk, person_ref: str) -> dict[str, Any]:
    """Days as ISO text or None; `live`, `track`, `station`, `handover_id` of the last handover, empty without one.

    `heard`: the version of intake's stream of the person up to which this is known, or later.
    """
    async with desk.pool.acquire() as db:
        heard = await inbox.last_sequence(db, FACTS, f"person-{person_ref}")  # before what it led to
        sagas = await saga_store.read_of_person(db, person_ref)
    days = {
        "released": _last(date_of(each.saga.released_at) for each in sagas if each.saga.released_at),
        "executed": _last(date_of(order.served_at) for order in _standing(sagas) if order.served_at),
        "last_use": await _last_use(desk, person_ref),
        "measure_until": _last(_runs_until(order, desk) for order in _standing(sagas)),
        "agreement_until": _last(_agreements(sagas)),
        "ended": _last(date_of(each.changed) for each in sagas),
    }
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    return told | _standing_of(sagas) | {"heard": heard}


def _standing_of(sagas: list[Handled]) -> dict[str, Any]:
    newest = sagas[-1].saga if sagas else Saga(handover_id="", person_ref="")
    return {
        "live": any(each.saga.state not in shipped_table().terminal for each in sagas),
        "track": next((each.saga.track for each in reversed(sagas) if each.saga.track != "VOLUNTARY"), "VOLUNTARY"),
        "station": newest.accountable or newest.place.station or "",
        "handover_id": newest.handover_id,
    }


def _standing(sagas: list[Handled]) -> Iterator[Order]:
    for each in sagas:
        yield from (order for order in each.saga.orders.values() if not order.revoked)


def _runs_until(order: Order, desk: Desk) -> date | None:
    """The last day of an order's term; without one in the order, that of the law."""
    if order.served_at is None:
        return None
    term = Term(Duration(months=order.term_months)) if order.term_months else _term(order, desk.policies.current)
    return term.after(date_of(order.served_at), desk.calendars.current)


def _term(order: Order, policy: Policy) -> Term:
    return policy.term(TERMS.get(order.kind, TERMS["CRH"]))


def _agreements(sagas: list[Handled]) -> Iterator[date | None]:
    """Until when each agreement runs; one that was ended ends with what its handover knows."""
    for each in sagas:
        yield from (agreed.ends for agreed in each.saga.agreements.values() if not agreed.ended)


async def _last_use(desk: Desk, person_ref: str) -> date | None:
    """The day of the last final positive result; a preliminary one is no confirmed use."""
    async with desk.pool.acquire() as db:
        facts = await desk.store.load(db, f"casework-{person_ref}")
    found: list[date] = []
    for fact in facts:
        event = fact.event()
        if isinstance(event, TestResultRecorded) and event.stage != "PRELIM" and event.final is not False:
            opened = await desk.sealer.open(event, fact.event_id)
            if isinstance(opened, TestResultRecorded) and _positive(opened):
                found.append(date_of(datetime.fromisoformat(fact.meta["time"])))
    return _last(found)


def _positive(result: TestResultRecorded) -> bool:
    return isinstance(result.result, Clear) and result.result.value == POSITIVE


def _last(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day), default=None)
