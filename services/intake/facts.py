"""Facts from outside about somebody: found by notice or identity, taken once, kept waiting if too early."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import asyncpg

from schemas import registry
from schemas.base import Event
from schemas.intake import ReleaseDateChanged, ReleaseNoticeWithdrawn
from services.intake import ledger
from services.intake.answers import Addressee, Answers
from services.intake.asking import Asking
from services.intake.conflicts import Conflicts, Contradiction
from services.intake.domain.facts import registered, routed
from services.intake.domain.notice import Identity, Notice
from services.intake.domain.receipts import Receipt
from services.intake.domain.routing import by_place
from services.intake.domain.senders import OPENS_WITHOUT_NOTICE
from services.intake.streams import append_person
from services.intake.vault import Vault
from services.intake.waiting import Said, WaitingRoom
from services.kernel.db import Connection
from services.kernel.ids import Ids
from services.kernel.store import Cause, Draft, Store
from services.reference.organisations import Organisations

KNOWN: Final = "select content_hash from facts where source = $1 and type = $2 and number_hash = $3 and revision = $4"
ENTER: Final = """
    insert into facts (source, type, number_hash, revision, content_hash, event_id) values ($1, $2, $3, $4, $5, $6)
"""
SUPERSEDED_MAY_NOT: Final = frozenset({"ReleaseDateChanged", "ReleaseNoticeWithdrawn"})


@dataclass(frozen=True, slots=True)
class About:
    """Whom a fact is about: by the notice of a centre, by identity, or both."""

    source: str = ""
    notice_no: str = ""
    identity: Identity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Takes facts. Every method runs inside the caller's transaction."""

    store: Store
    vault: Vault
    ids: Ids
    conflicts: Conflicts
    waiting: WaitingRoom
    asking: Asking
    answers: Answers
    organisations: Organisations

    async def take(self, db: Connection, said: Said, about: About, now: datetime) -> Receipt:
        """Append a fact about a known person, open for one by identity, or let it wait."""
        notice = await self._notice(db, about)
        if notice is not None:
            return await self._append(db, said, notice["person_ref"], notice, now)
        person_ref = await self._by_identity(db, about)
        if person_ref is not None:
            return await self._append(db, said, person_ref, None, now)
        if about.identity is not None and said.name in OPENS_WITHOUT_NOTICE:
            return await self._open(db, said, about.identity, now)
        await self._wait(db, said, about, now)
        return Receipt("waiting")

    async def follow(self, db: Connection, notice: Notice, person_ref: str, now: datetime) -> list[Draft]:
        """The drafts of all that waited for this notice or this person; the caller holds the locks of both."""
        place = self.vault.place(notice.identity)
        waited = await self.waiting.take(db, (notice.source, notice.notice_no), place)
        if not waited:
            return []
        row = await ledger.newest(db, notice.source, notice.notice_no)
        return await self._all(db, waited, person_ref, row, now)

    async def follow_person(self, db: Connection, identity: Identity, person_ref: str, now: datetime) -> list[Draft]:
        """The drafts of all that waited for this person, of whom there is no notice."""
        if not identity.resident_id:
            return []
        place = self.vault.place(identity)
        await ledger.lock(db, *place)
        return await self._all(db, await self.waiting.take(db, place), person_ref, None, now)

    async def _all(
        self, db: Connection, waited: Sequence[Said], person_ref: str, notice: asyncpg.Record | None, now: datetime
    ) -> list[Draft]:
        drafts: list[Draft] = []
        for said in waited:
            receipt, more = await self._drafts(db, said, person_ref, notice, now)
            drafts += more
            if receipt.outcome == "conflict" and said.key_number:
                await self.answers.tell(db, sender_of(said), receipt, now)
        return drafts

    async def _wait(self, db: Connection, said: Said, about: About, now: datetime) -> None:
        place = (about.source, about.notice_no) if about.notice_no else self.vault.place(about.identity or Identity())
        if about.notice_no and await self.waiting.first(db, *place) is None:
            await self.asking.expect(db, *place, now)
        await self.waiting.keep(db, *place, said, now)

    async def _notice(self, db: Connection, about: About) -> asyncpg.Record | None:
        if not about.notice_no:
            return None
        await ledger.lock(db, about.source, about.notice_no)
        return await ledger.newest(db, about.source, about.notice_no)

    async def _by_identity(self, db: Connection, about: About) -> str | None:
        if about.identity is None:
            return None
        await ledger.lock(db, *self.vault.place(about.identity))
        return await self.vault.find(db, about.identity.resident_id)

    async def _open(self, db: Connection, said: Said, identity: Identity, now: datetime) -> Receipt:
        """A release without a notice: the person is registered by it (specification §3.4.1-4)."""
        person_ref, _ = await self.vault.enter(db, identity)
        receipt, drafts = await self._drafts(db, said, person_ref, None, now)
        first = Draft(registered(person_ref, "EXACT_ID", "NOTICE"), now, said.cause)
        waited = await self.follow_person(db, identity, person_ref, now)
        await append_person(db, self.store, person_ref, [first, *drafts, *waited])
        return receipt

    async def _append(
        self, db: Connection, said: Said, person_ref: str, notice: asyncpg.Record | None, now: datetime
    ) -> Receipt:
        receipt, drafts = await self._drafts(db, said, person_ref, notice, now)
        if drafts:
            await append_person(db, self.store, person_ref, drafts)
        return receipt

    async def _drafts(
        self, db: Connection, said: Said, person_ref: str, notice: asyncpg.Record | None, now: datetime
    ) -> tuple[Receipt, list[Draft]]:
        number, content = self._hashes(said)
        key = said.sender, said.name, number, said.revision
        known = await db.fetchval(KNOWN, *key)
        if known is not None:
            return await self._again(db, said, person_ref, known, now), []
        if notice is not None and notice["state"] == "superseded" and said.name in SUPERSEDED_MAY_NOT:
            return Receipt("rejected", "notice_superseded"), []
        draft = Draft(event_of(said, person_ref, notice), said.time, _revised(said), self.ids.new())
        await db.execute(ENTER, *key, content, draft.id)
        await _note(db, draft.event, notice)
        return Receipt("accepted"), [draft, *await self._routed_by_order(db, said, person_ref, now)]

    async def _again(self, db: Connection, said: Said, person_ref: str, known: str, now: datetime) -> Receipt:
        number, content = self._hashes(said)
        if known == content:
            return Receipt("duplicate")
        contradiction = Contradiction(
            source=said.sender,
            number=number,
            revision=said.revision,
            content_hash=content,
            person_ref=person_ref,
            wire=registry.CURRENT[said.name].wire,
        )
        await self.conflicts.park(db, contradiction, said.cause, now)
        return Receipt("conflict", "same_revision_other_content")

    def _hashes(self, said: Said) -> tuple[str, str]:
        content = json.dumps(said.data, ensure_ascii=False, sort_keys=True)
        return self.vault.digest(f"{said.name}|{said.number}".encode()), self.vault.digest(content.encode())

    async def _routed_by_order(self, db: Connection, said: Said, person_ref: str, now: datetime) -> list[Draft]:
        """An order is the basis that a notice without one was waiting for."""
        notice = await ledger.unrouted(db, person_ref) if said.name == "OrderServed" else None
        if notice is None:
            return []
        route = by_place(notice["basis"], await self.vault.read(db, person_ref), self.organisations)
        await ledger.set_route(db, notice, route)
        return [Draft(routed(route, person_ref), now, said.cause)]


