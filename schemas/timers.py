"""Timer facts and planned purges in the saga's own stream (specification §4.2 rows 70, 74), on `hub.handover.v1`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from schemas.base import HandoverEvent, PiiClass
from schemas.ids import Code, Words


class TimerFact(HandoverEvent):
    """Something about one timer. On the wire `timer` is called `name`."""

    pii: ClassVar[PiiClass] = "P1"

    timer: Code = Field(alias="name")
    due_at: AwareDatetime
    deadline_rev: int = Field(ge=0)
    occurrence: int = Field(ge=1)
    policy_key: Code | None = None
    calendar_version: Words | None = None
    reason: Code | None = None


class TimerScheduled(TimerFact):
    """A timer is armed, or its due instant moved."""

    wire: ClassVar[str] = "cn.aftercare.handover.TimerScheduled.v1"


class TimerFired(TimerFact):
    """A timer came due and acted."""

    wire: ClassVar[str] = "cn.aftercare.handover.TimerFired.v1"


class TimerIgnored(TimerFact):
    """A timer came due and did nothing; `reason` says why."""

    wire: ClassVar[str] = "cn.aftercare.handover.TimerIgnored.v1"


class Purge(HandoverEvent):
    """Data will be deleted at `purge_at`."""

    pii: ClassVar[PiiClass] = "P1"

    clock_start: AwareDatetime | None = None
    ground: Code | None = None
    key_id: Code | None = None
    grant_until: AwareDatetime | None = None
    purge_at: AwareDatetime | None = None


class PurgeScheduled(Purge):
    """What rested on a consent or ground that ended will be deleted."""

    wire: ClassVar[str] = "cn.aftercare.handover.PurgeScheduled.v1"


class UnroutedNoticePurgeScheduled(Purge):
    """A notice that nothing allowed to route will be deleted."""

    wire: ClassVar[str] = "cn.aftercare.handover.UnroutedNoticePurgeScheduled.v1"
