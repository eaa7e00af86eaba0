"""How often: sign-ins are slowed down, reading about people is counted, over all processes and one statement each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from services.kernel.clock import Clock
from services.kernel.db import Pool
from services.kernel.errors import TooMany
from services.kernel.gate import Limited
from services.kernel.tokens import Actor

ADMIT: Final = """
    insert into tries as t (bucket, failures, admitted, blocked_until, last_at) values ($1, 1, true, $2, $2)
    on conflict (bucket) do update set
      admitted = t.blocked_until <= $2,
      failures = case when t.blocked_until > $2 then t.failures when t.last_at < $2 - $3::interval then 1
                      else t.failures + 1 end,
      blocked_until = case when t.blocked_until > $2 then t.blocked_until
                           when t.last_at < $2 - $3::interval or t.failures + 1 < $4 then $2
                           else $2 + least($5::interval, interval '1 second' * 2 ^ least(t.failures + 1 - $4, 20)) end,
      last_at = case when t.blocked_until > $2 then t.last_at else $2 end
    returning admitted, blocked_until
"""
FORGIVE: Final = """
    update tries set failures = case when bucket = $1 then 0 else greatest(failures - 1, 0) end, blocked_until = $3
    where bucket in ($1, $2)
"""
FORGET: Final = "delete from tries where last_at < $1"
SPEND: Final = """
    insert into spent as s (bucket, since, used) values ($1, $2, 1)
    on conflict (bucket) do update set
      since = case when s.since <= $2 - $3::interval then $2 else s.since end,
      used = case when s.since <= $2 - $3::interval then 1 else least(s.used + 1, 1000000000) end
    returning since, used
"""


@dataclass(frozen=True, slots=True)
class Slowing:
    """`free` tries at once, then a delay that doubles from one second up to `cap`; forgotten after `memory`.

    A try during a delay is not looked at and prolongs nothing: nobody is kept out for longer than `cap`.
    """

    free: int
    cap: timedelta
    memory: timedelta = timedelta(hours=1)


FROM_ADDRESS: Final = Slowing(free=30, cap=timedelta(minutes=15))
OF_ACCOUNT: Final = Slowing(free=5, cap=timedelta(minutes=1))
"""Anybody can try any name, so a stranger's tries delay its owner by a minute at most."""
OF_DEVICE: Final = Slowing(free=5, cap=timedelta(minutes=15))
"""A browser where this account has signed in before: strangers cannot delay it at all."""


class Tries:
    """Counts sign-ins before they are looked at, so that many at once gain nothing. Buckets are keyed hashes."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def admit(self, bucket: str, slowing: Slowing) -> None:
        """One more try; TooMany while the bucket is delayed."""
        now = self._clock.now()
        row = await self._pool.fetchrow(ADMIT, bucket, now, slowing.memory, slowing.free, slowing.cap)
        if row is not None and not row["admitted"]:
            raise TooMany(math.ceil((row["blocked_until"] - now).total_seconds()))

    async def forgive(self, account: str | None, address: str | None) -> None:
        """It was the right one: the account begins anew, the address has one try back; None for what had no try."""
        now = self._clock.now()
        await self._pool.execute(FORGIVE, account, address, now)
        await self._pool.execute(FORGET, now - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Spending:
    """Limits of what an actor may read: so many in a window, which begins with the first."""

    pool: Pool
    clock: Clock
    most: int
    window: timedelta

    async def spend(self, what: Limited, actor: Actor) -> None:
        """Once more; TooMany until the window ends."""
        now = self.clock.now()
        bucket = sha256(f"{what}|{actor.org}|{actor.role}|{actor.name}".encode()).hexdigest()
        row = await self.pool.fetchrow(SPEND, bucket, now, self.window)
        if row is not None and row["used"] > self.most:
            raise TooMany(self._left(row["since"], now))

    def _left(self, since: datetime, now: datetime) -> int:
        return math.ceil((since + self.window - now).total_seconds())
