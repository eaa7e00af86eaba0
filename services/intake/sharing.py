"""An agreement comes into force: it is said once, and what went nowhere for want of it is announced anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from schemas.intake import ReleaseNoticeReceived
from schemas.privacy import DsaActivated
from services.intake import ledger
from services.intake.desk import Desk
from services.intake.domain.facts import routed
from services.intake.domain.routing import Route, by_place, shared
from services.intake.streams import append_last, append_person
from services.kernel import deadlines
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline, Outcome
from services.kernel.errors import SetAside
from services.kernel.store import Cause, Draft, Recorded
from services.kernel.words import Sealer
from services.reference.agreements import Agreement, Agreements
from services.reference.terms import date_of, instant_of

STREAM: Final = "agreement-"
TIMER: Final = "T_AGREEMENT"
POLICY_KEY: Final = "retention.unrouted_notice"
WAITING: Final = """
    select source, notice_no, revision, person_ref, basis
    from notices
    where source = any($1::text[]) and routing = 'no_basis' and basis = 'AGREEMENT' and state in ('live', 'closed')
        and received_at > $2
    order by ordinal
"""


async def expect(db: Connection, agreement: Agreement, calendar: str) -> None:
    """Arm its beginning: one that has begun already is in force at once."""
    due = instant_of(agreement.start, "day").replace(hour=0)
    alarm = Deadline(STREAM + agreement.id, TIMER, agreement.version, 1, due, 0, POLICY_KEY, calendar)
    await deadlines.arm(db, [alarm])


@dataclass(frozen=True, slots=True)
class Sharing:
    """Fires the beginnings of agreements."""

    desk: Desk
    sealer: Sealer

    async def fire(self, db: Connection, saga_id: str, due: list[Deadline]) -> Mapping[Deadline, Outcome]:
        """Say it and announce what waited; nothing for a version that another has replaced or that is over."""
        await ledger.activate(db)
        now, known = self.desk.clock.now(), await self.desk.rules.agreements(db)
        name = saga_id.removeprefix(STREAM)
        standing = next((one for one in known.standing(date_of(now)) if one.id == name), None)
        outcomes: dict[Deadline, Outcome] = dict.fromkeys(due, "ignored")
        current = [each for each in due if standing and each.deadline_rev == standing.version]
        if standing and current and date_of(now) <= standing.end:
            await self._activate(db, standing, known, now)
            outcomes |= dict.fromkeys(current, "fired")
        return outcomes

    async def _activate(self, db: Connection, agreement: Agreement, known: Agreements, now: datetime) -> None:
        said = DsaActivated(
            version=str(agreement.version),
            hash=_hash(agreement),
            signed_by=agreement.signed_by,
            dsa_id=agreement.id,
        )
        stream = STREAM + agreement.id
        [told] = await append_last(db, self.desk.store, stream, agreement.id, [Draft(said, now, Cause())])
        kept = now - timedelta(days=self.desk.rules.policy.term(POLICY_KEY).duration.days)
        for notice in await db.fetch(WAITING, list(agreement.parties), kept):
            await self._announce(db, notice, known, Cause(causation_id=told.event_id), now)

    async def _announce(
        self, db: Connection, notice: asyncpg.Record, known: Agreements, cause: Cause, now: datetime
    ) -> None:
        await ledger.lock(db, notice["source"], notice["notice_no"])
        person_ref = notice["person_ref"]
        try:
            identity = await self.desk.vault.read(db, person_ref)
            opening = await self._opening(db, person_ref, notice["notice_no"])
        except SetAside:  # sealed or erased meanwhile
            return
        place = by_place(notice["basis"], identity, self.desk.organisations)
        route: Route = shared(place, notice["source"], known, date_of(now))
        if route.routing == "no_basis" or opening is None:
            return
        await ledger.set_route(db, notice, route)
        facts = [opening.model_copy(update={"dsa_id": route.dsa_id}), routed(route, person_ref)]
        drafts = [Draft(fact, now, cause) for fact in facts]
        await append_person(db, self.desk.store, person_ref, drafts)

    async def _opening(self, db: Connection, person_ref: str, notice_no: str) -> ReleaseNoticeReceived | None:
        """The notice as it came, opened, so that it can be sealed under the id of its new announcement."""
        rows = await self.desk.store.load(db, f"person-{person_ref}")
        found = [row for row in rows if _is_of(row, notice_no)]
        if not found:
            return None
        opened = await self.sealer.open(found[-1].event(), found[-1].event_id)
        return opened if isinstance(opened, ReleaseNoticeReceived) else None


def _is_of(row: Recorded, notice_no: str) -> bool:
    event = row.event()
    return isinstance(event, ReleaseNoticeReceived) and event.notice_no == notice_no


def _hash(agreement: Agreement) -> str:
    text = json.dumps(agreement.content(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
