"""Facts that contradict what is known; they are set aside, and the old content stays."""

from __future__ import annotations

from services.handover.domain.fold_release import order_of
from services.handover.domain.grounds import order_tag
from services.handover.domain.reading import instant, text
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input


def contradicts(saga: Saga, given: Input) -> bool:
    """The number is known with other content, or an order is revoked that nobody served."""
    match given.name:
        case "OrderServed":
            known = saga.orders.get(order_tag(given))
            return known is not None and order_of(given, revoked=known.revoked) != known
        case "OrderRevoked":
            return order_tag(given) not in saga.orders
        case "PersonReleased":
            return _other_release(saga, given)
        case _:
            return False


def same_notice(saga: Saga, given: Input) -> bool:
    """A notice whose number this saga knows."""
    return given.name == "ReleaseNoticeReceived" and text(given.data, "notice_no") in saga.notices


def _other_release(saga: Saga, given: Input) -> bool:
    same_number = text(given.data, "notice_no") == saga.release_notice_no
    return saga.released_at is not None and same_number and instant(given.data, "released_at") != saga.released_at
