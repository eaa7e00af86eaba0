"""When a record may be sealed, and what stands against it (specification §3.8; 戒毒条例7, PIPL 19, 47)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from schemas.base import Event
from schemas.intake import ConsentGiven, ConsentWithdrawn
from services.intake.domain.consents import ALL
from services.reference.calendar import Calendar
from services.reference.policy import Policy
from services.reference.terms import date_of

Obstacle: TypeAlias = Literal["handover_live", "measure_active", "agreement_active", "not_yet", "no_clock"]
Ground: TypeAlias = Literal["SEAL_AFTER", "VOLUNTARY_ENDED", "WITHDRAWN"]

AFTER: Final = "abstinence.seal_after"
VOLUNTARY_AFTER: Final = "seal.voluntary_after_end"
VOLUNTARY: Final = "VOLUNTARY"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a person's handovers say. Days are of Asia/Shanghai; None: not known, or never.

    `measure_until`: until when the longest order in force runs; `agreement_until`: until when the last agreement runs
    or ran; `executed`: when an order began to be executed; `last_use`: the last confirmed use; `ended`: when the last
    handover ended; `station`: who answered last; `heard`: up to which fact of intake's all this is.
    """

    heard: int = 0
    live: bool = False
    track: str = VOLUNTARY
    station: str = ""
    handover_id: str = ""
    released: date | None = None
    executed: date | None = None
    last_use: date | None = None
    measure_until: date | None = None
    agreement_until: date | None = None
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """`clock_start`: from which day the term counts; `due`: the first day on which the record may be sealed."""

    ground: Ground
    clock_start: date | None
    due: date | None
    against: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What terms are counted with."""

    policy: Policy
    calendar: Calendar

    def after(self, key: str, start: date) -> date:
        """The last day of the policy's term."""
        return self.policy.term(key).after(start, self.calendar)


def withdrawn(facts: Iterable[tuple[Event, datetime]]) -> date | None:
    """The day on which the person withdrew every consent, unless they gave one again. `facts`: each with its time."""
    left: date | None = None
    for fact, at in facts:
        match fact:
            case ConsentWithdrawn(consent_id=number) if number == ALL:
                left = date_of(fact.effective_at or at)
            case ConsentGiven():
                left = None
            case _:
                pass
    return left


def judge(history: History, left: date | None, terms: Terms, now: datetime) -> Eligibility:
    """Whether the record may be sealed at this instant. `left`: when the person withdrew every consent.

    Under an order the term is three years from the last of release, confirmed use and begin of execution; without one
    it runs from the end of the agreement, and is over at once when the person withdraws.
    """
    ground, start, due = _clock(history, left, terms)
    today = date_of(now)
    against = tuple(_against(history, ground, due, today))
    return Eligibility(ground, start, due, against)


def _clock(history: History, left: date | None, terms: Terms) -> tuple[Ground, date | None, date | None]:
    if history.track != VOLUNTARY:
        start = max((day for day in (history.released, history.executed, history.last_use) if day), default=None)
        start = start or history.ended
        return "SEAL_AFTER", start, terms.after(AFTER, start) if start else None
    if left:
        return "WITHDRAWN", left, left
    start = max((day for day in (history.agreement_until, history.ended) if day), default=None)
    return "VOLUNTARY_ENDED", start, terms.after(VOLUNTARY_AFTER, start) if start else None


def _against(history: History, ground: Ground, due: date | None, today: date) -> Iterator[Obstacle]:
    if history.live:
        yield "handover_live"
    if history.measure_until and today <= history.measure_until:
        yield "measure_active"
    if ground == "VOLUNTARY_ENDED" and history.agreement_until and today <= history.agreement_until:
        yield "agreement_active"
    if due is None:
        yield "no_clock"
    elif today < due:
        yield "not_yet"
