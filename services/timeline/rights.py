"""Requests of persons about their data: filed, due, answered by a human; each a fact of the person's own stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from schemas.base import PersonEvent
from schemas.privacy import DataSubjectRequestAnswered, DataSubjectRequestFiled, DisputeRaised, DisputeResolved
from services.kernel import idempotency
from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, Unavailable, WrongVersion
from services.kernel.idempotency import Answer, Asked
from services.kernel.ids import Ids
from services.kernel.store import Cause, Draft, Store
from services.kernel.tokens import Actor
from services.reference.calendar_years import Calendars
from services.reference.policies import Policies
from services.reference.terms import date_of, instant_of
from services.timeline import disputed, granted_deletions
from services.timeline.api import Reading
from services.timeline.domain import rights
from services.timeline.domain.rights import ANSWERS, DISPUTES, RECORDS, Kind, Outcome, Request
from services.timeline.rights_parts import DISTRICT, PERSON, Parts

STREAM: Final = "rights-"
PURPOSE: Final = "RIGHTS"
ERASE: Final = "erase"
"""`ports["erase"](person_ref, actor, ground)`: intake destroys the person's key and forgets who it was."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a human answers to a request."""

    person_ref: str
    request_no: str
    outcome: Outcome
    reason: str | None
    actor: Actor

    def deletes(self, request: Request) -> bool:
        """Whether the person's record is to go."""
        return request.kind == "DELETE" and self.outcome == "GRANTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Files, lists and answers. `ports` is filled by the composition, maybe after this was built."""

    reading: Reading
    parts: Parts
    store: Store
    ids: Ids
    policies: Policies
    calendars: Calendars
    ports: Mapping[str, Callable[..., Awaitable[Any]]]

    async def file(
        self, person_ref: str, kind: Kind, event_id: str | None, actor: Actor, asked: Asked | None
    ) -> Answer:
        """Write a request down; one that is open already is answered with its number.

        Refused `not_found`, `invalid_data` for a fact that is not theirs, `guard_not_met` for who recorded it.
        """

        async def work(db: Connection) -> Answer:
            await self.parts.refuse_strangers(db, person_ref, actor, RECORDS)  # first: a record may have ended since
            known = await idempotency.recall(db, asked)
            if known is not None:
                return known
            request = await self._filed(db, person_ref, kind, event_id, actor)
            answer = Answer(200, line(request, self.now()))
            await idempotency.remember(db, asked, answer, self.now())
            return answer

        return await retrying(self.reading.pool, work, also=(WrongVersion,))

    async def listed(self, person_ref: str, actor: Actor) -> list[dict[str, Any]]:
        """The requests of a person, for themselves and for those who answer; a look of others is on record first."""
        async with self.reading.of(actor) as db:
            await self.parts.refuse_strangers(db, person_ref, actor, RECORDS | {DISTRICT})
            found = await self.of(db, person_ref)
        if actor.role != PERSON:
            await self.reading.accesses.enter(person_ref, actor, ("F23",), PURPOSE)
        return [line(each, self.now()) for each in found.values()]

    async def answer(
        self, person_ref: str, request_no: str, outcome: Outcome, reason: str | None, actor: Actor
    ) -> dict[str, Any]:
        """A human's answer. Refused `reason_missing` for a refusal without one, `guard_not_met` for one's own record.

        A granted deletion is claimed, done, then said: nobody answers otherwise meanwhile, and who began may ask again.
        """
        given = Answered(person_ref, request_no, outcome, reason, actor)
        if not await self._began(given):
            async with self.reading.of(actor) as db:
                await self._refuse_unanswerable(db, given)
        if outcome != "GRANTED" and not reason:
            raise Refused("reason_missing", status=422)
        request = await retrying(self.reading.pool, partial(self._claimed, given))
        if given.deletes(request):
            await self._erase(given)
        await retrying(self.reading.pool, partial(self._answered, given, request), also=(WrongVersion,))
        return {"request_no": request_no, "outcome": outcome, "reason": reason}

    async def of(self, db: Connection, person_ref: str) -> dict[str, Request]:
        """A person's requests by number."""
        rows = await self.store.load(db, STREAM + person_ref)
        return rights.folded((row.event(), row.recorded_at) for row in rows)

    def now(self) -> datetime:
        """The hub's time."""
        return self.reading.accesses.clock.now()

    async def _filed(self, db: Connection, person_ref: str, kind: Kind, event_id: str | None, actor: Actor) -> Request:
        version = await self.store.version(db, STREAM + person_ref)  # before the look: who files meanwhile is met
        fact = await disputed.named(db, person_ref, kind, event_id)
        if actor.role != PERSON:
            await disputed.refuse_recorder(db, person_ref, kind, fact, actor.name)
        known = await self.of(db, person_ref)
        same = [each for each in known.values() if each.open and (each.kind, each.event_id) == (kind, fact)]
        if same:
            return same[0]
        now = self.now()
        request = Request(self.ids.new(), kind, now, self._due(now), fact)
        about: dict[str, Any] = {
            "person_ref": person_ref,
            "kind": kind,
            "due": request.due,
            "request_no": request.request_no,
        }
        events: list[PersonEvent] = [DataSubjectRequestFiled(**about, event_id=fact)]
        events += [DisputeRaised(**about, event_id=fact)] if kind in DISPUTES else []
        await self._append(db, events, actor, version)
        return request

    async def _began(self, given: Answered) -> bool:
        """Whether this organisation's deletion is under way: its person may be nobody's already."""
        async with self.reading.pool.acquire() as db:
            holder = await granted_deletions.holder(db, given.person_ref, given.request_no)
        return holder is not None and (DISTRICT, holder) == (given.actor.role, given.actor.org)

    async def _claimed(self, given: Answered, db: Connection) -> Request:
        """The request that is still open; a deletion is this organisation's from here on."""
        person_ref, actor = given.person_ref, given.actor
        await granted_deletions.lock(db, person_ref)
        request = (await self.of(db, person_ref))[given.request_no]
        holder = await granted_deletions.holder(db, person_ref, given.request_no)
        taken = holder is not None and not (given.deletes(request) and holder == actor.org)
        if taken or not request.open:
            raise Refused("not_in_this_state")
        if given.deletes(request) and holder is None:
            await granted_deletions.claim(db, person_ref, given.request_no, actor, self.now())
        return request

    async def _answered(self, given: Answered, request: Request, db: Connection) -> None:
        person_ref = given.person_ref
        await granted_deletions.lock(db, person_ref)
        version = await self.store.version(db, STREAM + person_ref)
        holder = await granted_deletions.holder(db, person_ref, request.request_no)
        claimed = holder is not None
        if claimed != given.deletes(request) or not (await self.of(db, person_ref))[request.request_no].open:
            raise Refused("not_in_this_state")
        about: dict[str, Any] = {"person_ref": person_ref, "kind": request.kind, "request_no": request.request_no}
        said: dict[str, Any] = {"outcome": given.outcome, "reason": given.reason, "org_id": given.actor.org or None}
        events: list[PersonEvent] = [DataSubjectRequestAnswered(**about, **said)]
        events += [DisputeResolved(**about, outcome=given.outcome)] if request.kind in DISPUTES else []
        await self._append(db, events, given.actor, version)
        if claimed:
            await granted_deletions.drop(db, request.request_no)

    async def _append(self, db: Connection, events: Sequence[PersonEvent], actor: Actor, version: int) -> None:
        cause = Cause(
            actor_ref=actor.name,
            capacity=actor.acting,
            legal_basis="STATUTE:PIPL44-50",
            purpose=PURPOSE,
            policy_version=self.policies.current.version,
        )
        person_ref, now = events[0].person_ref, self.now()
        drafts = [Draft(event, now, cause) for event in events]
        await self.store.append(db, STREAM + person_ref, person_ref, version, drafts)

    async def _erase(self, given: Answered) -> None:
        """Who is gone already is gone; a deletion that the law forbids is nobody's any more."""
        port = self.ports.get(ERASE)
        if port is None:
            raise Unavailable(ERASE)
        try:
            await port(given.person_ref, given.actor, f"PERSON_REQUEST:{given.request_no}")
        except Refused as no:
            if no.code != "not_found":
                async with self.reading.pool.acquire() as db:
                    await granted_deletions.drop(db, given.request_no)
                raise

    def _due(self, filed: datetime) -> datetime:
        last = self.policies.current.term("rights.answer_within").after(date_of(filed), self.calendars.current)
        return instant_of(last, "end")

    async def _refuse_unanswerable(self, db: Connection, given: Answered) -> None:
        person_ref, actor = given.person_ref, given.actor
        request = (await self.of(db, person_ref)).get(given.request_no)
        if request is None:
            await self.parts.refuse_strangers(db, person_ref, actor, RECORDS | {DISTRICT})
            raise Refused("not_found", status=404)
        await self.parts.refuse_strangers(db, person_ref, actor, ANSWERS[request.kind])
        if actor.role == PERSON:
            raise Refused("actor_not_allowed", status=403)
        if not request.open:
            raise Refused("not_in_this_state")
        await disputed.refuse_recorder(db, person_ref, request.kind, request.event_id, actor.name)


def line(request: Request, now: datetime) -> dict[str, Any]:
    """One request as the API gives it."""
    return {
        "request_no": request.request_no,
        "kind": request.kind,
        "event_id": request.event_id,
        "filed": request.filed.astimezone(SHANGHAI).isoformat(),
        "due": request.due.astimezone(SHANGHAI).isoformat(),
        "overdue": request.overdue(now),
        "outcome": request.outcome or None,
        "reason": request.reason or None,
        "answered": request.answered.astimezone(SHANGHAI).isoformat() if request.answered else None,
    }
