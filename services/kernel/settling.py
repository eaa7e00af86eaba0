"""Settling a record: tried until it is handled, waits, or blocks its key; never given up because the world is away."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from services.kernel import logs, meters
from services.kernel.db import Connection, Pool, retrying
from services.kernel.lanes import LaneStopped
from services.kernel.parking import Failure
from services.kernel.records import RawMessage
from services.kernel.takers import Taker
from services.kernel.verdicts import Verdict, failure, verdict

TRIES = 3  # after the first one
AGAIN_SECONDS = 0.05
LATER_SECONDS = 0.2
LATER_CAP = 10.0
WINDOW = 100
MOST_BLOCKED = 20

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]
Part = tuple[str, int]

log = logs.get("kernel.settling")


class Fuse:
    """Stops a partition where more than `most` of the last `window` records newly blocked a key: then it is us."""

    def __init__(self, most: int = MOST_BLOCKED, window: int = WINDOW) -> None:
        self._most = most
        self._seen: dict[Part, deque[bool]] = defaultdict(lambda: deque(maxlen=window))
        self._blocking: Counter[Part] = Counter()
        self.stopped: set[Part] = set()

    def note(self, part: Part, *, blocked: bool) -> None:
        """One more record of the partition is settled."""
        self._seen[part].append(blocked)
        if blocked:
            self._blocking[part] -= 1

    def spare(self, part: Part) -> None:
        """The key was not blocked after all."""
        self._blocking[part] -= 1

    def blow(self, part: Part) -> bool:
        """One more key is about to be blocked, beside others maybe. True if that is too much: it is stopped now."""
        if sum(self._seen[part]) + self._blocking[part] >= self._most:
            self.stopped.add(part)
        self._blocking[part] += part not in self.stopped
        return part in self.stopped


class Settler:
    """Settles the records of one subscription, one transaction a record."""

    def __init__(self, pool: Pool, taker: Taker, *, service: str, fuse: Fuse | None = None) -> None:
        self.fuse = fuse or Fuse()
        self.interrupt = asyncio.Event()
        self.beat: Callable[[], None] = lambda: None
        self._pool = pool
        self._taker = taker
        self._service = service
        self._jitter = random.Random()  # noqa: S311 - only spreads retries

    async def settle(self, raw: RawMessage) -> None:
        """Returns when nothing is left to do for the record. Raises LaneStopped if it has to stay undone."""
        part = (raw.topic, raw.partition)
        if part in self.fuse.stopped:
            raise LaneStopped(raw.place)
        work = partial(self._taker.take, raw=raw)
        stream, failed = await self._attempt(work)
        if failed:
            await self._give_up(part, failed, raw)
        self.fuse.note(part, blocked=failed is not None)
        meters.settled.labels(self._service).inc()
        while stream and await self.follow(part, stream):
            pass

    async def follow(self, part: Part, stream: str) -> bool:
        """Let the waiting message whose turn has come follow. False if there is none or it blocked its key."""
        followed, failed = await self._attempt(partial(self._take_waiting, stream=stream))
        if failed:
            await self._give_up(part, failed, None, stream)
            self.fuse.note(part, blocked=True)
        return bool(followed)

    async def _take_waiting(self, db: Connection, stream: str) -> bool:
        raw = await self._taker.next_waiting(db, stream)
        if raw is None:
            return False
        await self._taker.redo(db, raw)
        return True

    async def _attempt(self, work: Work[T]) -> tuple[T | None, Failure | None]:
        tries = away = 0
        while True:
            self._check()
            try:
                return await retrying(self._pool, work), None
            except Exception as error:  # noqa: BLE001 - here an error becomes a wait or a parked message
                match verdict(error):
                    case Verdict.LATER:
                        await self._later(away, error)
                        away += 1
                    case Verdict.AGAIN if tries < TRIES:
                        await self._rest(AGAIN_SECONDS * 2**tries)
                        tries += 1
                    case _:
                        log.error("message_failed", error=error)  # noqa: TRY400 - its text may quote a row
                        return None, failure(error)

    async def _give_up(self, part: Part, failed: Failure, raw: RawMessage | None, stream: str = "") -> None:
        if self.fuse.blow(part):
            log.critical("partition_stopped", topic=part[0], partition=part[1])
            raise LaneStopped(f"{part[0]}/{part[1]}")
        if not await self.insisted(partial(self._park, failed=failed, raw=raw, stream=stream)):
            self.fuse.spare(part)
            raise LaneStopped("interrupted")
        meters.blocked.labels(self._service).inc()

    async def _park(self, db: Connection, failed: Failure, raw: RawMessage | None, stream: str) -> None:
        found = raw or await self._taker.next_waiting(db, stream)
        if found:
            named = self._taker.name(found)
            await self._taker.parking.give_up(db, self._taker.subscription, named, failed, held=raw is None)

    async def insisted(self, work: Work[None]) -> bool:
        """Do it however long it takes, but try once at least. False if interrupted before it was done."""
        away = 0
        while not (away and self.interrupt.is_set()):
            try:
                await retrying(self._pool, work)
            except Exception as error:  # noqa: BLE001 - what cannot be parked must not be passed over
                await self._later(away, error)
                away += 1
            else:
                return True
        return False

    async def _later(self, away: int, error: Exception) -> None:
        if away == 0:
            log.warning("put_off", error=error)
        meters.put_off.labels(self._service).inc()
        await self._rest(min(LATER_SECONDS * 2 ** min(away, 10), LATER_CAP))

    async def _rest(self, seconds: float) -> None:
        self.beat()
        try:
            async with asyncio.timeout(seconds * self._jitter.uniform(0.5, 1.5)):
                await self.interrupt.wait()
        except TimeoutError:
            return

    def _check(self) -> None:
        if self.interrupt.is_set():
            raise LaneStopped("interrupted")
