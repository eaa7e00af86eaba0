"""Who may publish: one row with owner, epoch and end, judged by the database's clock."""

from __future__ import annotations

import time
from dataclasses import dataclass

from services.kernel.db import Connection
from services.kernel.errors import JieliError

SECONDS = 5.0

ACQUIRE = """
update relay set owner = $1, epoch = epoch + 1, until = clock_timestamp() + make_interval(secs => $2)
where until is null or until < clock_timestamp()
returning epoch
"""
RENEW = """
update relay set until = clock_timestamp() + make_interval(secs => $3)
where owner = $1 and epoch = $2 and until >= clock_timestamp()
returning epoch
"""
RELEASE = """
update relay set owner = null, until = null where owner = $1 and epoch = $2
"""


class Fenced(JieliError):
    """Somebody else may publish now, or our lease has run out."""

    def __init__(self, owner: str, epoch: int) -> None:
        super().__init__(f"发布租约已失 publishing lease lost: {owner} epoch {epoch}")


@dataclass(slots=True)
class Lease:
    """One holder's claim. `ends`: our own monotonic clock, read before the database was asked, so never too late."""

    owner: str
    seconds: float = SECONDS
    epoch: int = 0
    ends: float = 0.0

    async def acquire(self, db: Connection) -> bool:
        """Take the lease if it is free or over; the epoch grows, so whatever a former holder still does is fenced."""
        asked = time.monotonic()
        epoch = await db.fetchval(ACQUIRE, self.owner, self.seconds)
        if epoch is None:
            return False
        self.epoch, self.ends = epoch, asked + self.seconds
        return True

    async def renew(self, db: Connection) -> None:
        """Hold it for another term. Raises Fenced."""
        asked = time.monotonic()
        if await db.fetchval(RENEW, self.owner, self.epoch, self.seconds) is None:
            raise self.lost()
        self.ends = asked + self.seconds

    def check(self) -> None:
        """Raises Fenced if our term is over by our own clock: a process that slept must not go on sending."""
        if not self.valid():
            raise self.lost()

    def lost(self) -> Fenced:
        """Somebody found that it is no longer ours: the error to raise."""
        self.ends = 0.0
        return Fenced(self.owner, self.epoch)

    def valid(self) -> bool:
        """Ours, by our own clock."""
        return time.monotonic() < self.ends

    def due(self) -> bool:
        """A third of the term is over; renew."""
        return time.monotonic() >= self.ends - self.seconds * 2 / 3

    async def release(self, db: Connection) -> None:
        """Give it back, so the next one need not wait; nothing if it is no longer ours."""
        await db.execute(RELEASE, self.owner, self.epoch)
