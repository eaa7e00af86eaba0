"""Reading in somebody's name: as the service's reader, to whom PostgreSQL shows the rows of their scope alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from services.kernel.db import Connection, Pool
from services.kernel.roles import reader_of

Scope: TypeAlias = frozenset[str]
"""Organisations whose rows may be read, and `person:<ref>` for one's own."""
EVERYTHING: Final[Scope] = frozenset({"*"})
NOTHING: Final[Scope] = frozenset()
PLAIN: Final = re.compile(r"[A-Za-z0-9_:*-]{1,120}")
"""What is not so is the name of no row; it is left out, since the setting is written as text."""
BEGIN: Final = "begin read only; set local role {role}; set local jieli.scope = '{scope}'"
END: Final = "rollback"


@asynccontextmanager
async def reading(pool: Pool, schema: str, scope: Iterable[str]) -> AsyncIterator[Connection]:
    """A connection that sees the rows of that scope until the block ends; two round trips more than none."""
    written = ",".join(sorted(each for each in scope if PLAIN.fullmatch(each)))
    async with pool.acquire() as db:
        await db.execute(BEGIN.format(role=reader_of(schema), scope=written))
        try:
            yield db
        finally:
            await db.execute(END)
