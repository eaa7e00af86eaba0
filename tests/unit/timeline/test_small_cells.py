from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.timeline.domain.small_cells import hidden, revealing, shown, veiled

RATES = st.dictionaries(
    st.sampled_from("ABCDEFG"), st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda two: (min(two), max(two)))
)
COUNTS = st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(0, 40))


def test_a_small_cell_hides_with_another_so_that_no_subtraction_gives_it_away() -> None:
    assert hidden({"A": 4, "B": 12, "C": 30}, 10) == {"A", "B"}
    assert hidden({"A": 4, "B": 9, "C": 30}, 10) == {"A", "B"}
    assert hidden({"A": 10, "B": 0}, 10) == frozenset()
    assert hidden({"A": 1, "B": 1}, 1) == frozenset()


@given(COUNTS, st.integers(1, 15))
def test_what_is_hidden_is_no_small_cell_together_unless_it_is_everybody(counts: dict[str, int], least: int) -> None:
    gone = hidden(counts, least)
    assert {part for part, count in counts.items() if 0 < count < least} <= gone
    everybody = {part for part, count in counts.items() if count}
    assert not gone or gone == everybody or (len(gone) > 1 and sum(counts[part] for part in gone) >= least)


def test_a_numerator_goes_when_it_or_its_complement_is_small_and_takes_another_with_it() -> None:
    assert veiled({"A": (4, 40), "B": (30, 50), "C": (30, 60)}, frozenset(), 10) == {"A", "B"}
    assert veiled({"A": (36, 40), "B": (30, 50), "C": (30, 60)}, frozenset(), 10) == {"A", "B"}
    assert veiled({"A": (0, 40), "B": (50, 50), "C": (30, 60)}, frozenset(), 10) == frozenset()
    assert veiled({"A": (4, 4), "B": (5, 12), "C": (30, 60)}, {"A", "B"}, 10) == {"A", "B", "C"}


@given(RATES, st.integers(1, 15))
def test_veiled_numerators_reveal_nothing_together_unless_they_are_everybody(
    rates: dict[str, tuple[int, int]], least: int
) -> None:
    gone = hidden({part: den for part, (_, den) in rates.items()}, least)
    found = veiled(rates, gone, least)
    assert gone | {part for part, (num, den) in rates.items() if revealing(num, den, least)} <= found
    together = [sum(rates[part][which] for part in found) for which in (0, 1)]
    everybody = {part for part, (_, den) in rates.items() if den}
    assert not found or found == everybody or (len(found) > 1 and not revealing(together[0], together[1], least))


def test_zero_is_shown_and_small_is_not() -> None:
    assert [shown(count, 10) for count in (0, 1, 9, 10)] == [0, None, None, 10]
