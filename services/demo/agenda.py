"""Virtual days: people sleep until an instant, the agenda moves the hub's clock when everybody sleeps."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import datetime
from itertools import count
from typing import Any

Move = Callable[[datetime], Awaitable[None]]


class Agenda:
    """Runs lives (coroutines) against a clock that only moves when nobody is awake."""

    def __init__(self, start: datetime, move: Move) -> None:
        self.now = start
        self._move = move
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()
        self._awake = 0
        self._all_asleep = asyncio.Event()

    async def until(self, instant: datetime) -> None:
        """Sleep until the virtual instant; returns at once if it has come."""
        if instant <= self.now:
            return
        alarm = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (instant, next(self._order), alarm))
        self._doze()
        await alarm

    async def run(self, lives: Iterable[Coroutine[Any, Any, None]], end: datetime) -> None:
        """Live all lives up to `end`; who still sleeps then is let go. An error in a life ends the run."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._live(life)) for life in lives]
            self._awake = len(tasks)
            while await self._next_instant(end):
                self._wake()
            await self._move(end)
            for task in tasks:
                task.cancel()

    async def _live(self, life: Coroutine[Any, Any, None]) -> None:
        await life
        self._doze()

    def _doze(self) -> None:
        self._awake -= 1
        if self._awake == 0:
            self._all_asleep.set()

    async def _next_instant(self, end: datetime) -> bool:
        """Wait until all sleep, then move the clock to the earliest alarm; False when none is left before the end."""
        if self._awake:
            await self._all_asleep.wait()
        self._all_asleep.clear()
        if not self._sleepers or self._sleepers[0][0] > end:
            return False
        self.now = self._sleepers[0][0]
        await self._move(self.now)
        return True

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self.now:
            _, _, alarm = heapq.heappop(self._sleepers)
            self._awake += 1
            alarm.set_result(None)
