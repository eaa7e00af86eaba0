"""What the saga asks of intake: routing again after a decline (§3.4.1-13), forgetting what ended, recalling errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.base import HandoverEvent
from schemas.handover import HandoverClosed, HandoverCompleted, HandoverDeclined, HandoverReoffered, RoutingEscalated
from schemas.intake import JurisdictionResolved
from schemas.progress import CompensationPlanned
from services.intake import ledger, sealing_alarm
from services.intake.desk import Desk
from services.intake.disclosing import Ledger
from services.intake.domain.facts import routed
from services.intake.domain.routing import Route, reoffered, rests_on_sharing, shared
from services.intake.streams import append_person
from services.kernel.db import Connection
from services.kernel.records import Message
from services.kernel.store import Cause, Draft
from services.reference.terms import date_of

DECLINED: Final = """
    insert into declines (handover_id, person_ref, proposed_station) values ($1, $2, $3)
    on conflict (handover_id) do update set proposed_station = excluded.proposed_station
"""
ANSWERED: Final = "delete from declines where handover_id = $1 returning proposed_station"


@dataclass(frozen=True, slots=True)
class Rerouting:
    """Handles `hub.handover.v1`."""

    desk: Desk

    async def take(self, db: Connection, message: Message) -> None:
        """A decline is remembered until its answer: a reoffer asks intake, an escalation asks people."""
        event = message.event
        match event:
            case HandoverDeclined():
                await db.execute(DECLINED, event.handover_id, event.person_ref, event.proposed_station)
            case HandoverReoffered():
                await self._reoffer(db, event, message)
            case RoutingEscalated():
                await db.execute(ANSWERED, event.handover_id)
            case HandoverClosed() | HandoverCompleted():
                await ledger.close_person(db, event.person_ref)
                await sealing_alarm.expect_after_the_end(db, self.desk, event.person_ref)
            case CompensationPlanned():
                told = Ledger(self.desk.store, self.desk.ids)
                await told.recall_all(db, event.person_ref, _answers(event, message), self.desk.clock.now())
            case _:
                return

    async def _reoffer(self, db: Connection, event: HandoverReoffered, message: Message) -> None:
        """Only the reoffer that answers a decline is ours to route; others name their station themselves."""
        declined = await db.fetchrow(ANSWERED, event.handover_id)
        if declined is None:
            return
        route = reoffered(event.proposed_station or declined["proposed_station"], self.desk.organisations)
        fact = routed(await self._shared(db, event.person_ref, route), event.person_ref)
        if isinstance(fact, JurisdictionResolved):
            fact = fact.model_copy(update={"hops": event.hops or 0})
        draft = Draft(fact, self.desk.clock.now(), _answers(event, message))
        await append_person(db, self.desk.store, event.person_ref, [draft])

    async def _shared(self, db: Connection, person_ref: str, route: Route) -> Route:
        """Where no agreement covers the proposed station, people decide: the handover itself goes on."""
        notice = await ledger.channel(db, person_ref)
        if notice is None or not rests_on_sharing(notice["basis"], notice["order_expected"]):
            return route
        known = await self.desk.rules.agreements(db)
        found = shared(route, notice["source"], known, date_of(self.desk.clock.now()))
        return Route("unresolved") if found.missing else found


def _answers(event: HandoverEvent, message: Message) -> Cause:
    return Cause(correlation_id=event.handover_id, causation_id=message.envelope.id)
