"""What rounds add up to."""

from __future__ import annotations

import pytest

from services.bench.rounds import WARM_UP, Aim, Compared, Figures, compared, interleaved

THREE = ((90.0, 100.0), (50.0, 80.0), (80.0, 120.0))


def figure(aim: Aim | None = None) -> Compared:
    return Compared(name="append", unit="tx/s", rounds=THREE, aim=aim)


async def test_sides_take_turns_and_the_first_round_of_each_does_not_count() -> None:
    taken: list[tuple[str, int]] = []

    async def ours(number: int) -> Figures:
        taken.append(("ours", number))
        return {"append": float(number)}

    async def raw(number: int) -> Figures:
        taken.append(("raw", number))
        return {"append": float(number) * 2}

    found = compared("append", "tx/s", await interleaved(ours, raw, 2), None)

    assert taken == [("ours", WARM_UP), ("raw", WARM_UP), ("ours", 1), ("raw", 1), ("ours", 2), ("raw", 2)]
    assert found.rounds == ((1.0, 2.0), (2.0, 4.0))


def test_a_figure_is_the_median_of_its_rounds_and_the_ratio_that_of_the_medians() -> None:
    assert (figure().ours, figure().raw, figure().ratio) == (80.0, 100.0, 0.8)


def test_spread_is_highest_less_lowest_as_a_share_of_the_median() -> None:
    assert figure().spread == (0.5, 0.4)


@pytest.mark.parametrize(
    ("aim", "met"),
    [
        (None, None),
        (Aim("ratio", 0.8), True),
        (Aim("ratio", 0.85), False),
        (Aim("ours", 80.0), True),
        (Aim("ours", 79.0), False),
    ],
)
def test_an_aim_is_reached_from_its_bound_on(*, aim: Aim | None, met: bool | None) -> None:
    assert figure(aim).met is met


def test_a_line_carries_what_programs_read() -> None:
    assert figure(Aim("ratio", 0.85)).line() == {
        "name": "append",
        "ours": 80.0,
        "raw": 100.0,
        "unit": "tx/s",
        "ratio": 0.8,
        "aim": 0.85,
        "aim_of": "ratio",
        "met": False,
        "rounds": [{"ours": 90.0, "raw": 100.0}, {"ours": 50.0, "raw": 80.0}, {"ours": 80.0, "raw": 120.0}],
        "spread": {"ours": 0.5, "raw": 0.4},
    }
