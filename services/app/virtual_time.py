"""The clock of an embedded stack: the system's, or a virtual one that its folder remembers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from services.kernel.clock import SHANGHAI, Clock, SystemClock, VirtualClock


def clock_of(data: Path, start: datetime | None) -> Clock:
    """The system clock, or a virtual one from `start`, or from where the same folder had come to if that is later."""
    if start is None:
        return SystemClock()
    first = start if start.tzinfo else start.replace(tzinfo=SHANGHAI)
    return VirtualClock(max(first, remembered(data) or first))


def remembered(data: Path) -> datetime | None:
    """The last instant that `remember` wrote."""
    file = data / "clock"
    return datetime.fromisoformat(file.read_text("ascii")) if file.exists() else None


def remember(data: Path, now: datetime) -> None:
    """Let the next start of the folder go on from here."""
    fresh = data / ".clock.new"
    fresh.write_text(now.isoformat(), "ascii")
    fresh.replace(data / "clock")
