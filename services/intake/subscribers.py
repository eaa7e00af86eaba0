"""What intake reads: messages of centres and authorities, and the answers of the saga that ask it to route again."""

from __future__ import annotations

from typing import Final

from schemas.handover import HandoverClosed, HandoverCompleted, HandoverDeclined, HandoverReoffered, RoutingEscalated
from schemas.progress import CompensationPlanned
from services.intake.door import Door
from services.intake.rerouting import Rerouting
from services.kernel.records import Subscription

INGRESS: Final = ("in.detox.v1", "in.authority.v1")
ANSWERS: Final = (
    HandoverDeclined,
    HandoverReoffered,
    RoutingEscalated,
    HandoverClosed,
    HandoverCompleted,
    CompensationPlanned,
)


def subscriptions(door: Door, rerouting: Rerouting) -> tuple[Subscription, ...]:
    """Intake's consumers."""
    return (
        Subscription(
            consumer="intake.ingress",
            topics=INGRESS,
            handle_raw=door.take,
            sequenced=False,
            on_quarantine=door.quarantined,
        ),
        Subscription(
            consumer="intake.rerouting",
            topics=(HandoverDeclined.topic,),
            handle=rerouting.take,
            reads=frozenset(event.wire for event in ANSWERS),
        ),
    )
