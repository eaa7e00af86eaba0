"""Who may read a handover: those who answer for it or work on it, and those who watch over the hub."""

from __future__ import annotations

from collections.abc import Iterator

from services.handover.domain.accountability import executing_street
from services.handover.domain.saga import Saga
from services.kernel.tokens import Actor
from services.reference.organisations import Organisations

EVERYWHERE = frozenset({"OPS", "AUDITOR"})


def may_read(actor: Actor, saga: Saga, organisations: Organisations) -> bool:
    """Whether this actor may see this handover. A station that declined sees it no more."""
    if actor.role in EVERYWHERE:
        return True
    if actor.role == "PERSON":
        return saga.person_ref in {actor.name, actor.org}
    return bool(actor.org) and actor.org in set(related(saga, organisations))


def related(saga: Saga, organisations: Organisations) -> Iterator[str]:
    """Ids of the organisations that have a part in it: at work on it, the sources, the street, and those above."""
    at_work = [one for one in (saga.accountable, saga.place.answering, saga.place.offered_to) if one]
    yield from at_work
    yield from saga.sources
    yield executing_street(saga, organisations) or ""
    yield saga.place.district or ""
    for one in at_work:
        yield from organisations.parents(one)
    if not at_work:
        yield organisations.city().org_id
