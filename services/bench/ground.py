"""What the measurements stand on: an embedded stack in a folder of its own, with real durability."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from services.embedded.stack import EmbeddedStack
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Connection, Pool, open_pool, session_settings, speak_json
from services.kernel.ids import Ids, RandomIds
from services.kernel.migrations import migrate
from services.kernel.sealing import VAULT_MIGRATIONS, FileKek, KeyRing
from services.kernel.store import Store

SOURCE: Final = "jieli/bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One stack and the parts every measurement shares."""

    database_url: str
    bootstrap: str
    clock: Clock
    ids: Ids
    keyring: KeyRing

    def store(self) -> Store:
        """A store as a service has it; nobody is woken."""
        return Store(source=SOURCE, clock=self.clock, ids=self.ids, seal=self.keyring, wake=_nobody)

    @asynccontextmanager
    async def schema(self, name: str, *folders: Path, size: int = 8) -> AsyncIterator[Pool]:
        """A pool on a service schema with the kernel's tables and those of the folders."""
        await migrate(self.database_url, name, list(folders))
        async with await open_pool(self.database_url, name, role=None, size=size) as pool:
            yield pool

    @asynccontextmanager
    async def connected(self, schema: str) -> AsyncIterator[Connection]:
        """One connection as a service's pool makes it."""
        db = await asyncpg.connect(self.database_url, server_settings=session_settings(schema))
        try:
            await speak_json(db)
            yield db
        finally:
            await db.close()


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[Ground]:
    """Start database and broker over the folder; both end with the block."""
    stack = EmbeddedStack(folder)
    await stack.start()
    try:
        await migrate(stack.database_url, "vault", [VAULT_MIGRATIONS])
        async with await open_pool(stack.database_url, "vault", role=None, size=4) as vault:
            clock = SystemClock()
            yield Ground(
                database_url=stack.database_url,
                bootstrap=stack.kafka_bootstrap,
                clock=clock,
                ids=RandomIds(clock),
                keyring=await KeyRing.over(vault, FileKek(stack.kek_file)),
            )
    finally:
        await stack.stop()


def _nobody() -> None:
    return None
