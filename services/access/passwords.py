"""Passwords of local users: Argon2id at the strength that OWASP names as the least (19 MiB, two passes)."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from services.kernel.db import Connection, Pool

FIND: Final = "select hash from passwords where name = $1"
KEEP: Final = """
    insert into passwords (name, hash, set_at) values ($1, $2, $3)
    on conflict (name) do update set hash = excluded.hash, set_at = excluded.set_at
"""
SALT_BYTES: Final = 16
WORDS: Final = 15  # random bytes: 20 characters
LONGEST: Final = 200


def hashed(password: str) -> str:
    """A PHC string with a fresh salt. Takes some 50 ms."""
    kdf = Argon2id(salt=secrets.token_bytes(SALT_BYTES), length=32, iterations=2, lanes=1, memory_cost=19_456)
    return kdf.derive_phc_encoded(password.encode())


def matches(password: str, kept: str) -> bool:
    """Whether it is the password of a PHC string."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except InvalidKey:
        return False
    return True


class Passwords:
    """Who has which password. `db`: of schema `access`."""

    def __init__(self, db: Pool | Connection) -> None:
        self._db = db
        self._nobody = ""

    async def fits(self, name: str, password: str) -> bool:
        """Whether that is the user's password; takes as long for a user without one."""
        kept = await self.kept(name)
        right = await asyncio.to_thread(matches, password[:LONGEST], kept or await self._somebodys())
        return right and kept is not None and len(password) <= LONGEST

    async def kept(self, name: str) -> str | None:
        """The hash of the user's present password; None without one."""
        found: str | None = await self._db.fetchval(FIND, name)
        return found

    async def _somebodys(self) -> str:
        """A hash that fits no password, made once."""
        if not self._nobody:
            self._nobody = await asyncio.to_thread(hashed, secrets.token_urlsafe())
        return self._nobody

    async def renew(self, name: str, now: datetime) -> str:
        """A fresh password for a user; whoever asked must show it, nothing else can."""
        password = secrets.token_urlsafe(WORDS)
        await self._db.execute(KEEP, name, await asyncio.to_thread(hashed, password), now)
        return password
