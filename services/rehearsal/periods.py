"""How long after: weeks, days, hours and minutes as they are, months and years by the calendar."""

from __future__ import annotations

from datetime import datetime

from services.kernel.clock_api import period
from services.kernel.errors import InvalidInput
from services.reference.calendar import Calendar
from services.reference.terms import Term, parse_duration


def later(start: datetime, text: str) -> datetime:
    """The instant that lies an ISO 8601 period after another. Raises InvalidInput."""
    try:
        return start + period(text)
    except InvalidInput:
        duration = parse_duration(text)
    if duration.hours:
        raise InvalidInput("duration_invalid", text=text)
    day = Term(duration).after(start.date(), Calendar("", ()))
    return datetime.combine(day, start.timetz())
