"""The one way in for notices: file rows, requests and messages all end here, each in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from schemas.base import Event
from schemas.intake import ReleaseNoticeReceived
from services.intake import ledger
from services.intake.conflicts import Conflicts, Contradiction
from services.intake.domain.facts import Judged, Origin, facts_of, registered
from services.intake.domain.notice import Notice
from services.intake.domain.receipts import Known, Receipt, classify
from services.intake.domain.routing import route
from services.intake.facts import Facts
from services.intake.streams import append_person
from services.intake.vault import Vault
from services.kernel.db import Connection
from services.kernel.store import Cause, Draft, Store
from services.reference.organisations import Organisations


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a notice. `person_ref` is None where nobody was registered."""

    receipt: Receipt
    person_ref: str | None = None
    event_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A notice weighed: receipt, the person if registered, how people are told apart, keyed hash of content."""

    receipt: Receipt
    person_ref: str | None
    match_key: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Takes notices. Every method runs inside the caller's transaction."""

    store: Store
    vault: Vault
    conflicts: Conflicts
    facts: Facts
    organisations: Organisations

    async def judge(self, db: Connection, notice: Notice, known: Known | None) -> Judgement:
        """What a notice is against what is known; reads only. A person not yet registered is compared by index."""
        content = self.vault.digest(notice.content())
        person = await self.vault.find(db, notice.identity.resident_id)
        match_key = person or self.vault.index(notice.identity.resident_id)
        receipt = classify(notice.revision, content, match_key, known)
        if receipt.outcome in {"accepted", "revised"}:
            receipt = replace(receipt, routing=route(notice, self.organisations).routing)
        return Judgement(receipt, person, match_key, content)

    async def receive(self, db: Connection, notice: Notice, cause: Cause, now: datetime) -> Received:
        """Take a notice: receipt, vault, ledger and facts together."""
        await ledger.lock(db, notice.source, notice.notice_no)
        known = await ledger.known(db, notice.source, notice.notice_no)
        judgement = await self.judge(db, notice, known)
        if judgement.receipt.outcome in {"accepted", "revised"}:
            return await self._take(db, notice, judgement, replace(cause, revision=notice.revision), now)
        if judgement.receipt.outcome == "conflict" and known is not None:
            await self._park(db, notice, known.match_key, judgement.content_hash, cause, now)
        return Received(judgement.receipt, known.match_key if known else judgement.person_ref)

    async def _take(
        self, db: Connection, notice: Notice, judgement: Judgement, cause: Cause, now: datetime
    ) -> Received:
        person_ref, is_new = judgement.person_ref, False
        if person_ref is None:
            person_ref, is_new = await self.vault.register(db, notice.identity)
        if not is_new:
            await self.vault.update(db, person_ref, notice.identity)
        standing = None if is_new else await ledger.standing(db, person_ref, notice.episode_no)
        judged = Judged(notice, route(notice, self.organisations), standing)
        await ledger.enter(db, judged, person_ref, judgement.content_hash, now)
        events: list[Event] = [registered(person_ref, "EXACT_ID", _origin(notice))] if is_new else []
        drafts = [Draft(event, now, cause) for event in [*events, *facts_of(judged, person_ref)]]
        drafts += await self.facts.follow(db, notice, person_ref, now)
        recorded = await append_person(db, self.store, person_ref, drafts, is_new=is_new)
        return Received(judgement.receipt, person_ref, tuple(row.event_id for row in recorded))

    async def _park(
        self, db: Connection, notice: Notice, person_ref: str, content: str, cause: Cause, now: datetime
    ) -> None:
        contradiction = Contradiction(
            source=notice.source,
            number=notice.notice_no,
            revision=notice.revision,
            content_hash=content,
            person_ref=person_ref,
            wire=ReleaseNoticeReceived.wire,
        )
        await self.conflicts.park(db, contradiction, cause, now)


def _origin(notice: Notice) -> Origin:
    return "PRISON" if notice.basis == "PRISON" else "NOTICE"
