"""A journal row seen by the questions asked of it: its short name, its person, its handover."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.kernel.clock import SHANGHAI
from services.kernel.store import Recorded
from services.timeline.domain.board import Fact

HANDOVER_STREAM: Final = "handover-"
TIMERS: Final = frozenset({"TimerScheduled", "TimerFired", "TimerIgnored"})


def name_of(wire: str) -> str:
    """`cn.aftercare.intake.PersonReleased.v1` → `PersonReleased`."""
    return wire.split(".")[-2] if wire.count(".") > 1 else wire


def person_of(record: Recorded) -> str | None:
    """The person a fact is about, or None."""
    person: str | None = record.data.get("person_ref")
    return person


def handover_of(record: Recorded) -> str | None:
    """The handover whose own stream a fact stands in, or None."""
    return record.stream_id.removeprefix(HANDOVER_STREAM) if record.stream_id.startswith(HANDOVER_STREAM) else None


def matter_of(record: Recorded) -> str:
    """What a fact belongs to: its handover, the one it is correlated with, else its notice."""
    return handover_of(record) or record.meta.get("correlationid") or record.data.get("notice_no") or record.stream_id


def time_of(record: Recorded) -> datetime:
    """When it happened."""
    return datetime.fromisoformat(record.meta["time"]).astimezone(SHANGHAI)


def fact_of(record: Recorded) -> Fact:
    """The row as the fold of a handover takes it."""
    return Fact(
        name_of(record.type), record.version, time_of(record), record.data, record.meta.get("policyversion") or ""
    )
