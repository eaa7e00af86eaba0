"""The one way in for notices: file rows, requests and messages all end here, each in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from schemas.base import Event
from schemas.intake import ReleaseNoticeReceived
from services.intake import ledger
from services.intake.conflicts import Conflicts, Contradiction
from services.intake.domain.facts import Judged, Origin, Standing, facts_of, registered
from services.intake.domain.notice import Notice
from services.intake.domain.receipts import Known, Receipt, classify
from services.intake.domain.routing import Route, rests_on_sharing, route
from services.intake.facts import Facts
from services.intake.streams import append_person
from services.intake.vault import Vault
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.store import Cause, Draft, Store
from services.reference.agreement_versions import ReadAgreements
from services.reference.agreements import Agreements
from services.reference.organisations import Organisations
from services.reference.terms import date_of

WITHOUT_AGREEMENT: Final = "agreement_missing"
NO_AGREEMENTS: Final = Agreements((), Organisations(()))


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
    route: Route | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Takes notices. Every method runs inside the caller's transaction."""

    store: Store
    vault: Vault
    conflicts: Conflicts
    facts: Facts
    organisations: Organisations
    agreements: ReadAgreements
    clock: Clock

    async def judge(self, db: Connection, notice: Notice, known: Known | None) -> Judgement:
        """What a notice is against what is known; reads only. A person not yet registered is compared by index."""
        content = self.vault.digest(notice.content())
        person = await self.vault.find(db, notice.identity.resident_id)
        match_key = person or self.vault.index(notice.identity.resident_id)
        receipt = classify(notice.revision, content, match_key, known)
        if receipt.outcome not in {"accepted", "revised"}:
            return Judgement(receipt, person, match_key, content)
        goes = await self._route(db, notice)
        reason = WITHOUT_AGREEMENT if goes.missing == "DSA" else receipt.reason
        return Judgement(replace(receipt, routing=goes.routing, reason=reason), person, match_key, content, goes)

    async def receive(self, db: Connection, notice: Notice, cause: Cause, now: datetime) -> Received:
        """Take a notice: receipt, vault, ledger and facts together."""
        if rests_on_sharing(notice.basis, notice.order_expected):
            await ledger.hold_agreements(db)
        await ledger.lock_with(db, notice.source, notice.notice_no, self.vault.place(notice.identity))
        known = await ledger.known(db, notice.source, notice.notice_no)
        judgement = await self.judge(db, notice, known)
        if judgement.receipt.outcome in {"accepted", "revised"}:
            return await self._take(db, notice, judgement, replace(cause, revision=notice.revision), now)
        if judgement.receipt.outcome == "conflict" and known is not None:
            await self._park(db, notice, known.match_key, judgement.content_hash, cause, now)
        return Received(judgement.receipt, known.match_key if known else judgement.person_ref)

    async def _route(self, db: Connection, notice: Notice) -> Route:
        """The agreements are read only for what may rest on one: the others cost no question."""
        if not rests_on_sharing(notice.basis, notice.order_expected):
            return route(notice, self.organisations, NO_AGREEMENTS, date_of(self.clock.now()))
        return route(notice, self.organisations, await self.agreements(db), date_of(self.clock.now()))

    async def _take(
        self, db: Connection, notice: Notice, judgement: Judgement, cause: Cause, now: datetime
    ) -> Received:
        person_ref, is_new = judgement.person_ref, False
        if person_ref is None:
            person_ref, is_new = await self.vault.register(db, notice.identity)
        if not is_new:
            await self.vault.update(db, person_ref, notice.identity)
        standing = None if is_new else await ledger.standing(db, person_ref, notice.episode_no)
        goes = continued(judgement.route or await self._route(db, notice), standing)
        judged = Judged(notice, goes, standing)
        await ledger.enter(db, judged, person_ref, judgement.content_hash, now)
        events: list[Event] = [registered(person_ref, "EXACT_ID", _origin(notice))] if is_new else []
        drafts = [Draft(event, now, cause) for event in [*events, *facts_of(judged, person_ref)]]
        drafts += await self.facts.follow(db, notice, person_ref, now)
        recorded = await append_person(db, self.store, person_ref, drafts, is_new=is_new)
        receipt = judgement.receipt
        if goes.routing != receipt.routing:
            receipt = replace(receipt, routing=goes.routing, reason="")
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


def continued(goes: Route, standing: Standing | None) -> Route:
    """Who is being helped goes on being helped: an agreement that ended stops offers, not handovers that run."""
    runs = standing is not None and standing.live and standing.route.routing == "offered"
    return standing.route if standing and runs and goes.missing == "DSA" else goes


def _origin(notice: Notice) -> Origin:
    return "PRISON" if notice.basis == "PRISON" else "NOTICE"
