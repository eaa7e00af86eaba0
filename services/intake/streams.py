"""Appending to the one stream that intake keeps for a person."""

from __future__ import annotations

from collections.abc import Sequence

from services.kernel.db import Connection
from services.kernel.store import Draft, Recorded, Store


async def append_person(db: Connection, store: Store, person_ref: str, drafts: Sequence[Draft]) -> list[Recorded]:
    """Append behind whatever the person's stream holds; WrongVersion or RetryTransaction if somebody is faster."""
    stream = f"person-{person_ref}"
    return await store.append(db, stream, person_ref, await store.version(db, stream), drafts)
