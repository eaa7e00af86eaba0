from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped]  # ships no types
import pytest

from services.kernel.errors import InvalidInput
from services.reference.calendar import load_calendar, read_year
from services.reference.policy_words import words

CN = load_calendar()
YEARS = (2024, 2025, 2026)


@pytest.mark.parametrize("year", YEARS)
def test_a_second_source_knows_the_same_working_days(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        assert CN.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_make_up_saturdays_are_working_days() -> None:
    assert CN.is_working(date(2026, 2, 14))
    assert CN.is_working(date(2026, 2, 28))
    assert not CN.is_working(date(2026, 2, 21))


def test_working_days_skip_spring_festival_and_count_its_make_up_day() -> None:
    assert CN.add_working(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CN.add_working(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CN.add_working(date(2026, 2, 24), -1) == date(2026, 2, 14)


def test_a_rest_day_rolls_forward_and_a_working_day_stays() -> None:
    assert CN.roll_forward(date(2026, 10, 1)) == date(2026, 10, 8)
    assert CN.roll_forward(date(2026, 3, 2)) == date(2026, 3, 2)


def test_beyond_the_known_years_only_weekends_count_and_the_answer_says_so() -> None:
    assert CN.is_working(date(2030, 10, 1))
    assert not CN.is_working(date(2030, 10, 5))
    assert CN.provisional(date(2030, 10, 1))
    assert CN.version_for(date(2030, 10, 1)).endswith("+provisional")
    assert CN.version_for(date(2026, 10, 1)) == CN.version == "CN:2024.1,2025.1,2026.1"


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "no", '{"calendar":"CN","year":2026,"edition":1,"rest_days":[],"make_up_workdays":[]}'],
)
def test_a_broken_year_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_year(text)
    assert caught.value.code == "calendar_invalid"


@pytest.mark.parametrize(("lang", "wanted"), [("zh", "写进2025年的文件"), ("en", "the file of 2025")])
def test_a_day_of_another_year_is_refused_naming_the_file_it_belongs_in(lang: str, wanted: str) -> None:
    days = '"rest_days":["2025-12-31","2026-01-01"],"make_up_workdays":[]'
    with pytest.raises(InvalidInput) as caught:
        read_year(f'{{"calendar":"CN","year":2026,"edition":1,{days}}}')
    said = words().say(caught.value.code, lang, **caught.value.values)
    assert caught.value.code == "calendar_other_year"
    assert "2025-12-31" in said
    assert wanted in said
