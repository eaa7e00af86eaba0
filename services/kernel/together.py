"""Many records in one transaction: a whole poll for consumers that only write down, some lanes for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.envelope import Envelope
from services.kernel import inbox, telemetry
from services.kernel.db import Connection
from services.kernel.errors import JieliError
from services.kernel.parking import Parking
from services.kernel.reading import Unreadable, current_type, envelope_of, message_of
from services.kernel.records import BatchHandler, Handler, Message, RawMessage, Subscription


class OneByOne(JieliError):
    """This poll cannot be taken together: a key in it is blocked."""


@dataclass(slots=True)
class _Turns:
    """Which of the messages are next in their streams, while going through the poll in order."""

    before: Mapping[str, int]
    last: dict[str, int] = field(default_factory=dict)

    def place(self, envelope: Envelope) -> int:
        """Negative: seen already; 0: its turn; positive: too early."""
        last = self.last.get(envelope.stream, self.before.get(envelope.stream, 0))
        return envelope.sequence - last - 1

    def steps(self) -> dict[str, tuple[int, int]]:
        return {stream: (self.before.get(stream, 0), after) for stream, after in self.last.items()}


def each(handle: Handler) -> BatchHandler:
    """One message after the other. A SetAside ends the transaction like any error: then each gets its own."""

    async def handle_all(db: Connection, messages: Sequence[Message]) -> None:
        for message in messages:
            await handle(db, message)

    return handle_all


class Together:
    """Takes the hub's facts as OwnTaker does, many at a time. Any error: nothing was taken."""

    def __init__(self, subscription: Subscription, parking: Parking, handle: BatchHandler) -> None:
        self._subscription = subscription
        self._consumer = subscription.consumer
        self._parking = parking
        self._handle = handle

    async def take(self, db: Connection, raws: Sequence[RawMessage]) -> list[str]:
        """All of them, each once and in the order of its stream. Gives the streams that have waiting messages."""
        named = [(raw, envelope_of(raw)) for raw in raws]
        keys = sorted({envelope.partitionkey for _, envelope in named})
        streams = sorted({envelope.stream for _, envelope in named})
        ids = [envelope.id for _, envelope in named]
        claimed = await inbox.claim_many(db, self._consumer, ids, keys, streams)
        if claimed.blocked:
            raise OneByOne(self._consumer)
        first = {envelope.id: place for place, (_, envelope) in reversed(list(enumerate(named)))}
        arrived = [named[place] for event_id, place in sorted(first.items(), key=_place) if event_id in claimed.fresh]
        early: set[str] = set()
        sequenced = self._subscription.sequenced
        messages = await self._in_turn(db, arrived, claimed.lasts, early) if sequenced else self._read(arrived)
        if messages:
            created = [message.envelope.traceparent for message in messages]
            with telemetry.batch("process", self._consumer, created, len(messages)):
                await self._handle(db, messages)
        return sorted(early.union(claimed.waiting))

    async def _in_turn(
        self,
        db: Connection,
        arrived: Sequence[tuple[RawMessage, Envelope]],
        lasts: Mapping[str, int],
        early: set[str],
    ) -> list[Message]:
        turns = _Turns(lasts)
        taken = []
        for raw, envelope in arrived:
            turn = turns.place(envelope)
            if turn > 0:
                await inbox.put_waiting(db, self._consumer, raw, envelope)
                early.add(envelope.stream)
            elif turn == 0:
                turns.last[envelope.stream] = envelope.sequence
                taken.append((raw, envelope))
        await inbox.advance(db, self._consumer, turns.steps())
        return self._read(taken)

    def _read(self, taken: Sequence[tuple[RawMessage, Envelope]]) -> list[Message]:
        return [message_of(raw, envelope) for raw, envelope in taken if self._reads(envelope.type)]

    def _reads(self, wire: str) -> bool:
        kind = current_type(wire)
        if kind is None:
            raise Unreadable("type_unknown", "ce_type")
        reads = self._subscription.reads
        return reads is None or wire in reads or kind.wire in reads


def _place(item: tuple[str, int]) -> int:
    return item[1]
