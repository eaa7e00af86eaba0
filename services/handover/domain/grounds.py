"""On what ground a handover may be routed or go on (specification §3.4.1-12)."""

from __future__ import annotations

from datetime import datetime

from services.handover.domain.reading import named, text
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input
from services.reference.terms import date_of

AFTERCARE = "AFTERCARE"
EVERY_CONSENT = "ALL"


def may_be_routed(saga: Saga, now: datetime) -> bool:
    """An order expected or served, a consent, an agreement, a data-sharing agreement, or the prison's duty."""
    announced = any(one.basis in {"ORDER", "PRISON"} or one.shared_by_agreement for one in saga.notices.values())
    return announced or saga.order_expected or bool(saga.served_orders) or agreed(saga, now)


def agreed(saga: Saga, now: datetime) -> bool:
    """An unexpired consent to aftercare or an aftercare agreement; a notice on that basis counts."""
    consented = any(
        one.purpose == AFTERCARE and not one.withdrawn and (one.expires_at is None or one.expires_at > now)
        for one in saga.consents.values()
    )
    return consented or _has_agreement(saga, now) or any(one.basis == "AGREEMENT" for one in saga.notices.values())


def stays_without(saga: Saga, order_tag: str, now: datetime) -> bool:
    """`has_consent`: what is left when that order is revoked."""
    others = [tag for tag in saga.served_orders if tag != order_tag]
    return bool(others) or saga.on_prison_basis or agreed(saga, now)


def ends_aftercare(saga: Saga, given: Input) -> bool:
    """Whether the withdrawn consent is the one to aftercare, or all of them."""
    consent_id = text(given.data, "consent_id")
    if consent_id == EVERY_CONSENT:
        return True
    known = saga.consents.get(consent_id)
    return known is not None and known.purpose == AFTERCARE


def for_aftercare(given: Input) -> bool:
    """Whether the given consent is one to aftercare."""
    return text(given.data, "purpose") == AFTERCARE


def order_tag(given: Input) -> str:
    """What an order is known by: the keyed tag of its number where the hub gave one."""
    return named(given.data, "order_tag") or text(given.data, "order_no")


def _has_agreement(saga: Saga, now: datetime) -> bool:
    return any(
        one.type == AFTERCARE and not one.ended and (one.ends is None or one.ends >= date_of(now))
        for one in saga.agreements.values()
    )
