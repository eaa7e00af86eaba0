"""The Kafka door: one message, its effects and its receipt in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg
from pydantic import ValidationError

from services.intake import ledger
from services.intake.answers import NOBODY, Addressee
from services.intake.bodies import IdentityBody, NoticeBody, identity_of, notice_of
from services.intake.desk import Desk
from services.intake.domain.notice import Identity, RowRefusal
from services.intake.domain.numbers import is_personal, is_plain
from services.intake.domain.receipts import Receipt
from services.intake.facts import About
from services.intake.identity_key import IdentityKey
from services.intake.ingress import Ingress, misfit, number_given, read_message
from services.intake.waiting import Said
from services.kernel.db import Connection
from services.kernel.records import Quarantine, RawMessage
from services.kernel.store import Cause

PAPERS: Final = ("order_no", "doc_no", "decision_no", "certificate_no")
"""Fields of numbers that are class P3; a sender may have made one the key of its message."""


@dataclass(frozen=True, slots=True)
class Door:
    """Handles `in.*` messages; raises Quarantine for what cannot be read."""

    desk: Desk
    key: IdentityKey

    async def take(self, db: Connection, raw: RawMessage) -> None:
        """Judge one message and answer it."""
        said = read_message(raw, self.desk.organisations, self.key)
        now = self.desk.clock.now()
        addressee = Addressee(
            org=said.sender,
            number=_told(said.key_number),
            message_id=said.message_id,
            topic=raw.topic,
            revision=said.revision,
            traceparent=said.traceparent,
            paper=any(said.data.get(field) == said.key_number for field in PAPERS),
        )
        if await self.desk.answers.seen(db, addressee):
            receipt = Receipt("duplicate", "same_message")
        else:
            receipt = await self._judge(db, said, raw.topic)
            await self.desk.sequences.note(db, said.sender, said.srcseq, now)
        await self.desk.answers.give(db, addressee, receipt, now)

    async def quarantined(self, db: Connection, raw: RawMessage, reason: str) -> None:
        """Answer a message that could not be read, as far as its sender can be told apart. Its number has arrived."""
        org, number = self._addressed(raw)
        now = self.desk.clock.now()
        addressee = Addressee(org=org, number=number, message_id=_message_id(raw), topic=raw.topic)
        await self.desk.answers.give(db, addressee, Receipt("quarantined", reason), now)
        if numbered := number_given(raw, self.desk.organisations):
            await self.desk.sequences.note(db, *numbered, now)

    def _addressed(self, raw: RawMessage) -> tuple[str, str]:
        org, slash, number = (raw.key_text or "").partition("/")
        if not slash or self.desk.organisations.get(org) is None:
            return NOBODY, NOBODY
        return org, number if is_plain(number) else NOBODY

    async def _judge(self, db: Connection, said: Ingress, topic: str) -> Receipt:
        """What the message comes to. A fact that does not fit its own class is the sender's fault, not ours."""
        try:
            return await self._fact(db, said, topic)
        except ValidationError as wrong:
            raise misfit(wrong) from None

    async def _fact(self, db: Connection, said: Ingress, topic: str) -> Receipt:
        if said.notice is not None:
            return await self._notice(db, said, said.notice)
        identity = self._identity(said.identity) if said.identity else None
        if isinstance(identity, RowRefusal):
            return Receipt("rejected", identity.reason)
        if identity is None and not said.notice_no:
            raise Quarantine("reference_missing", ["notice_no", "identity"])
        fact = Said(
            name=said.name,
            sender=said.sender,
            number=said.number,
            revision=max(said.revision, 1),
            data=said.data,
            time=said.time,
            cause=_cause(said),
            topic=topic,
            key_number=_told(said.key_number),
        )
        about = About(said.source if said.notice_no else "", said.notice_no, identity)
        return await self.desk.facts.take(db, fact, about, self.desk.clock.now())

    async def _notice(self, db: Connection, said: Ingress, body: NoticeBody) -> Receipt:
        if body.notice_no != said.key_number:
            raise Quarantine("key_mismatch", ["notice_no"])
        known = await ledger.newest(db, said.sender, body.notice_no)
        if said.identity is None and known is not None and 0 < said.revision < known["revision"]:
            return Receipt("duplicate", "older_revision")
        identity = await self._whose(db, said, body, known)
        if isinstance(identity, RowRefusal):
            return Receipt("rejected", identity.reason)
        notice = notice_of(body, identity, self.desk.organisations, source=said.sender)
        if isinstance(notice, RowRefusal):
            return Receipt("rejected", notice.reason)
        received = await self.desk.reception.receive(db, notice, _cause(said), self.desk.clock.now())
        return received.receipt

    async def _whose(
        self, db: Connection, said: Ingress, body: NoticeBody, known: asyncpg.Record | None
    ) -> Identity | RowRefusal:
        """The identity of the message; a later revision may leave it out."""
        if said.identity is not None:
            return self._identity(said.identity, body.hukou_div, body.residence_div)
        if known is None:
            raise Quarantine("identity_missing", ["identity"])
        return await self.desk.vault.read(db, known["person_ref"])

    def _identity(self, body: IdentityBody, hukou_div: str = "", residence_div: str = "") -> Identity | RowRefusal:
        return identity_of(body, hukou_div, residence_div, synthetic=self.desk.rules.synthetic)


def _told(number: str) -> str:
    """A number as it may stand in a receipt's stream."""
    return NOBODY if is_personal(number) else number


def _cause(said: Ingress) -> Cause:
    return Cause(causation_id=said.message_id, actor_ref=said.sender, srcseq=said.srcseq, traceparent=said.traceparent)


def _message_id(raw: RawMessage) -> str:
    """The sender's own id where it is a plain one, else the place on the broker."""
    said = next((value for name, value in raw.headers if name == "ce_id"), None)
    text = (said or b"").decode("ascii", "replace")
    return text if is_plain(text) else raw.place
