"""Shares of sorted times."""

from __future__ import annotations

import pytest

from services.bench.reaching import share

HUNDRED = [float(number) for number in range(1, 101)]


@pytest.mark.parametrize(("part", "value"), [(0.5, 51.0), (0.99, 100.0), (1.0, 100.0)])
def test_a_share_is_the_value_that_no_more_than_that_part_stays_below(part: float, value: float) -> None:
    assert share(HUNDRED, part) == value


def test_one_time_is_every_share() -> None:
    assert share([7.0], 0.99) == 7.0
