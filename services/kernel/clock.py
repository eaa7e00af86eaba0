"""The only reader of time; everybody else is handed a Clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives the present instant, aware, in Asia/Shanghai."""

    def now(self) -> datetime:
        """The present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's present instant."""
        return datetime.now(SHANGHAI)


class VirtualClock:
    """Stands still until it is set; never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = _local(start)

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Move to an aware instant.

        Raises ValueError for a naive one or one in the past.
        """
        moved = _local(instant)
        if moved < self._now:
            message = f"时钟不可倒拨 the clock cannot go back: {moved.isoformat()} < {self._now.isoformat()}"
            raise ValueError(message)
        self._now = moved


def _local(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        message = "时刻须带时区 an instant needs a time zone"
        raise ValueError(message)
    return instant.astimezone(SHANGHAI)
