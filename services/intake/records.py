"""The end of a person's record: proposed when its time has come, sealed by a human, deleted by the end of its key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from schemas.privacy import RecordDeleted, RecordSealed, Sealing
from services.intake import erasing, forgetting, ledger
from services.intake.desk import Desk
from services.intake.disclosing import Ledger
from services.intake.domain import eligibility, record
from services.intake.domain.eligibility import Eligibility, History, Terms
from services.intake.domain.record import STREAM, Record
from services.intake.granted import KNOWN_PERSON
from services.intake.orders import Order
from services.intake.signatures import signed_before
from services.intake.streams import append_last
from services.kernel import deadlines
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import Refused, Unavailable
from services.kernel.sealing import KeyRing
from services.kernel.store import Cause, Draft
from services.kernel.tokens import Actor
from services.reference.calendar_years import Calendars
from services.reference.policies import Policies

HISTORY: Final = "history"
"""`ports["history"](person_ref) -> dict`: what a person's handovers say, as `History`."""
LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('record|' || $1, 0))"
REQUESTED: Final = "PERSON_REQUEST"
DAYS: Final = ("released", "executed", "last_use", "measure_until", "agreement_until", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Proposes, seals and deletes. `log`: where erasures are written down for backups; None: nowhere yet."""

    pool: Pool
    desk: Desk
    keyring: KeyRing
    policies: Policies
    calendars: Calendars
    ports: Mapping[str, Callable[..., Awaitable[Any]]]
    log: Path | None

    async def history(self, person_ref: str) -> History:
        """What handover knows. Raises Unavailable while it is away."""
        port = self.ports.get(HISTORY)
        if port is None:
            raise Unavailable("handover")
        told = await port(person_ref)
        days = {name: date.fromisoformat(told[name]) if told.get(name) else None for name in DAYS}
        return History(**(told | days))

    async def propose(self, db: Connection, person_ref: str, history: History, cause: Cause) -> Eligibility | None:
        """Put the record before its district workstation if its time has come; None for whom nobody knows any more."""
        if not await self._known(db, person_ref):
            return None
        found = await self._eligibility(db, person_ref, history)
        known, ground = await self.read(db, person_ref), REQUESTED if cause.actor_ref else ""
        event = record.proposal(known, found, person_ref, self._district(history), ground)
        if event:
            await self.append(db, event, replace(cause, correlation_id=history.handover_id or None))
        return found

    async def request(self, person_ref: str, actor: Actor) -> None:
        """The person asks for it themselves. Raises Refused `not_eligible` with what stands against it."""
        history = await self.history(person_ref)

        async def work(db: Connection) -> Eligibility | None:
            await db.execute(LOCK, person_ref)
            return await self.propose(db, person_ref, history, Order(person_ref, actor).cause)

        found = await retrying(self.pool, work)
        if found is None:
            raise record.unknown()
        if found.against:
            raise Refused("not_eligible", found.against[0])

    async def seal(self, order: Order) -> bool:
        """Everything that intake does to a sealed record, in one transaction. Refused `not_found`, `not_eligible`.

        False for the first of two operators: noted, nothing done, nothing learnt.
        """

        async def work(db: Connection) -> bool:
            if not await self._signed(db, order, "RecordSealed"):
                return False
            there, history = await self._held(db, order.person_ref)
            org = self._district(history)
            if not there or not order.may_decide(org):
                raise record.unknown()
            if await self._says_more(db, order.person_ref, history):
                raise Refused("not_eligible", "handover_live")
            found = await self._eligibility(db, order.person_ref, history)
            known = await self.read(db, order.person_ref)
            await self._put_away(db, order, record.sealed(known, found, order.person_ref, org))
            return True

        return await retrying(self.pool, work)

    async def erase(self, order: Order) -> bool:
        """Destroy the key and forget the person, whether their record was open or sealed.

        Refused `not_found`; `statutory_duty` for an open record whose handover under an order or from a prison goes
        on: the law wants it followed to its end; `setting_missing` where no log of erasures is kept, since a backup
        would bring the person back. Raises Unavailable while handover has not heard all that was said of the person.
        False for the first of two operators.
        """

        async def work(db: Connection) -> bool:
            if not await self._signed(db, order, "RecordDeleted"):
                return False
            there, history = await self._held(db, order.person_ref)
            known = await self.read(db, order.person_ref)
            org = self._district(history) if there else known.org
            if not (there or known.facet == "SEALED") or not order.may_decide(org):
                raise record.unknown()
            if there and await self._says_more(db, order.person_ref, history):
                raise Unavailable("handover")
            if history.live and history.track != eligibility.VOLUNTARY:
                raise Refused("statutory_duty")
            await self._delete(db, order, record.deleted(known, order.person_ref, order.ground, org))
            return True

        return await retrying(self.pool, work)

    async def read(self, db: Connection, person_ref: str) -> Record:
        """The record as its facts tell; one that nobody knows is open."""
        return record.folded(row.event() for row in await self.desk.store.load(db, STREAM + person_ref))

    async def _put_away(self, db: Connection, order: Order, event: RecordSealed) -> None:
        person_ref, now = order.person_ref, self.desk.clock.now()
        told = Ledger(self.desk.store, self.desk.ids)
        await told.recall_ended(db, person_ref, "SEALED", order.cause, now)
        key_id = await self.keyring.seal_away(db, person_ref, now)
        await self.desk.vault.lock_away(db, person_ref, event.org_id or "")
        await self._end(db, order, event.model_copy(update={"key_id": key_id}))

    async def _delete(self, db: Connection, order: Order, event: RecordDeleted) -> None:
        if self.log is None:
            raise Refused("setting_missing", "JIELI_ERASURES_FILE", status=500)
        person_ref, now = order.person_ref, self.desk.clock.now()
        await Ledger(self.desk.store, self.desk.ids).recall_ended(db, person_ref, "DELETED", order.cause, now)
        erasing.write_down(self.log, person_ref, now)
        await erasing.erase(db, person_ref)
        self.keyring.forget(person_ref)
        await self._end(db, order, event)

    async def _end(self, db: Connection, order: Order, event: Sealing) -> None:
        """What sealing and deleting have in common."""
        await forgetting.forget(db, order.person_ref)
        await deadlines.stop(db, STREAM + order.person_ref)
        await self.append(db, event, order.cause)

    async def _signed(self, db: Connection, order: Order, what: str) -> bool:
        now = self.desk.clock.now()
        return order.alone or await signed_before(db, order.signature(what), now) is not None

    async def _held(self, db: Connection, person_ref: str) -> tuple[bool, History]:
        """Whether the person is known, and what handover knows, while nobody can say anything new about them.

        In the order in which a message takes its locks: record, numbers, person.
        """
        await db.execute(LOCK, person_ref)
        await ledger.lock_person(db, person_ref)
        there = await self.desk.vault.hold(db, person_ref)
        return there, await self.history(person_ref)

    async def _says_more(self, db: Connection, person_ref: str, history: History) -> bool:
        """Whether something was said about the person that handover has not heard: it may be a release to come."""
        return await self.desk.store.version(db, f"person-{person_ref}") > history.heard

    async def _known(self, db: Connection, person_ref: str) -> bool:
        return bool(await db.fetchval(KNOWN_PERSON, person_ref))

    async def _eligibility(self, db: Connection, person_ref: str, history: History) -> Eligibility:
        facts = await self.desk.store.load(db, f"person-{person_ref}")
        left = eligibility.withdrawn((row.event(), row.recorded_at) for row in facts)
        terms = Terms(self.policies.current, self.calendars.current)
        return eligibility.judge(history, left, terms, self.desk.clock.now())

    def _district(self, history: History) -> str:
        """The district workstation over whoever answered last, else the city."""
        above = self.desk.organisations.parents(history.station)
        return above[0] if above else self.desk.organisations.city().org_id

    async def append(self, db: Connection, event: Sealing, cause: Cause) -> None:
        """Add to the one stream that a record has."""
        person_ref = event.person_ref
        draft = Draft(event, self.desk.clock.now(), replace(cause, policy_version=self.policies.current.version))
        await append_last(db, self.desk.store, STREAM + person_ref, person_ref, [draft])
