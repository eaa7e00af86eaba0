"""Working days of a country by year: weekends, rest days and make-up workdays (调休; specification §2.7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

from services.kernel.errors import InvalidInput

ONE_DAY = timedelta(days=1)
SATURDAY = 5


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
        self._years: Mapping[int, Year] = {year.year: year for year in sorted(years, key=lambda known: known.year)}

    @property
    def version(self) -> str:
        """Names every year and edition, such as `CN:2025.1,2026.1`."""
        return f"{self.name}:" + ",".join(f"{year.year}.{year.edition}" for year in self._years.values())

    def version_for(self, day: date) -> str:
        """The version that a deadline on that day carries; says so where its year is unknown."""
        return f"{self.version}+provisional" if self.provisional(day) else self.version

    def provisional(self, day: date) -> bool:
        """Whether the year of that day has not been published to the hub."""
        return day.year not in self._years

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

    Raises InvalidInput("calendar_invalid") for anything else.
    """
    try:
        return _year(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("calendar_invalid", what=type(error).__name__) from error


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
    if any(day.year != year.year for day in year.rest_days | year.make_up_workdays):
        raise ValueError
    return str(given["calendar"]), year
