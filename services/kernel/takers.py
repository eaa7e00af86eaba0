"""How a message is taken, inside the caller's transaction: the hub's own facts, and messages from outside."""

from __future__ import annotations

from typing import Protocol

from schemas.envelope import Envelope
from services.kernel import inbox, telemetry
from services.kernel.db import Connection
from services.kernel.errors import SetAside
from services.kernel.parking import Failure, Parking
from services.kernel.reading import Named, Unreadable, current_type, envelope_of, message_of, name_foreign, name_own
from services.kernel.records import Handler, Message, Quarantine, RawHandler, RawMessage, Subscription


class Taker(Protocol):
    """How one subscription takes a message."""

    subscription: Subscription
    parking: Parking

    async def take(self, db: Connection, raw: RawMessage) -> str | None:
        """A message from the broker: handled, dropped, kept waiting, or put behind its blocked key; again is harmless.

        Gives the stream whose waiting messages may follow now.
        """
        ...

    async def redo(self, db: Connection, raw: RawMessage) -> str | None:
        """A message that stands in the inbox already, waiting or parked: handled if it is its turn."""
        ...

    async def again(self, db: Connection, raw: RawMessage) -> None:
        """Only the handler. Raises what it raises, SetAside and Quarantine too."""
        ...

    async def next_waiting(self, db: Connection, stream_id: str) -> RawMessage | None:
        """The waiting message whose turn has come, taken out of the waiting ones."""
        ...

    async def skip(self, db: Connection, raw: RawMessage) -> str | None:
        """Count a discarded message as seen, so that its stream goes on. Gives the stream."""
        ...

    def name(self, raw: RawMessage) -> Named:
        """What the message is remembered by."""
        ...


class OwnTaker:
    """Takes the hub's facts: in the order of their stream, each once."""

    def __init__(self, subscription: Subscription, parking: Parking, handle: Handler) -> None:
        self.subscription = subscription
        self.parking = parking
        self._consumer = subscription.consumer
        self._handle = handle

    async def take(self, db: Connection, raw: RawMessage) -> str | None:
        key = raw.key_text
        if key is None:
            raise Unreadable("key_unreadable")
        if parked_id := await self.parking.blocked_by(db, self._consumer, key):
            named = self.name(raw)
            if await inbox.claim(db, self._consumer, named.event_id):
                await self.parking.append(db, parked_id, named)
            return None
        envelope = envelope_of(raw)
        if not await inbox.claim(db, self._consumer, envelope.id):
            return envelope.stream
        return await self._in_turn(db, raw, envelope)

    async def redo(self, db: Connection, raw: RawMessage) -> str | None:
        return await self._in_turn(db, raw, envelope_of(raw))

    async def again(self, db: Connection, raw: RawMessage) -> None:
        envelope = envelope_of(raw)
        kind = current_type(envelope.type)
        if kind is None:
            raise Unreadable("type_unknown", "ce_type")
        reads = self.subscription.reads
        if reads is None or envelope.type in reads or kind.wire in reads:
            await self._call(db, message_of(raw, envelope))

    async def next_waiting(self, db: Connection, stream_id: str) -> RawMessage | None:
        return await inbox.next_waiting(db, self._consumer, stream_id)

    async def skip(self, db: Connection, raw: RawMessage) -> str | None:
        envelope = self.name(raw).envelope
        if envelope is None or not self.subscription.sequenced:
            return None
        if await inbox.last_sequence(db, self._consumer, envelope.stream) == envelope.sequence - 1:
            await inbox.advance(db, self._consumer, {envelope.stream: (envelope.sequence - 1, envelope.sequence)})
        return envelope.stream

    def name(self, raw: RawMessage) -> Named:
        return name_own(raw)

    async def _in_turn(self, db: Connection, raw: RawMessage, envelope: Envelope) -> str | None:
        if self.subscription.sequenced:
            last = await inbox.last_sequence(db, self._consumer, envelope.stream)
            if envelope.sequence <= last:
                return envelope.stream
            if envelope.sequence > last + 1:
                await inbox.put_waiting(db, self._consumer, raw, envelope)
                return None
            await inbox.advance(db, self._consumer, {envelope.stream: (last, envelope.sequence)})
        try:
            async with db.transaction():
                await self.again(db, raw)
        except SetAside as misfit:
            await self.parking.set_aside(db, self._consumer, self.name(raw), misfit.reason)
        return envelope.stream

    async def _call(self, db: Connection, message: Message) -> None:
        place = message.topic, message.partition, message.offset
        with telemetry.processing(self._consumer, place, message.envelope):
            await self._handle(db, message)


class ForeignTaker:
    """Takes messages from outside: each place once, in the order of the key, the content left to the handler."""

    def __init__(self, subscription: Subscription, parking: Parking, handle: RawHandler) -> None:
        self.subscription = subscription
        self.parking = parking
        self._consumer = subscription.consumer
        self._handle = handle

    async def take(self, db: Connection, raw: RawMessage) -> str | None:
        named = self.name(raw)
        key = named.key
        parked_id = await self.parking.blocked_by(db, self._consumer, key) if key else None
        if not await inbox.claim(db, self._consumer, named.event_id):
            return None
        if parked_id:
            await self.parking.append(db, parked_id, named)
            return None
        return await self.redo(db, raw)

    async def redo(self, db: Connection, raw: RawMessage) -> str | None:
        try:
            async with db.transaction():
                await self.again(db, raw)
        except Quarantine as bad:
            await self.parking.quarantine(db, self.subscription, raw, Failure(bad.reason, bad.fields))
        except SetAside as misfit:
            await self.parking.set_aside(db, self._consumer, self.name(raw), misfit.reason)
            if self.subscription.on_quarantine:
                await self.subscription.on_quarantine(db, raw, misfit.reason)
        return None

    async def again(self, db: Connection, raw: RawMessage) -> None:
        with telemetry.processing(self._consumer, (raw.topic, raw.partition, raw.offset), None):
            await self._handle(db, raw)

    async def next_waiting(self, db: Connection, stream_id: str) -> RawMessage | None:  # noqa: ARG002 - nothing waits
        return None

    async def skip(self, db: Connection, raw: RawMessage) -> str | None:  # noqa: ARG002 - there is no sequence
        return None

    def name(self, raw: RawMessage) -> Named:
        return name_foreign(raw)


def taker(subscription: Subscription, parking: Parking) -> Taker:
    """The taker for the kind of handler that the subscription has."""
    if subscription.handle_raw:
        return ForeignTaker(subscription, parking, subscription.handle_raw)
    if subscription.handle:
        return OwnTaker(subscription, parking, subscription.handle)
    return OwnTaker(subscription, parking, _one_by_one(subscription))


def _one_by_one(subscription: Subscription) -> Handler:
    handle_batch = subscription.handle_batch
    assert handle_batch is not None, "a Subscription has one of the three handlers"  # noqa: S101

    async def handle(db: Connection, message: Message) -> None:
        await handle_batch(db, [message])

    return handle