def sender_of(said: Said) -> Addressee:
    """Who said a fact that has waited, and in which message: so far they have heard that it waits."""
    return Addressee(
        org=said.sender,
        number=said.key_number,
        message_id=said.cause.causation_id or "",
        topic=said.topic,
        revision=said.revision,
        traceparent=said.cause.traceparent,
    )


def event_of(said: Said, person_ref: str, notice: asyncpg.Record | None) -> Event:
    """The fact with what the ledger knows and the sender need not repeat. Raises ValidationError if it does not fit."""
    kind = registry.CURRENT[said.name]
    known = _completion(said, notice) if notice is not None else {}
    completed = {name: value for name, value in known.items() if name in kind.model_fields}
    return kind.model_validate({**said.data, **completed, "person_ref": person_ref})


def _completion(said: Said, notice: asyncpg.Record) -> dict[str, Any]:
    known = {
        "notice_no": notice["notice_no"],
        "episode_no": str(notice["episode_no"]),
        "centre_id": notice["source"],
    }
    if said.name == "ReleaseDateChanged":
        known["old_date"] = notice["planned_release_date"]
    return known


def _revised(said: Said) -> Cause:
    return replace(said.cause, revision=said.revision)


async def _note(db: Connection, event: Event, notice: asyncpg.Record | None) -> None:
    """What the fact changes in the ledger."""
    if notice is None:
        return
    if isinstance(event, ReleaseNoticeWithdrawn):
        await ledger.set_state(db, notice["source"], notice["notice_no"], "withdrawn")
    elif isinstance(event, ReleaseDateChanged):
        await ledger.set_date(db, notice, event.new_date)
