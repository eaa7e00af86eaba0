"""Keys of sealed records: moved out of the hot keys, under a key of their own, opened only for a lawful read."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.ciphers import NONCE_BYTES
from services.kernel.db import Connection, Pool
from services.kernel.errors import Poison, SetAside
from services.kernel.hub_keys import hub_key
from services.kernel.kek import Kek
from services.kernel.person_keys import CACHED_SECONDS, PersonKey, context, fence, forgotten

SEALING: Final = "sealing vault v1"

HOT: Final = """
    select kid, wrapped, wrapped_by, state from vault.person_keys where person_ref = $1 for update
"""
MOVE_OUT: Final = """
    update vault.person_keys set state = 'sealed', wrapped = null, wrapped_by = null where person_ref = $1
"""
MOVE_IN: Final = "insert into vault.sealed_keys (person_ref, kid, wrapped, sealed_at) values ($1, $2, $3, $4)"
FIND: Final = "select kid, wrapped from vault.sealed_keys where person_ref = $1"


class Keys(Protocol):
    """Gives people's open keys to who opens."""

    async def to_read(self, person_ref: str) -> PersonKey: ...


@dataclass(frozen=True, slots=True)
class OneKey:
    """The key of one sealed record, for reading it alone. Raises SetAside("SEALED") for anything else."""

    person_ref: str
    key: PersonKey

    async def to_read(self, person_ref: str) -> PersonKey:
        if person_ref != self.person_ref:
            raise SetAside("SEALED")
        return self.key


@dataclass(frozen=True, slots=True)
class SealedKeys:
    """Moves keys there; they come back only for one reading at a time. `pool`: over schema `vault`."""

    pool: Pool
    kek: Kek

    async def seal(self, db: Connection, person_ref: str, now: datetime) -> str:
        """Move a person's key out of the hot keys, in the caller's transaction; gives its kid.

        Every process forgets the key when the transaction commits. A person without a key is fenced all the same.
        Raises SetAside("SEALED") for one that is sealed or erased already.
        """
        row = await db.fetchrow(HOT, person_ref)
        if row is None:
            return await fence(db, person_ref, "sealed")
        if row["state"] != "active":
            raise SetAside("SEALED")
        secret = self.kek.unwrap(row["wrapped_by"], row["wrapped"], context(person_ref, row["kid"]))
        await db.execute(MOVE_IN, person_ref, row["kid"], await self._wrapped(person_ref, row["kid"], secret), now)
        await db.execute(MOVE_OUT, person_ref)
        await forgotten(db, person_ref)
        return str(row["kid"])

    async def reopened(self, db: Connection, person_ref: str) -> PersonKey:
        """The key of a sealed record, for the caller alone. Raises SetAside("SEALED") where there is none any more."""
        row = await db.fetchrow(FIND, person_ref)
        if row is None:
            raise SetAside("SEALED")
        nonce, ct = row["wrapped"][:NONCE_BYTES], row["wrapped"][NONCE_BYTES:]
        try:
            secret = AESGCM(await self._key()).decrypt(nonce, ct, _bound_to(person_ref, row["kid"]))
        except InvalidTag:
            raise Poison("key_unreadable") from None
        return PersonKey(row["kid"], secret, asyncio.get_running_loop().time() + CACHED_SECONDS)

    async def _wrapped(self, person_ref: str, kid: str, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(await self._key()).encrypt(nonce, secret, _bound_to(person_ref, kid))

    async def _key(self) -> bytes:
        """Fetched for each use and never kept: sealing is rare, and a key in memory is a key that can be read."""
        return await hub_key(self.pool, self.kek, SEALING)


def _bound_to(person_ref: str, kid: str) -> bytes:
    return b"sealed|" + context(person_ref, kid)
