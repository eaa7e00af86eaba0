"""Working days of a country by year: weekends, rest days and make-up workdays (调休; specification §2.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

from services.kernel.errors import InvalidInput

ONE_DAY = timedelta(days=1)
SATURDAY = 5
PROVISIONAL = "+provisional"
EDITIONS = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Year:
    """One published year. `edition` grows when the State Council changes it."""

    year: int
    edition: int
    rest_days: frozenset[date]
    make_up_workdays: frozenset[date]


class Calendar:
    """Answers what a working day is. Beyond its years only weekends are known and answers are provisional."""

    def __init__(self, name: str, years: Iterable[Year]) -> None:
        self.name = name
        self._editions: Mapping[tuple[int, int], Year] = {(year.year, year.edition): year for year in years}
        self._years: Mapping[int, Year] = {
            year: self._editions[year, edition] for year, edition in sorted(self._editions)
        }

    @property
    def version(self) -> str:
        """Names every year and edition, such as `CN:2025.1,2026.1`."""
        return f"{self.name}:" + ",".join(f"{year.year}.{year.edition}" for year in self._years.values())

    def version_for(self, day: date) -> str:
        """The version that a deadline on that day carries; says so where its year is unknown."""
        return self.version + PROVISIONAL if self.provisional(day) else self.version

    def provisional(self, day: date) -> bool:
        """Whether the year of that day has not been published to the hub."""
        return day.year not in self._years

    def year(self, number: int) -> Year | None:
        """The latest edition of that year, or None."""
        return self._years.get(number)

    def with_years(self, years: Iterable[Year]) -> Calendar:
        """The same calendar with more years or editions; the latest edition of a year counts."""
        return Calendar(self.name, [*self._editions.values(), *years])

    def as_of(self, version: str) -> Calendar:
        """The calendar that gave a deadline its version, as far as its editions are still known."""
        named = [(int(year), int(edition)) for year, edition in EDITIONS.findall(version)]
        return Calendar(self.name, [self._editions[one] for one in named if one in self._editions])

    def differs_from(self, version: str) -> int | None:
        """The first year that the calendar of that version did not know as this one does; None if there is none."""
        then = self.as_of(version)
        return next((number for number in self._years if self.year(number) != then.year(number)), None)

    def is_working(self, day: date) -> bool:
        """Whether agencies work on that day."""
        year = self._years.get(day.year)
        if year and day in year.make_up_workdays:
            return True
        return day.weekday() < SATURDAY and not (year and day in year.rest_days)

    def add_working(self, day: date, days: int) -> date:
        """The n-th working day after that day, which is itself not counted; before it for a negative n."""
        step = ONE_DAY if days >= 0 else -ONE_DAY
        for _ in range(abs(days)):
            day = self._next_working(day + step, step)
        return day

    def roll_forward(self, day: date) -> date:
        """The day itself if it is a working day, else the next one (民法典 203)."""
        return self._next_working(day, ONE_DAY)

    def _next_working(self, day: date, step: timedelta) -> date:
        while not self.is_working(day):
            day += step
        return day


def read_year(text: str) -> tuple[str, Year]:
    """A calendar's name and one of its years from the JSON of a `CN-YYYY.json`.

    Raises InvalidInput: calendar_other_year for a day of another year, calendar_invalid for anything else.
    """
    try:
        return _year(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("calendar_invalid", what=str(error)) from error


def written_year(name: str, year: Year) -> dict[str, Any]:
    """A year as `read_year` reads it."""
    return {
        "calendar": name,
        "year": year.year,
        "edition": year.edition,
        "rest_days": sorted(day.isoformat() for day in year.rest_days),
        "make_up_workdays": sorted(day.isoformat() for day in year.make_up_workdays),
    }


def load_calendar(name: str = "CN") -> Calendar:
    """The years that the project ships."""
    folder = resources.files(__package__).joinpath("calendar")
    files = sorted(one.name for one in folder.iterdir() if one.name.startswith(f"{name}-"))
    return Calendar(name, [read_year(folder.joinpath(file).read_text("utf-8"))[1] for file in files])


def _year(given: Mapping[str, Any]) -> tuple[str, Year]:
    year = Year(
        year=int(given["year"]),
        edition=int(given["edition"]),
        rest_days=frozenset(map(date.fromisoformat, given["rest_days"])),
        make_up_workdays=frozenset(map(date.fromisoformat, given["make_up_workdays"])),
    )
    _check(year)
    return str(given["calendar"]), year


def _check(year: Year) -> None:
    """ValueError for what no year of the State Council looks like; a day of another year belongs in its own file."""
    stray = sorted(day for day in year.rest_days | year.make_up_workdays if day.year != year.year)
    if stray:
        raise InvalidInput("calendar_other_year", year=year.year, day=stray[0], other=stray[0].year)
    both = sorted(year.rest_days & year.make_up_workdays)
    weekdays = sorted(day for day in year.make_up_workdays if day.weekday() < SATURDAY)
    for code, days in (("rest_and_work", both), ("make_up_on_weekday", weekdays)):
        if days:
            raise ValueError(f"{code} {days[0]}")
    if year.edition < 1 or not year.rest_days:
        raise ValueError("edition" if year.edition < 1 else "rest_days")
