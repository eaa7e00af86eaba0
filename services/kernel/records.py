"""What comes from a topic, and what a service says it wants from it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from schemas.base import Event
from schemas.envelope import Envelope
from services.kernel.db import Connection
from services.kernel.errors import JieliError

LONGEST_KEY = 200

Headers: TypeAlias = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One record as the broker gave it. `timestamp`: milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp: int = 0
    cluster_id: str = ""

    @property
    def identity(self) -> str:
        """What tells it from every other record of every broker, where no id can be read."""
        return f"{self.cluster_id}/{self.place}"

    @property
    def place(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def sha256(self) -> str:
        """Fingerprint of the value, in hex."""
        return hashlib.sha256(self.value or b"").hexdigest()

    @property
    def key_text(self) -> str | None:
        """The key as text, or None if it has none or it is not short UTF-8 text that a database can hold."""
        try:
            text = (self.key or b"").decode()
        except UnicodeDecodeError:
            return None
        return text if 0 < len(text) <= LONGEST_KEY and "\0" not in text else None


@dataclass(frozen=True, slots=True)
class Message:
    """A fact of the hub, parsed and brought up to date; its P3 fields are still sealed."""

    envelope: Envelope
    event: Event
    topic: str
    partition: int
    offset: int
    key: str


class Quarantine(JieliError):
    """Raised by a RawHandler: the message cannot be read. `fields`: names, never values."""

    def __init__(self, reason: str, fields: Sequence[str] = ()) -> None:
        super().__init__(f"已隔离 quarantined: {reason}")
        self.reason = reason
        self.fields = tuple(fields)


Handler: TypeAlias = Callable[[Connection, Message], Awaitable[None]]
BatchHandler: TypeAlias = Callable[[Connection, Sequence[Message]], Awaitable[None]]
RawHandler: TypeAlias = Callable[[Connection, RawMessage], Awaitable[None]]
OnQuarantine: TypeAlias = Callable[[Connection, RawMessage, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What one consumer reads. Exactly one of the three handlers, run inside the transaction that records the message.

    `reads`: wire types that are handled; other types the hub knows are acknowledged only (None: all are handled).
    `on_quarantine(db, raw, reason)` runs in the transaction that quarantines, or sets a raw message aside, e.g. to
    append a receipt.
    """

    consumer: str
    topics: tuple[str, ...]
    handle: Handler | None = None
    handle_batch: BatchHandler | None = None
    handle_raw: RawHandler | None = None
    sequenced: bool = True
    reads: frozenset[str] | None = None
    on_quarantine: OnQuarantine | None = None

    def __post_init__(self) -> None:
        given = [one for one in (self.handle, self.handle_batch, self.handle_raw) if one]
        if len(given) != 1 or not self.topics:
            message = f"订阅须有主题和唯一处理函数 needs topics and exactly one handler: {self.consumer}"
            raise ValueError(message)
