"""Has the time come to seal a record? Looked at again and again as a deadline, and put before a human when it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.intake.domain.eligibility import Eligibility
from services.intake.domain.record import STREAM
from services.intake.records import Records
from services.intake.sealing_alarm import look
from services.kernel import deadlines
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline, Outcome
from services.kernel.store import Cause
from services.reference.terms import date_of, instant_of

DAILY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SealingTime:
    """Looks when a deadline says so."""

    records: Records

    async def fire(self, db: Connection, record_id: str, due: list[Deadline]) -> Mapping[Deadline, Outcome]:
        """Propose the record, or look again on the day that it may be sealed, every day while something is against."""
        person_ref = record_id.removeprefix(STREAM)
        history = await self.records.history(person_ref)
        found = await self.records.propose(db, person_ref, history, Cause())
        if found is None:
            return dict.fromkeys(due, "ignored")
        if found.against:
            last = max(one.occurrence for one in due)
            await deadlines.arm(db, [self._again(record_id, last + 1, found)])
        return dict.fromkeys(due, "fired")

    def _again(self, record_id: str, occurrence: int, found: Eligibility) -> Deadline:
        desk = self.records.desk
        tomorrow = date_of(desk.clock.now()) + DAILY
        return look(desk, record_id, occurrence, instant_of(max(tomorrow, found.due or tomorrow), "day"))
