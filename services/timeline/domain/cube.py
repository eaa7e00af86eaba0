"""K-01, the report rate: who counts, who does not and why, and the cell that they add up to (specification §5.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, TypeAlias

from services.reference.calendar import Calendar
from services.reference.terms import Term, instant_of
from services.timeline.domain.kpi_case import Case

Kind: TypeAlias = Literal["counted", "excluded", "open", "unknown", "elsewhere"]
EXCLUDED_ENDS: Final = {
    "CLOSED_DECEASED": "DIED",
    "CLOSED_CUSTODY": "CUSTODY",
    "CLOSED_REDIRECTED": "REDIRECTED",
}
TRACKS: Final = ("ORDERED", "VOLUNTARY")
HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one case adds to the rate of one track; `elsewhere`: nothing, it belongs to another."""

    kind: Kind
    reason: str = ""
    on_time: bool = False
    ever: bool = False
    excused_late: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """When the rate is read, and within which term a late report still counts as one."""

    now: datetime
    ever: Term
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Cell:
    """Counts of one track at one place."""

    num: int
    den: int
    excluded: Counter[str]
    unknown: int
    open: int
    excused_late: int

    @property
    def rate(self) -> str | None:
        """Percent, half up to two decimals."""
        return percent(self.num, self.den)


ELSEWHERE: Final = Verdict("elsewhere")
ENTERED_IN_ERROR: Final = "ENTERED_IN_ERROR"


def judge(case: Case, track: str, reading: Reading) -> Verdict:
    """One released person's case in the rate of a track.

    What happens after the window has closed, or after the report, changes nothing any more: neither custody nor death
    takes out somebody who was already counted. Only a handover that should not have been is always out.
    """
    if case.released is None:
        return ELSEWHERE
    overtaken = revoked_after_deadline(case)
    if track == "ORDERED" and case.revoked:
        if case.error or not overtaken:
            return Verdict("excluded", ENTERED_IN_ERROR if case.error else "ORDER_REVOKED")
        return _decided(replace(case, deadline=case.revoked.deadline, end=None), reading)
    return ELSEWHERE if overtaken or track != case.track else _decided(case, reading)


def revoked_after_deadline(case: Case) -> bool:
    """The order was revoked when its window had closed already, so it counts as the order that it was."""
    revoked = case.revoked
    return revoked is not None and revoked.deadline is not None and revoked.on > revoked.deadline


def _decided(case: Case, reading: Reading) -> Verdict:
    out = _out(case)
    if out:
        return Verdict("excluded", out)
    if case.deadline is None:
        return Verdict("unknown")
    if reading.now < instant_of(case.deadline, "end"):
        return Verdict("open")
    return _counted(case, case.deadline, case.released or case.deadline, reading)


def _out(case: Case) -> str | None:
    """Why the case does not count; None if it does."""
    if case.error:
        return ENTERED_IN_ERROR
    if case.end and case.end.state == "CLOSED_CANCELLED":
        return "CANCELLED"
    if case.reported:
        return None
    if case.end and case.end.state in EXCLUDED_ENDS and _in_window(case, case.end.on):
        return EXCLUDED_ENDS[case.end.state]
    detained = case.hold == "CUSTODY" and (case.held is None or _in_window(case, case.held))
    return "CUSTODY" if detained else None


def _in_window(case: Case, on: date) -> bool:
    return case.deadline is None or on <= case.deadline


def _counted(case: Case, deadline: date, released: date, reading: Reading) -> Verdict:
    """The legal deadline stands through a hold; a late report with an excuse or after a hold is shown apart."""
    if case.reported is None:
        return Verdict("counted")
    on_time = case.reported <= deadline
    ever = case.reported <= reading.ever.after(released, reading.calendar)
    excused = case.excused or (case.held is not None and _in_window(case, case.held))
    return Verdict("counted", on_time=on_time, ever=ever, excused_late=ever and not on_time and excused)


def cell(verdicts: Iterable[Verdict], *, ever: bool) -> Cell:
    """The counts of a rate: of reports in time, or of reports ever."""
    found = list(verdicts)
    counted = [one for one in found if one.kind == "counted"]
    kinds = Counter(one.kind for one in found)
    return Cell(
        num=sum(one.ever if ever else one.on_time for one in counted),
        den=len(counted),
        excluded=Counter(one.reason for one in found if one.kind == "excluded"),
        unknown=kinds["unknown"],
        open=kinds["open"],
        excused_late=sum(one.excused_late for one in counted),
    )


def percent(num: int, den: int) -> str | None:
    """`96.49`; None where there is nothing to divide by."""
    return str((Decimal(100 * num) / den).quantize(HUNDREDTH, ROUND_HALF_UP)) if den else None
