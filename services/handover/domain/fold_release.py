"""What notices, releases and orders leave in the saga's memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from services.handover.domain.accountability import notified_by_notice
from services.handover.domain.evidence import DESIGNATED, noted
from services.handover.domain.grounds import order_tag
from services.handover.domain.reading import day, instant, named, number, text
from services.handover.domain.saga import Notice, Order, Saga, Statutory
from services.handover.domain.words import Context, Input
from services.reference.terms import date_of

Fold = Callable[[Saga, Input, Context], Saga]
MEASURES_LIKE_ORDERS = frozenset({"CDT", "CRH"})


def _notice(saga: Saga, given: Input, _: Context) -> Saga:
    notice = Notice(
        notice_no=text(given.data, "notice_no"),
        revision=number(given.data, "revision", 1),
        source=text(given.data, "source_org") or text(given.data, "centre_id"),
        basis=text(given.data, "basis"),
        order_expected=text(given.data, "order_expected"),
        shared_by_agreement=bool(text(given.data, "dsa_id")),
        planned_release=day(given.data, "planned_release_date"),
        known_at=given.known_at,
    )
    notices = {**saga.notices, notice.notice_no: notice}
    episode = text(given.data, "episode_no") or saga.episode
    known = replace(saga, notices=notices, planned_release=notice.planned_release, episode=episode)
    return noted(known, DESIGNATED, given) if named(given.data, "designated_contact_ptr") else known


def _date_changed(saga: Saga, given: Input, _: Context) -> Saga:
    new = day(given.data, "new_date")
    notice_no = text(given.data, "notice_no")
    unknown = Notice(
        notice_no, 1, text(given.data, "centre_id"), "", "", shared_by_agreement=False, planned_release=None
    )
    known = saga.notices.get(notice_no, unknown)
    notice = replace(known, revision=number(given.data, "revision", known.revision), planned_release=new)
    notices = {**saga.notices, notice_no: notice} if notice_no else saga.notices
    return replace(saga, notices=notices, planned_release=new or saga.planned_release, date_moved=True)


def _extended(saga: Saga, given: Input, _: Context) -> Saga:
    return replace(saga, planned_release=day(given.data, "new_end_date") or saga.planned_release, date_moved=True)


def _released(saga: Saga, given: Input, _: Context) -> Saga:
    if saga.released_at is not None:
        return saga
    episode = saga.episode or text(given.data, "episode_no")
    released = instant(given.data, "released_at") or given.at
    return replace(
        saga,
        released_at=released,
        release_notice_no=text(given.data, "notice_no"),
        episode=episode,
        pickup=text(given.data, "pickup"),
        late_notice=not _announced(saga, released),
    )


def _announced(saga: Saga, released: datetime) -> bool:
    """Whether some notice was known before the person left."""
    return any(one.known_at is None or one.known_at <= released for one in saga.notices.values())


def order_of(given: Input, *, revoked: bool = False) -> Order:
    """The order as its papers say."""
    months = number(given.data, "term_months") or None
    street = named(given.data, "executing_street")
    return Order(text(given.data, "order_kind"), instant(given.data, "served_at"), street, months, revoked)


def _order_served(saga: Saga, given: Input, _: Context) -> Saga:
    return replace(saga, orders={order_tag(given): order_of(given), **saga.orders})


def _measure_changed(saga: Saga, given: Input, _: Context) -> Saga:
    kind = text(given.data, "to")
    if kind not in MEASURES_LIKE_ORDERS:
        return saga
    effective = instant(given.data, "effective_at") or given.at
    streets = [order.street for order in saga.served_orders.values() if order.street]
    order = Order(kind, effective, streets[-1] if streets else None)
    return replace(saga, orders={**saga.orders, f"measure:{kind}:{date_of(effective)}": order})


def _order_revoked(saga: Saga, given: Input, context: Context) -> Saga:
    known = saga.orders.get(order_tag(given))
    if known is None:
        return saga
    orders = {**saga.orders, order_tag(given): replace(known, revoked=True)}
    return replace(saga, orders=orders, restarted=date_of(context.now))


def _signed(saga: Saga, given: Input, context: Context) -> Saga:
    statutory = Statutory(text(given.data, "notice_no") or saga.handover_id, context.now)
    return replace(saga, statutory=statutory, notified=notified_by_notice(saga, context.organisations))


FOLDS: Mapping[str, Fold] = {
    "ReleaseNoticeReceived": _notice,
    "ReleaseDateChanged": _date_changed,
    "CidExtended": _extended,
    "PersonReleased": _released,
    "OrderServed": _order_served,
    "MeasureChanged": _measure_changed,
    "OrderRevoked": _order_revoked,
    "StatutoryNoticeSigned": _signed,
}
