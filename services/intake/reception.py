"""The one way in for notices: file rows, requests and messages all end here, each in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.base import Event
from schemas.intake import ReleaseNoticeReceived
from services.intake import ledger
from services.intake.conflicts import Conflicts, Contradiction
from services.intake.domain.facts import Judged, facts_of, registered
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Takes notices. Every method runs inside the caller's transaction."""

    store: Store
    vault: Vault
    conflicts: Conflicts
    facts: Facts
    organisations: Organisations

    async def judge(
        self, db: Connection, notice: Notice, known: Known | None
    ) -> tuple[Receipt, str | None, str]:
        """Receipt, person and content hash of a notice against what is known; reads only."""
        content = self.vault.digest(notice.content())
        person = await self.vault.find(db, notice.identity.resident_id)
        receipt = classify(notice.revision, content, person or "", known)
        if receipt.outcome in {"accepted", "revised"}:
            receipt = replace(receipt, routing=route(notice, self.organisations).routing)
        return receipt, known.match_key if known else person, content

    async def receive(self, db: Connection, notice: Notice, cause: Cause, now: datetime) -> Received:
        """Take a notice: receipt, vault, ledger and facts together."""
        await ledger.lock(db, notice.source, notice.notice_no)
        known = await ledger.known(db, notice.source, notice.notice_no)
        receipt, person, content = await self.judge(db, notice, known)
        if receipt.outcome == "conflict":
            await self._park(db, notice, person or "", content, cause, now)
        if receipt.outcome not in {"accepted", "revised"}:
            return Received(receipt, person)
        return await self._take(db, notice, content, replace(cause, revision=notice.revision), now, receipt)

    async def _take(
        self, db: Connection, notice: Notice, content: str, cause: Cause, now: datetime, receipt: Receipt
    ) -> Received:
        person_ref, is_new = await self.vault.enter(db, notice.identity)
        if not is_new:
            await self.vault.update(db, person_ref, notice.identity)
        standing = await ledger.standing(db, person_ref, notice.episode_no)
        judged = Judged(notice, route(notice, self.organisations), standing)
        await ledger.enter(db, judged, person_ref, content, now)
        events: list[Event] = [registered(person_ref, "EXACT_ID", _origin(notice))] if is_new else []
        drafts = [Draft(event, now, cause) for event in [*events, *facts_of(judged, person_ref)]]
        drafts += await self.facts.follow(db, notice, person_ref, now)
        recorded = await append_person(db, self.store, person_ref, drafts)
        return Received(receipt, person_ref, tuple(row.event_id for row in recorded))

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


def _origin(notice: Notice) -> Literal["NOTICE", "PRISON"]:
    return "PRISON" if notice.basis == "PRISON" else "NOTICE"
