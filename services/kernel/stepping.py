"""Moves a virtual clock through every deadline on the way, waiting each time until all is quiet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.db import Pool, checked_schema
from services.kernel.errors import Refused
from services.kernel.quiet import SCHEMAS, Quiet

PATIENCE: Final = 10.0  # seconds in which something must move
NEXT_DUE: Final = "select {schema}.next_due($1) as due_at"


@dataclass(slots=True)
class Stepping:
    """One clock and those who live by it; `wake` tells them that it moved."""

    pool: Pool
    clock: VirtualClock
    quiet: Quiet
    wake: Callable[[], Awaitable[object]]

    async def to(self, target: datetime) -> None:
        """Go to an instant. Refuses `clock_backwards`, or `not_quiet` (503) where an instant's work does not end."""
        if target < self.clock.now():
            raise Refused("clock_backwards", status=422)
        await self._settle()
        while (due := await self._next_due(target)) is not None:
            await self._set(due)
        if self.clock.now() < target:
            await self._set(target)

    async def _set(self, instant: datetime) -> None:
        self.clock.set(max(instant, self.clock.now()))
        await self.wake()
        await self._settle()

    async def _settle(self) -> None:
        before = None
        while waiting := await self.quiet.wait(PATIENCE):
            now = await self.quiet.look()
            if now == before:
                raise Refused("not_quiet", ", ".join(waiting), status=503)
            before = now

    async def _next_due(self, target: datetime) -> datetime | None:
        """The earliest armed deadline of any service that is due by `target`."""
        async with self.pool.acquire() as db:
            schemas = [checked_schema(row["nspname"]) for row in await db.fetch(SCHEMAS)]
            parts = [NEXT_DUE.replace("{schema}", schema) for schema in schemas]
            rows = await db.fetch(" union all ".join(parts), target)
        found = [row["due_at"] for row in rows if row["due_at"]]
        return min(found).astimezone(SHANGHAI) if found else None
