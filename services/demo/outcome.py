"""What came of the sixty days, read from the public API and from nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.demo.case import OPS, Case
from services.kernel.tokens import Actor
from services.outside.doors import Doors

RATE = ("K-01b", "ORDERED", True)
FEW, MANY = 12, 30  # events that a reader still follows on one page


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures and one example. `reported` of `due`: K-01b of the ordered, as the hub gives it."""

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


async def outcome(receipts: Mapping[str, int], doors: Doors, cases: Sequence[Case]) -> Outcome:
    """Ask the hub about every handover, and about one of them everything."""
    views = await asyncio.gather(*(doors.get(f"/api/v1/handovers/{case.handover_id}", OPS) for case in cases))
    rate = await _report_rate(doors)
    shown = example(views)
    auditor = Actor("demo-audit", "AUDITOR", "", None)
    person, handover = shown["person_ref"], shown["handover_id"]
    return Outcome(
        receipts=receipts,
        reported=rate["num"],
        due=rate["den"],
        open_escalations=sum(view["level"] > 0 for view in views),
        states=_counted(views),
        person_ref=person,
        handover_id=handover,
        timeline=(await doors.get(f"/api/v1/people/{person}/timeline", auditor))["items"],
        sentences=await _sentences(doors, person, auditor),
        trace=await doors.get(f"/api/v1/trace/{handover}", OPS),
    )


def example(views: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A completed handover of an ordered person who was late, else any completed one: something to look at."""
    ordered = [view for view in views if view["track"] == "ORDERED" and view["state"] == "COMPLETED"]
    late = [view for view in ordered if view["late"]]
    return min(late or ordered or views, key=lambda view: view["handover_id"])


async def _sentences(doors: Doors, person: str, auditor: Actor) -> dict[str, str]:
    """Every fact about the person in words, the timers' too, by event id."""
    items = (await doors.get(f"/api/v1/people/{person}/timeline", auditor, timers="1"))["items"]
    return {item["event_id"]: item["summary"] for item in items}


async def _report_rate(doors: Doors) -> Mapping[str, Any]:
    items = (await doors.get("/api/v1/kpi", OPS))["items"]
    found: Mapping[str, Any] = next(one for one in items if (one["kpi"], one.get("track"), one.get("city")) == RATE)
    return found


def _counted(views: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for view in views:
        counts[view["state"]] = counts.get(view["state"], 0) + 1
    return dict(sorted(counts.items()))
