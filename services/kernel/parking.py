"""Putting messages aside: one alone, a key with all that follows, or an unreadable one by its place.

All methods run inside the caller's transaction. Each parked thing is told on `hub.parked.v1`, in a stream of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas.parked import EventParked
from schemas.topics import TOPICS
from services.kernel import inbox, meters
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.ids import Ids
from services.kernel.reading import PLAIN_ID, Named, current_type
from services.kernel.records import RawMessage, Subscription
from services.kernel.store import Cause, Draft, Store

BLOCKED_BY = "select id from parked_keys where consumer = $1 and key = $2 and state = 'blocked' for share"
OPEN = """
    insert into parked_keys (id, consumer, key, first_event, reason, detail_fields, attempts, since, state)
    values ($1, $2, $3, $4, $5, $6, 1, $7, $8)
    on conflict (consumer, key) where state = 'blocked' do nothing
    returning id
"""
KEEP = """
    insert into parked_messages
        (parked_id, event_id, cluster_id, topic, partition, "offset", key, headers, value, timestamp, sha256)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
QUARANTINE = """
    insert into quarantined (id, consumer, topic, partition, "offset", cluster_id, sha256, reason, fields, at, state)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'quarantined')
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message could not be handled. `fields`: names of fields or of an error, never values."""

    reason: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parking:
    """Where a service's messages are put aside."""

    store: Store
    clock: Clock
    ids: Ids
    service: str

    async def blocked_by(self, db: Connection, consumer: str, key: str) -> str | None:
        """What blocks the key. Waits for an operator's retry of it to end."""
        found: str | None = await db.fetchval(BLOCKED_BY, consumer, key)
        return found

    async def append(self, db: Connection, parked_id: str, named: Named) -> None:
        """Put a message behind the others of its key."""
        raw = named.raw
        key, headers, value = (raw.key, raw.headers, raw.value) if named.keep else (None, (), None)
        place = raw.cluster_id, raw.topic, raw.partition, raw.offset
        content = key, inbox.stored_headers(headers), value, raw.timestamp, raw.sha256
        await db.execute(KEEP, parked_id, named.event_id, *place, *content)

    async def give_up(
        self, db: Connection, subscription: Subscription, named: Named, failure: Failure, *, held: bool = False
    ) -> None:
        """Block the message's key, or quarantine the message if it has none. `held`: it is in the inbox already."""
        if not held and not await inbox.claim(db, subscription.consumer, named.event_id):
            return
        key = named.key
        if key is None:
            await self.quarantine(db, subscription, named.raw, failure)
        else:
            await self._block(db, subscription.consumer, key, named, failure)

    async def set_aside(self, db: Connection, consumer: str, named: Named, reason: str) -> None:
        """List one message that fits no rule; its key flows on."""
        parked_id = self.ids.new()
        key = named.key or named.raw.place
        now = self.clock.now()
        await db.execute(OPEN, parked_id, consumer, key, named.event_id, reason, [], now, "set_aside")
        await self.append(db, parked_id, named)
        meters.set_aside.labels(self.service).inc()
        if named.raw.topic != EventParked.topic:  # else a consumer of that topic could feed itself for ever
            await self._tell(db, parked_id, consumer, named, Failure(reason), blocking=False)

    async def quarantine(self, db: Connection, subscription: Subscription, raw: RawMessage, failure: Failure) -> None:
        """Remember an unreadable message by its place and fingerprint, never its content."""
        parked_id = self.ids.new()
        place = raw.topic, raw.partition, raw.offset, raw.cluster_id, raw.sha256
        now = self.clock.now()
        await db.execute(
            QUARANTINE, parked_id, subscription.consumer, *place, failure.reason, list(failure.fields), now
        )
        named = Named(raw, raw.place, None, keep=False)
        told = Failure("SCHEMA", failure.fields)
        await self._tell(db, parked_id, subscription.consumer, named, told, blocking=False)
        meters.quarantined.labels(self.service).inc()
        if subscription.on_quarantine:
            await subscription.on_quarantine(db, raw, failure.reason)

    async def _block(self, db: Connection, consumer: str, key: str, named: Named, failure: Failure) -> None:
        parked_id = self.ids.new()
        fields = list(failure.fields)
        now = self.clock.now()
        opened = await db.fetchval(
            OPEN, parked_id, consumer, key, named.event_id, failure.reason, fields, now, "blocked"
        )
        if opened is None:  # another process of this consumer blocked it meanwhile
            parked_id = await self.blocked_by(db, consumer, key) or parked_id
        await self.append(db, parked_id, named)
        if opened:
            await self._tell(db, parked_id, consumer, named, failure, blocking=True)

    async def _tell(
        self, db: Connection, parked_id: str, consumer: str, named: Named, failure: Failure, *, blocking: bool
    ) -> None:
        about = described(named, parked_id, consumer)
        event = EventParked(reason=failure.reason, blocking=blocking, fields=plain(failure.fields), **about)
        draft = Draft(event, self.clock.now(), cause_of(named))
        await self.store.append(db, stream(parked_id), parked_key(named), 0, [draft])


def stream(parked_id: str) -> str:
    """The stream of one parked thing."""
    return f"parked-{parked_id}"


def parked_key(named: Named) -> str:
    """The key it is told under: the original one for our own messages, else the place."""
    return (named.raw.key_text if named.keep else None) or named.raw.place


def described(named: Named, parked_id: str, consumer: str) -> dict[str, Any]:
    """The fields of EventParked and EventReleased that say which message of whom."""
    topic = TOPICS.get(named.raw.topic)
    by_person = named.keep and topic is not None and topic.key == "person_ref"
    key = named.raw.key_text or ""
    kind = current_type(named.envelope.type) if named.envelope else None
    return {
        "original_id": named.event_id if named.keep else named.raw.place,
        "original_type": kind.wire if kind else None,
        "person_ref": key if by_person and PLAIN_ID.fullmatch(key) else None,
        "parked_id": parked_id,
        "consumer": consumer,
    }


def cause_of(named: Named, actor_ref: str | None = None) -> Cause:
    """Its place in the chain of causes."""
    envelope = named.envelope
    if envelope is None:
        return Cause(actor_ref=actor_ref)
    correlation = envelope.correlationid
    return Cause(
        correlation_id=correlation, causation_id=envelope.id, traceparent=envelope.traceparent, actor_ref=actor_ref
    )


def plain(fields: Iterable[str]) -> tuple[str, ...]:
    """Those that look like names."""
    return tuple(name for name in fields if PLAIN_ID.fullmatch(name))
