"""One data key per person: minted once, cached a while, erased for ever."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from cryptography.exceptions import InvalidTag

from services.kernel.ciphers import CIPHERS, KEY_BYTES, Aead, Alg, derived
from services.kernel.errors import Poison, SetAside
from services.kernel.kek import Kek

if TYPE_CHECKING:
    import asyncpg

    from services.kernel.db import Connection, Pool

VAULT_MIGRATIONS: Final = Path(__file__).parent / "sql_vault"
CACHED: Final = 20_000
CACHED_SECONDS: Final = 60.0  # how long an erasure can stay unknown to a process that missed the word about it
ERASED: Final = "jieli_erased"  # the channel of that word

MINT = """
    with minted as (
        insert into person_keys (person_ref, kid, wrapped, wrapped_by) values ($1, $2, $3, $4)
        on conflict (person_ref) do nothing
        returning kid, wrapped, wrapped_by, state
    )
    select kid, wrapped, wrapped_by, state from minted
    union all
    select kid, wrapped, wrapped_by, state from person_keys where person_ref = $1
"""
FIND = "select kid, wrapped, wrapped_by, state from person_keys where person_ref = $1"
FENCE = """
    insert into vault.person_keys (person_ref, kid, state) values ($1, $2, $3)
    on conflict (person_ref) do update set state = excluded.state, wrapped = null, wrapped_by = null
"""
DESTROY_SEALED = "delete from vault.sealed_keys where person_ref = $1"
TELL = "select pg_notify($1, $2)"


@dataclass(frozen=True)
class PersonKey:
    """A person's open key. Never printed, never stored."""

    kid: str
    secret: bytes = field(repr=False)
    until: float = field(repr=False)

    def aead(self, alg: Alg) -> Aead:
        """The key as a cipher of the suite."""
        return self._aes if alg == "A256GCM" else CIPHERS[alg](self.secret)

    @cached_property
    def _aes(self) -> Aead:
        return CIPHERS["A256GCM"](self.secret)

    @cached_property
    def tagging(self) -> bytes:
        """The key of keyed hashes about this person."""
        return derived(self.secret, "tag v1")


class PersonKeys:
    """The keys in schema `vault` (pool bound to it), behind a bounded cache.

    A sealed or an erased key raises SetAside("SEALED") for every use and is never minted again. Every process forgets
    it at the word of `listen`, or after a minute.
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

    async def erase(self, db: Connection, person_ref: str) -> None:
        """Destroy the key and fence it, also where none was minted yet; `db`: in a transaction of schema `vault`."""
        await erase_key(db, person_ref)
        self.forget(person_ref)

    async def listen(self) -> None:
        """Forget what any process erases, for as long as this runs."""
        over = asyncio.Event()

        def ended(_db: object) -> None:
            over.set()

        def told(_db: object, _pid: int, _channel: str, person_ref: object) -> None:
            self.forget(str(person_ref))

        async with self._pool.acquire() as db:
            db.add_termination_listener(ended)
            await db.add_listener(ERASED, told)
            try:
                await over.wait()
            finally:
                db.remove_termination_listener(ended)
                await db.remove_listener(ERASED, told)
        raise ConnectionResetError(ERASED)

    def forget(self, person_ref: str) -> None:
        """Drop the open key of a person; one that is being fetched now is not kept."""
        self._erasures += 1
        self._cache.pop(person_ref, None)

    async def _fetched(self, person_ref: str, fetch: Callable[[str], Awaitable[asyncpg.Record]]) -> PersonKey:
        erasures = self._erasures
        row = await fetch(person_ref)
        if row["state"] != "active":
            raise SetAside("SEALED")
        key = self._unwrapped(person_ref, row)
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
        by, wrapped = self._kek.wrap(os.urandom(KEY_BYTES), context(person_ref, kid))
        row = await self._pool.fetchrow(MINT, person_ref, kid, wrapped, by)
        if row is None:  # the winner committed after this statement's snapshot; it is visible now
            return await self._find(person_ref)
        return row

    def _cached(self, person_ref: str) -> PersonKey | None:
        found = self._cache.get(person_ref)
        if found is None or found.until < _now():
            return None
        self._cache.move_to_end(person_ref)
        return found

    def _keep(self, person_ref: str, key: PersonKey) -> None:
        self._cache[person_ref] = key
        while len(self._cache) > self._size:
            self._cache.popitem(last=False)

    def _unwrapped(self, person_ref: str, row: asyncpg.Record) -> PersonKey:
        try:
            secret = self._kek.unwrap(row["wrapped_by"], row["wrapped"], context(person_ref, row["kid"]))
        except InvalidTag:
            raise Poison("key_unreadable") from None
        return PersonKey(row["kid"], secret, _now() + CACHED_SECONDS)


async def erase_key(db: Connection, person_ref: str) -> None:
    """Destroy a person's key, hot or sealed, and fence it; every process hears of it when the transaction commits."""
    await db.execute(DESTROY_SEALED, person_ref)
    await fence(db, person_ref, "erased")


async def fence(db: Connection, person_ref: str, state: Literal["sealed", "erased"]) -> str:
    """From now on no key is minted for this person, and every process forgets the one it has; gives the row's kid."""
    kid = _new_kid()
    await db.execute(FENCE, person_ref, kid, state)
    await forgotten(db, person_ref)
    return kid


async def forgotten(db: Connection, person_ref: str) -> None:
    """Tell every process to forget a key; the word goes out when the transaction commits."""
    await db.execute(TELL, ERASED, person_ref)


def context(person_ref: str, kid: str) -> bytes:
    """What a person's wrapped key is bound to."""
    return f"{person_ref}|{kid}".encode()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _new_kid() -> str:
    return secrets.token_hex(8)
