"""Receipts to the sender of a message, on `out.detox.v1`, and questions for what was not sent; never about whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.receipts import ReceiptIssued
from services.intake.domain.receipts import Receipt
from services.intake.streams import append_last
from services.kernel.db import Connection
from services.kernel.store import Cause, Draft, Store

SEEN: Final = """
    select outcome from messages where source = $1 and message_id = $2 and outcome <> 'quarantined'
"""
REMEMBER: Final = """
    insert into messages (source, message_id, outcome, at) values ($1, $2, $3, $4)
    on conflict (source, message_id) do update set outcome = excluded.outcome, at = excluded.at
    where messages.outcome = 'quarantined'
"""
CENTRES_TOPIC: Final = "in.detox.v1"
NOBODY: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Whom to answer about which message: the record key's two parts. `paper`: the number is a document's own."""

    org: str
    number: str
    message_id: str
    topic: str
    revision: int | None = None
    traceparent: str | None = None
    paper: bool = False

    @property
    def names_a_notice(self) -> bool:
        """Whether the number is one that a receipt may repeat."""
        return self.topic == CENTRES_TOPIC and not self.paper


@dataclass(frozen=True, slots=True)
class Answers:
    """Issues receipts inside the transaction that decided them.

    A document's number is class P3 (an order's, a certificate's): its sender knows the receipt by the message's id, and
    the key holds a keyed hash in the number's place. `hashed` gives it.
    """

    store: Store
    hashed: Callable[[str], str]

    async def seen(self, db: Connection, addressee: Addressee) -> bool:
        """Whether this very message was judged before; one that could not be read was not."""
        return await db.fetchval(SEEN, addressee.org, addressee.message_id) is not None

    async def give(self, db: Connection, addressee: Addressee, receipt: Receipt, now: datetime) -> None:
        """Append the receipt and remember the message."""
        await db.execute(REMEMBER, addressee.org, addressee.message_id, receipt.outcome, now)
        await self.tell(db, addressee, receipt, now)

    async def tell(self, db: Connection, addressee: Addressee, receipt: Receipt, now: datetime) -> None:
        """Append a receipt alone."""
        key = f"{addressee.org}/{self._number(addressee)}"
        cause = Cause(causation_id=addressee.message_id, traceparent=addressee.traceparent)
        draft = Draft(_event(addressee, receipt), now, cause)
        await append_last(db, self.store, f"receipt-{key}", key, [draft])

    def _number(self, addressee: Addressee) -> str:
        if addressee.names_a_notice or addressee.number == NOBODY:
            return addressee.number
        return self.hashed(f"document|{addressee.org}|{addressee.number}")


def _event(addressee: Addressee, receipt: Receipt) -> ReceiptIssued:
    notice = addressee.names_a_notice and addressee.number != NOBODY
    return ReceiptIssued(
        message_id=addressee.message_id,
        notice_no=addressee.number if notice else None,
        revision=addressee.revision if addressee.revision and addressee.revision > 0 else None,
        outcome=receipt.outcome,
        reason=receipt.reason,
        routing=receipt.routing,
        org=addressee.org if addressee.org != NOBODY else None,
    )
