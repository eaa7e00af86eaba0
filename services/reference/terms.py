"""Terms of the law and of policy: ISO 8601 durations, and how their days are counted (specification §2.7)."""

from __future__ import annotations

import calendar as gregorian
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from services.kernel.errors import InvalidInput
from services.reference.calendar import Calendar

DayKind: TypeAlias = Literal["calendar", "working", "calendar_roll_forward", "earlier_of_both"]
TimeOfDay: TypeAlias = Literal["day", "end"]

DAY_KINDS: frozenset[str] = frozenset(get_args(DayKind))
SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = time(9)
ISO = re.compile(r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(\d+)H)?")
MONTHS_A_YEAR = 12
HOURS_A_DAY = 24
A_CYCLE = range(2000, 2004)  # with its one leap year
MONTHS_A_CYCLE = 4 * MONTHS_A_YEAR
DAYS_A_CYCLE = 4 * 365 + 1


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months (a year is twelve), days and hours."""

    months: int = 0
    days: int = 0
    hours: int = 0

    def at_most(self, other: Duration) -> bool:
        """Whether it is never longer than the other, from whatever day both are counted.

        Months that both have count alike; what one has beyond is as long, or in the other as short, as months can be.
        """
        hours = (self.days - other.days) * HOURS_A_DAY + self.hours - other.hours
        return hours + _most_days(self.months - other.months) * HOURS_A_DAY <= 0

    def behind(self, instant: datetime) -> datetime:
        """The instant that lies so far behind another one, by the calendar of Asia/Shanghai."""
        local = instant.astimezone(SHANGHAI)
        day = _add_months(local.date(), self.months) + timedelta(days=self.days)
        return datetime.combine(day, local.timetz()) + timedelta(hours=self.hours)

    def halved(self) -> Duration:
        """Half of it, rounded up to whole days; only days are halved."""
        return Duration(days=-(-self.days // 2))


@dataclass(frozen=True, slots=True)
class Term:
    """A duration and the kind of days it counts. The day on which it starts is never counted."""

    duration: Duration
    day: DayKind = "calendar"

    def after(self, start: date, calendar: Calendar) -> date:
        """Its last day."""
        return self._counted(start, calendar, 1)

    def before(self, end: date, calendar: Calendar) -> date:
        """The day that lies this term before the end."""
        return self._counted(end, calendar, -1)

    def halved(self) -> Term:
        """The same kind of days, half as many, rounded up."""
        return Term(self.duration.halved(), self.day)

    def _counted(self, day: date, calendar: Calendar, sign: int) -> date:
        plain = _add_months(day, sign * self.duration.months) + timedelta(days=sign * self.duration.days)
        match self.day:
            case "calendar":
                return plain
            case "calendar_roll_forward":
                return calendar.roll_forward(plain)
            case "working":
                return calendar.add_working(_add_months(day, sign * self.duration.months), sign * self.duration.days)
            case "earlier_of_both":
                return min(plain, calendar.add_working(day, sign * self.duration.days))


def parse_duration(text: str) -> Duration:
    """`P15D`, `P6M`, `P3Y`, `PT24H`.

    Raises InvalidInput("duration_invalid") for any other text.
    """
    found = ISO.fullmatch(text)
    if found is None:
        raise InvalidInput("duration_invalid", text=text)
    years, months, days, hours = (int(part or 0) for part in found.groups())
    return Duration(months=years * MONTHS_A_YEAR + months, days=days, hours=hours)


def instant_of(day: date, at: TimeOfDay) -> datetime:
    """09:00 of the day, or its 24:00, which is written as the next day's 00:00."""
    if at == "day":
        return datetime.combine(day, MORNING, SHANGHAI)
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)


def day_of(instant: datetime) -> date:
    """The day that an instant counts for; 24:00 counts for the day that ends."""
    local = instant.astimezone(SHANGHAI)
    return local.date() - timedelta(days=1) if local.time() == time(0) else local.date()


def date_of(instant: datetime) -> date:
    """The plain date of an instant in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()


def _add_months(day: date, months: int) -> date:
    if not months:
        return day
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


@cache
def _most_days(months: int) -> int:
    """How many days ahead so many calendar months can lead at most; for months back, the least days back, negative."""
    cycles, rest = divmod(months, MONTHS_A_CYCLE)
    starts = (date(year, month, 1) for year in A_CYCLE for month in range(1, MONTHS_A_YEAR + 1))
    return cycles * DAYS_A_CYCLE + max((_add_months(start, rest) - start).days for start in starts)
