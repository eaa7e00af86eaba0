"""Work that failed is left alone for a while, so that the rest goes on."""

from __future__ import annotations

import asyncio

LONGEST_HOLD = 60.0  # seconds


class HeldBack:
    """Sagas whose deadlines failed, each left alone for twice as long as the last time."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def hold(self, saga_id: str) -> float:
        """Leave it alone from now on; gives for how many seconds."""
        self._failures[saga_id] = self._failures.get(saga_id, 0) + 1
        pause = min(2.0 ** (self._failures[saga_id] - 1), LONGEST_HOLD)
        self._until[saga_id] = asyncio.get_running_loop().time() + pause
        return pause

    def sagas(self) -> list[str]:
        """Those that are held back now."""
        now = asyncio.get_running_loop().time()
        return [saga_id for saga_id, until in self._until.items() if until > now]

    def forget(self, saga_id: str) -> None:
        """It succeeded: its failures no longer count."""
        self._failures.pop(saga_id, None)
        self._until.pop(saga_id, None)
