"""The saga's two clocks: the law's, from which the deadline counts, and the helpers' (specification §3.4.1-5, -7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.handover.domain.saga import Saga, Track
from services.handover.domain.words import Context
from services.reference.terms import date_of, instant_of


def settled(saga: Saga, context: Context) -> Saga:
    """The saga with track, clocks, deadline and lateness as its facts now say."""
    track = track_of(saga)
    clock_start = _clock_start(saga, track)
    known = replace(saga, track=track, clock_start=clock_start)
    deadline = deadline_of(known, context)
    if saga.deadline and deadline and (saga.track, saga.clock_start) == (track, clock_start):
        deadline = max(deadline, saga.deadline)  # a year that the calendar learns later takes no day from the person
    known = replace(known, deadline=deadline, rung_clock=_rung_clock(known))
    return replace(known, late=_late(known))


def deadline_of(saga: Saga, context: Context) -> date | None:
    """The last day to report as that calendar counts it, whatever the person was told before; None where none runs."""
    key = context.table.timers["T_DEADLINE"].key_for(saga.track)
    if saga.clock_start is None or key is None:
        return None
    return context.policy.term(key).after(date_of(saga.clock_start), context.calendar)


def track_of(saga: Saga) -> Track:
    """ORDERED while an unrevoked order is known, else by the notice's basis."""
    if saga.served_orders:
        return "ORDERED"
    return "PRISON" if saga.on_prison_basis else "VOLUNTARY"


def grace_ends(saga: Saga, context: Context) -> datetime | None:
    """From when the statutory notice may be signed: the deadline and its grace are over."""
    key = context.table.timers["T_SIGN"].key_for(saga.track)
    if saga.deadline is None or key is None:
        return None
    ends = instant_of(context.policy.term(key).after(saga.deadline, context.calendar), "end")
    announced = saga.timers.get("T_SIGN")
    return max(ends, announced.due_at) if announced and announced.occurrence == 1 else ends


def deadline_over(saga: Saga, now: datetime) -> bool:
    """Whether the last day to report has ended."""
    return saga.deadline is not None and now >= instant_of(saga.deadline, "end")


def _clock_start(saga: Saga, track: Track) -> datetime | None:
    if saga.released_at is None:
        return None
    served = [order.served_at for order in saga.served_orders.values() if order.served_at]
    return max([saga.released_at, *served]) if track == "ORDERED" else saga.released_at


def _rung_clock(saga: Saga) -> date | None:
    if saga.clock_start is None:
        return None
    base = max(date_of(saga.clock_start), saga.restarted or date.min)
    held = sum(max((lifted - max(placed, base)).days, 0) for placed, lifted in saga.holds)
    return base + timedelta(days=held)


def _late(saga: Saga) -> bool | None:
    if saga.reported_at is None or saga.deadline is None or saga.released_at is None:
        return None
    return date_of(saga.reported_at) > saga.deadline
