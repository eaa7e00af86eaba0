"""Code lists that several events share (specification §3.4, §3.5)."""

from __future__ import annotations

from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "NOTICED",
    "OFFERED",
    "ACCEPTED",
    "EARLY_CONTACT",
    "READY",
    "AWAITING_REPORT",
    "STATUTORY_NOTIFIED",
    "REPORTED",
    "ON_HOLD",
    "COMPLETED",
    "CLOSED_NOT_ENGAGED",
    "CLOSED_REDIRECTED",
    "CLOSED_CUSTODY",
    "CLOSED_DECEASED",
    "CLOSED_CANCELLED",
    "CLOSED_AUTHORITY",
]
Track: TypeAlias = Literal["ORDERED", "VOLUNTARY", "PRISON"]
Rung: TypeAlias = Literal["L0", "L1", "L2", "L3a", "L3b", "L4"]
HoldReason: TypeAlias = Literal["MEDICAL", "CUSTODY", "EXTENDED", "RELOCATING", "AGREED_DATE", "OBSTACLE", "WAIVED"]
Pickup: TypeAlias = Literal["FAMILY", "WORKER", "POLICE", "NONE", "ESCORT"]
Tier: TypeAlias = Literal["STATION", "DISTRICT", "CITY"]
Measure: TypeAlias = Literal[
    "NONE", "CID", "CID_OUT_MEDICAL", "CDT", "CRH", "MEASURE_SUSPENDED", "MEASURE_TERMINATED", "MEASURE_ENDED"
]
