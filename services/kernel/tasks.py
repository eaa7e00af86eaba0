"""The only starter of background tasks: named, kept alive, ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from services.kernel import logs

log = logs.get("kernel.tasks")

T = TypeVar("T")
Loop = Callable[[], Awaitable[None]]

_alive: set[asyncio.Task[object]] = set()  # the event loop itself holds tasks only weakly


def spawn(coro: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
    """Start a named task; it is held until it ends. Whoever started it reads its outcome."""
    task = asyncio.create_task(coro, name=name)
    _alive.add(task)
    task.add_done_callback(_alive.discard)
    return task


def asked_to_end() -> bool:
    """Whether somebody cancels this task."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def outlive(ending: Awaitable[None]) -> None:
    """Await an end that lets cancellations of its own tasks out, as aiokafka's `stop` does when the broker is gone."""
    try:
        await ending
    except asyncio.CancelledError:
        if asked_to_end():
            raise


class Loops:
    """Long-running loops by name. One that fails is started again, after `first` seconds, doubled up to `cap`.

    A loop that returns is over. A run longer than `cap` seconds forgets earlier failures.
    """

    def __init__(self, *, first: float = 0.1, cap: float = 10.0) -> None:
        self._first = first
        self._cap = cap
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, loop: Loop) -> None:
        """Run the loop until it returns or `stop`. Raises ValueError if the name is running already."""
        running = self._tasks.get(name)
        if running and not running.done():
            message = f"循环已在运行 loop is already running: {name}"
            raise ValueError(message)
        self._tasks[name] = spawn(self._forever(name, loop), name)

    def running(self) -> list[str]:
        """Names of the loops that have not ended."""
        return [name for name, task in self._tasks.items() if not task.done()]

    async def stop(self, *names: str) -> None:
        """Cancel the named loops, or all, and wait until they are gone."""
        ending = [self._tasks.pop(name) for name in names or tuple(self._tasks) if name in self._tasks]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _forever(self, name: str, loop: Loop) -> None:
        pause = self._first
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await loop()
            except (Exception, asyncio.CancelledError):  # a loop must outlive whatever it meets
                if asked_to_end():
                    raise
                ran = asyncio.get_running_loop().time() - started
                pause = self._first if ran > self._cap else pause
                log.exception("loop_failed", loop=name, restart_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._cap)
            else:
                return
