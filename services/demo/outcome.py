"""What came of the sixty days, read from the public API and from nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.demo.case import OPS, Case
from services.kernel.clock import SHANGHAI
from services.kernel.tokens import Actor
from services.outside.doors import Doors

REPORTED = ("REPORTED", "COMPLETED")
FEW, MANY = 12, 30  # events that a reader still follows on one page


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures and one example. `due`: ordered people whose term ended; `reported`: those who ever did (K-01b)."""

    receipts: Mapping[str, int]
    reported: int
    due: int
    open_escalations: int
    states: Mapping[str, int]
    person_ref: str
    handover_id: str
    timeline: Sequence[Mapping[str, Any]]
    sentences: Mapping[str, str]
    trace: Mapping[str, Any]

    def line(self) -> dict[str, object]:
        """The fields of the closing JSON line."""
        return {
            "receipts": dict(self.receipts),
            "report_rate": {"num": self.reported, "den": self.due},
            "open_escalations": self.open_escalations,
            "person_ref": self.person_ref,
            "handover_id": self.handover_id,
        }


async def outcome(receipts: Mapping[str, int], doors: Doors, cases: Sequence[Case], now: datetime) -> Outcome:
    """Ask the hub about every handover, and about one of them everything."""
    views = await asyncio.gather(*(doors.get(f"/api/v1/handovers/{case.handover_id}", OPS) for case in cases))
    due = [view for view in views if term_ended(view, now)]
    shown = example(views)
    auditor = Actor("demo-audit", "AUDITOR", "", None)
    person, handover = shown["person_ref"], shown["handover_id"]
    return Outcome(
        receipts=receipts,
        reported=sum(has_reported(view) for view in due),
        due=len(due),
        open_escalations=sum(view["level"] > 0 for view in views),
        states=_counted(views),
        person_ref=person,
        handover_id=handover,
        timeline=(await doors.get(f"/api/v1/people/{person}/timeline", auditor))["items"],
        sentences=await _sentences(doors, person, auditor),
        trace=await doors.get(f"/api/v1/trace/{handover}", OPS),
    )


def term_ended(view: Mapping[str, Any], now: datetime) -> bool:
    """An ordered person whose report deadline has passed: the rate's denominator."""
    return view["track"] == "ORDERED" and bool(view["deadline"]) and _instant(view["deadline"]) <= now


def has_reported(view: Mapping[str, Any]) -> bool:
    """Whether the person ever reported, in time or late."""
    return view["state"] in REPORTED or view["late"] is not None


def example(views: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A completed handover of an ordered person who was late, else any completed one: something to look at."""
    ordered = [view for view in views if view["track"] == "ORDERED" and view["state"] == "COMPLETED"]
    late = [view for view in ordered if view["late"]]
    return min(late or ordered or views, key=lambda view: view["handover_id"])


async def _sentences(doors: Doors, person: str, auditor: Actor) -> dict[str, str]:
    """Every fact about the person in words, the timers' too, by event id."""
    items = (await doors.get(f"/api/v1/people/{person}/timeline", auditor, timers="1"))["items"]
    return {item["event_id"]: item["summary"] for item in items}


def _instant(text: str) -> datetime:
    """The end of a day, or the instant itself."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(hour=23, minute=59, tzinfo=SHANGHAI)


def _counted(views: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for view in views:
        counts[view["state"]] = counts.get(view["state"], 0) + 1
    return dict(sorted(counts.items()))
