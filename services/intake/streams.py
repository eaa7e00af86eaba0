"""Appending behind whatever a stream holds; who was too slow redoes the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from services.kernel.db import Connection
from services.kernel.errors import RetryTransaction, WrongVersion
from services.kernel.store import Draft, Recorded, Store


async def append_person(
    db: Connection, store: Store, person_ref: str, drafts: Sequence[Draft], *, is_new: bool = False
) -> list[Recorded]:
    """Append to the one stream that intake keeps for a person; nothing can stand in that of a new one."""
    stream = f"person-{person_ref}"
    if is_new:
        return await store.append(db, stream, person_ref, 0, drafts)
    return await append_last(db, store, stream, person_ref, drafts)


async def append_last(db: Connection, store: Store, stream: str, key: str, drafts: Sequence[Draft]) -> list[Recorded]:
    """Append to a stream whatever its version is; RetryTransaction where somebody is faster."""
    try:
        return await store.append(db, stream, key, None, drafts)
    except WrongVersion as faster:
        raise RetryTransaction(stream) from faster
