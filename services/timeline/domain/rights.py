"""The rights of a person over their data: what may be asked, who answers, and what is still open (PIPL 44-50)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from schemas.base import Event
from schemas.privacy import DataSubjectRequestAnswered, DataSubjectRequestFiled

Kind: TypeAlias = Literal["ACCESS", "COPY", "CORRECT", "DELETE", "EXPLAIN", "CONTEST_LEVEL"]
Outcome: TypeAlias = Literal["GRANTED", "PARTLY", "DENIED"]

RECORDS: Final = frozenset({"WORKER", "STATION_LEAD", "RESETTLEMENT", "STREET_OFFICER"})
"""Who may write a request down for a person who asks by word of mouth."""
ANSWERS: Final[Mapping[Kind, frozenset[str]]] = {
    "ACCESS": frozenset({"STATION_LEAD", "RESETTLEMENT", "DISTRICT_LEAD"}),
    "COPY": frozenset({"STATION_LEAD", "RESETTLEMENT", "DISTRICT_LEAD"}),
    "EXPLAIN": frozenset({"STATION_LEAD", "RESETTLEMENT", "DISTRICT_LEAD"}),
    "CORRECT": frozenset({"WORKER", "STATION_LEAD", "RESETTLEMENT", "STREET_OFFICER"}),
    "CONTEST_LEVEL": frozenset({"STATION_LEAD", "RESETTLEMENT", "DISTRICT_LEAD"}),
    "DELETE": frozenset({"DISTRICT_LEAD"}),
}
"""A human of these roles. CORRECT as DisputeResolved in actors.yaml; deleting is the district's."""
DISPUTES: Final = frozenset({"CORRECT"})
"""What says that a fact is wrong, so that no statutory step is taken on it; a level carries none (§3.3)."""
OF_A_FACT: Final = frozenset({"CORRECT", "CONTEST_LEVEL"})
"""Whoever recorded the contested fact does not decide about it."""
GIVES_A_COPY: Final = frozenset({"ACCESS", "COPY"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `due`: until when it must be answered; `outcome` empty while it is open."""

    request_no: str
    kind: Kind
    filed: datetime
    due: datetime
    event_id: str | None = None
    outcome: str = ""
    reason: str = ""
    answered: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether the person still waits."""
        return not self.outcome

    @property
    def gives_a_copy(self) -> bool:
        """Whether it was granted and lets the person take a copy."""
        return self.kind in GIVES_A_COPY and self.outcome in {"GRANTED", "PARTLY"}

    def overdue(self, now: datetime) -> bool:
        """Whether the answer is late."""
        return self.open and now >= self.due


def folded(told: Iterable[tuple[Event, datetime]]) -> dict[str, Request]:
    """All requests of a person by number, from the facts of their stream."""
    found: dict[str, Request] = {}
    for event, at in told:
        match event:
            case DataSubjectRequestFiled(request_no=str(number), kind=str(kind), due=datetime() as due):
                found[number] = Request(number, kind, at, due, event.event_id)
            case DataSubjectRequestAnswered(request_no=str(number)) if number in found:
                answered = replace(found[number], outcome=event.outcome or "GRANTED", reason=event.reason or "")
                found[number] = replace(answered, answered=at)
            case _:
                pass
    return found
