"""When what an inbox lists may be announced or done: never at night, never beyond the limits of contact (§3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kernel.db import Connection
from services.reference.calendar import Calendar
from services.reference.calendar_years import Calendars
from services.reference.contact_limits import ContactLimits, contact_limits
from services.reference.policies import Policies
from services.reference.terms import day_of
from services.timeline.domain.tasks import CONTACT_PERSON
from services.timeline.projections.station_inbox import Entry

FOR_DUTY: Final = frozenset({"accept", CONTACT_PERSON})
"""What cannot wait for the next working day; on a rest day it is the duty roster's."""


@dataclass(frozen=True, slots=True)
class DeskHours:
    """The policies and the calendars."""

    policies: Policies
    calendars: Calendars

    async def of(self, db: Connection, entries: Iterable[Entry]) -> Hours:
        """The hours for these entries: limits of the version that each handover lives under, as its door has them."""
        limits = {"": contact_limits(self.policies.current)}
        for version in {entry.policy for entry in entries} - {""}:
            limits[version] = contact_limits(await self.policies.of(db, version))
        return Hours(limits, self.calendars.current)


@dataclass(frozen=True, slots=True)
class Hours:
    """The limits of contact by policy version, and the calendar as it is now; `""`: of what lives under none yet."""

    limits: Mapping[str, ContactLimits]
    calendar: Calendar

    def asks(self, entry: Entry) -> bool:
        """Whether the entry is to be listed: nobody is asked to call whom no attempt is allowed to any more."""
        return entry.action != CONTACT_PERSON or self._next_attempt(entry) is not None

    def not_before(self, entry: Entry) -> str | None:
        """From when it may be announced, a call be made: ISO text. Its due instant stays what it is."""
        if entry.since is None:
            return None
        if entry.action == CONTACT_PERSON:
            at = self._next_attempt(entry)
        else:
            at = self.limits[entry.policy].quiet.next_allowed(datetime.fromisoformat(entry.since))
        return at.isoformat() if at else None

    def on_rest_day(self, entry: Entry) -> bool:
        """Whether the duty roster has to see to it, since its last day is a rest day."""
        if entry.action not in FOR_DUTY or entry.due_at is None:
            return False
        return not self.calendar.is_working(day_of(datetime.fromisoformat(entry.due_at)))

    def _next_attempt(self, entry: Entry) -> datetime | None:
        came = datetime.fromisoformat(entry.since) if entry.since else None
        known = [one.at for one in entry.contacts] + ([came] if came else [])
        limits = self.limits[entry.policy]
        return limits.next_attempt(max(known), entry.contacts, voluntary=entry.voluntary) if known else None
