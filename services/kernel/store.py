"""The event store of a service: append to streams, read a stream, read the feed in commit order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import asyncpg
from pydantic_core import from_json

from schemas import registry
from schemas.base import Event
from schemas.envelope import Envelope, headers_of
from services.kernel.clock import SHANGHAI, Clock
from services.kernel.db import Connection, after_commit
from services.kernel.errors import RetryTransaction, WrongVersion
from services.kernel.ids import Ids
from services.kernel.words import Sealer

WRONG_VERSION = "JV409"  # raised by the function append

APPEND = "select at_position, at_version, at_xid from append($1, $2, $3, $4, $5, $6, $7, $8)"
APPEND_LAST = """
    select at_position, at_version, at_xid
    from append($1, $2, (select coalesce(max(version), 0) from events where stream_id = $2), $3, $4, $5, $6, $7)
"""
VERSION = "select coalesce(max(version), 0) from events where stream_id = $1"
LOAD = """
    select position, xid::text as xid, stream_id, version, event_id, type, data::text, meta, recorded_at
    from events
    where stream_id = $1
    order by version
"""
FEED = """
    select position, xid::text as xid, stream_id, version, event_id, type, data::text, meta, recorded_at
    from events
    where (xid, position) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by events.xid, position
    limit $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why and by whom: what made a fact be written. Becomes the envelope's attributes of the same meaning."""

    correlation_id: str | None = None
    causation_id: str | None = None
    actor_ref: str | None = None
    capacity: str | None = None
    legal_basis: str | None = None
    purpose: str | None = None
    policy_version: str | None = None
    srcseq: int | None = None
    revision: int | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact to be written. `time` is when it happened; `id` only where a caller must know it before."""

    event: Event
    time: datetime
    cause: Cause
    id: str | None = None


@dataclass(frozen=True)  # without slots, so that `data` can be kept
class Recorded:
    """A row of `events`. `body`: the sealed payload as JSON; `meta`: the envelope's attributes that are not columns."""

    position: int
    xid: str
    stream_id: str
    version: int
    event_id: str
    type: str
    body: bytes
    meta: dict[str, Any]
    recorded_at: datetime

    @cached_property
    def data(self) -> dict[str, Any]:
        """The payload, read only where it is asked for: the relay passes it on unread."""
        found: dict[str, Any] = from_json(self.body)
        return found

    def event(self) -> Event:
        """The payload as the current class of its type, upcast, still sealed."""
        return registry.load(self.type, self.data)

    def envelope(self) -> Envelope:
        """The attributes it travels with."""
        return Envelope.model_validate(self._attributes())

    def headers(self) -> list[tuple[str, bytes]]:
        """The same as headers of a record."""
        return headers_of(self._attributes())

    def _attributes(self) -> dict[str, Any]:
        columns = {"id": self.event_id, "type": self.type, "sequence": self.version, "stream": self.stream_id}
        return self.meta | columns


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed: everything up to and including it has been read."""

    xid: str = "0"
    position: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    event_id: str
    type: str
    body: bytes
    meta: dict[str, Any]


class Store:
    """One service's store; `source`: the CloudEvents source of its events; `wake` tells the relay of committed ones."""

    def __init__(self, *, source: str, clock: Clock, ids: Ids, seal: Sealer, wake: Callable[[], None]) -> None:
        self._source = source
        self._clock = clock
        self._ids = ids
        self._sealer = seal
        self._wake = wake

    async def append(
        self, db: Connection, stream_id: str, key: str, expected: int | None, drafts: Sequence[Draft]
    ) -> list[Recorded]:
        """Write the drafts behind version `expected` of the stream, in one round trip inside the caller's transaction.

        `expected` None: behind whatever it holds; WrongVersion then says that somebody is writing at this moment.
        All streams of a `key` are written one transaction after the other, and are fed in that order. Raises
        WrongVersion, or RetryTransaction where a newer transaction was first: the caller's transaction is then over.
        A stream always keeps its key.
        """
        if not drafts:
            return []
        now = self._clock.now()
        rows = [await self._row(draft, key, now) for draft in drafts]
        placed = await _insert(db, stream_id, key, expected, rows, now)
        after_commit(self._wake)
        return [
            Recorded(
                at["at_position"],
                at["at_xid"],
                stream_id,
                at["at_version"],
                row.event_id,
                row.type,
                row.body,
                row.meta,
                now,
            )
            for at, row in zip(placed, rows, strict=True)
        ]

    async def version(self, db: Connection, stream_id: str) -> int:
        """The stream's version, 0 if it has no event."""
        found: int = await db.fetchval(VERSION, stream_id)
        return found

    async def load(self, db: Connection, stream_id: str) -> list[Recorded]:
        """All events of the stream, oldest first."""
        return [recorded(row) for row in await db.fetch(LOAD, stream_id)]

    async def feed(self, db: Connection, after: Cursor, limit: int) -> list[Recorded]:
        """Up to `limit` events behind the cursor that no open transaction can precede any more."""
        return [recorded(row) for row in await db.fetch(FEED, after.xid, after.position, limit)]

    async def _row(self, draft: Draft, key: str, now: datetime) -> _Row:
        event_id = draft.id or self._ids.new()
        body = await self._sealer.seal(draft.event, event_id)
        return _Row(event_id, draft.event.wire, body, self._meta(draft, key, now))

    def _meta(self, draft: Draft, key: str, now: datetime) -> dict[str, Any]:
        fixed = {
            "source": self._source,
            "subject": getattr(draft.event, "person_ref", None) or key,
            "partitionkey": key,
            "time": draft.time.astimezone(SHANGHAI).isoformat(),
            "recordedtime": now.isoformat(),
            "dataschema": registry.schema_uri(draft.event.wire),
            "piiclass": draft.event.pii,
        }
        return fixed | _told(draft.cause)


def recorded(row: asyncpg.Record) -> Recorded:
    """A row of the feed's columns as a value."""
    return Recorded(
        row["position"],
        row["xid"],
        row["stream_id"],
        row["version"],
        row["event_id"],
        row["type"],
        row["data"].encode(),
        row["meta"],
        row["recorded_at"].astimezone(SHANGHAI),
    )


async def _insert(
    db: Connection, stream_id: str, key: str, expected: int | None, rows: Sequence[_Row], now: datetime
) -> list[asyncpg.Record]:
    columns = (
        [row.event_id for row in rows],
        [row.type for row in rows],
        [row.body for row in rows],
        [row.meta for row in rows],
    )
    try:
        if expected is None:
            return await db.fetch(APPEND_LAST, key, stream_id, *columns, now)
        return await db.fetch(APPEND, key, stream_id, expected, *columns, now)
    except asyncpg.SerializationError as error:
        raise RetryTransaction(stream_id) from error
    except asyncpg.PostgresError as error:
        if error.sqlstate == WRONG_VERSION:
            raise WrongVersion(stream_id, expected or 0, int(error.detail or -1)) from error
        raise


ATTRIBUTE = {
    "correlation_id": "correlationid",
    "causation_id": "causationid",
    "actor_ref": "actorref",
    "capacity": "actingcapacity",
    "legal_basis": "legalbasis",
    "purpose": "purpose",
    "policy_version": "policyversion",
    "srcseq": "srcseq",
    "revision": "revision",
    "traceparent": "traceparent",
}


def _told(cause: Cause) -> dict[str, str | int]:
    values = ((attribute, getattr(cause, name)) for name, attribute in ATTRIBUTE.items())
    return {attribute: value for attribute, value in values if value is not None}
