"""One data key per person: minted once, cached a while, erased for ever."""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.errors import Poison, SetAside
from services.kernel.kek import KEY_BYTES, Kek, derived

if TYPE_CHECKING:
    import asyncpg

    from services.kernel.db import Pool

VAULT_MIGRATIONS: Final = Path(__file__).parent / "sql_vault"
CACHED: Final = 20_000

MINT = """
    with minted as (
        insert into person_keys (person_ref, kid, wrapped, wrapped_by) values ($1, $2, $3, $4)
        on conflict (person_ref) do nothing
        returning kid, wrapped, state
    )
    select kid, wrapped, state from minted
    union all
    select kid, wrapped, state from person_keys where person_ref = $1
"""
FIND = "select kid, wrapped, state from person_keys where person_ref = $1"
ERASE = """
    insert into person_keys (person_ref, kid, state) values ($1, $2, 'erased')
    on conflict (person_ref) do update set state = 'erased', wrapped = null, wrapped_by = null
"""


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's open key. Never printed, never stored."""

    kid: str
    aead: AESGCM = field(repr=False)
    tagging: bytes = field(repr=False)


class PersonKeys:
    """The keys in schema `vault` (pool bound to it), behind a bounded cache.

    An erased key raises SetAside("SEALED") for every use and is never minted again; erasing empties the cache of
    this process, other processes must be told.
    """

    def __init__(self, pool: Pool, kek: Kek, *, cached: int = CACHED) -> None:
        self._pool = pool
        self._kek = kek
        self._size = cached
        self._cache: OrderedDict[str, PersonKey] = OrderedDict()
        self._erasures = 0

    async def to_write(self, person_ref: str) -> PersonKey:
        """The person's key, minted at first use; of several first uses at once one wins and all get its key."""
        return self._cached(person_ref) or await self._fetched(person_ref, self._mint)

    async def to_read(self, person_ref: str) -> PersonKey:
        """The person's key. Raises Poison where there never was one: reading mints nothing."""
        return self._cached(person_ref) or await self._fetched(person_ref, self._find)

    async def erase(self, person_ref: str) -> None:
        """Destroy the key and fence it, also where none was minted yet."""
        await self._pool.execute(ERASE, person_ref, _new_kid())
        self._erasures += 1
        self._cache.pop(person_ref, None)

    async def _fetched(self, person_ref: str, fetch: Callable[[str], Awaitable[asyncpg.Record]]) -> PersonKey:
        erasures = self._erasures
        row = await fetch(person_ref)
        if row["state"] == "erased":
            raise SetAside("SEALED")
        key = self._unwrapped(person_ref, row["kid"], row["wrapped"])
        if erasures == self._erasures:  # a key fetched while one was erased may be the erased one
            self._keep(person_ref, key)
        return key

    async def _find(self, person_ref: str) -> asyncpg.Record:
        row = await self._pool.fetchrow(FIND, person_ref)
        if row is None:
            raise Poison("key_unknown")
        return row

    async def _mint(self, person_ref: str) -> asyncpg.Record:
        kid = _new_kid()
        wrapped = self._kek.wrap(os.urandom(KEY_BYTES), _context(person_ref, kid))
        row = await self._pool.fetchrow(MINT, person_ref, kid, wrapped, self._kek.kid)
        if row is None:  # the winner committed after this statement's snapshot; it is visible now
            return await self._find(person_ref)
        return row

    def _cached(self, person_ref: str) -> PersonKey | None:
        found = self._cache.get(person_ref)
        if found is not None:
            self._cache.move_to_end(person_ref)
        return found

    def _keep(self, person_ref: str, key: PersonKey) -> None:
        self._cache[person_ref] = key
        while len(self._cache) > self._size:
            self._cache.popitem(last=False)

    def _unwrapped(self, person_ref: str, kid: str, wrapped: bytes) -> PersonKey:
        try:
            secret = self._kek.unwrap(wrapped, _context(person_ref, kid))
        except InvalidTag:
            raise Poison("key_unreadable") from None
        return PersonKey(kid, AESGCM(secret), derived(secret, "tag v1"))


def _context(person_ref: str, kid: str) -> bytes:
    return f"{person_ref}|{kid}".encode()


def _new_kid() -> str:
    return secrets.token_hex(8)
