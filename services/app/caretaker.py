"""Starts an embedded part again that died: the broker empty and under a new cluster id, the database on its data."""

from __future__ import annotations

import asyncio

from services.embedded.stack import EmbeddedStack
from services.kernel import logs

LOOK_EVERY = 0.5  # seconds

log = logs.get("app.caretaker")


class Caretaker:
    """Looks after both parts of one stack."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self._stack = stack

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Start whatever does not run any more."""
        for part in await self._stack.start_missing():
            log.warning("part_restarted", part=part)
