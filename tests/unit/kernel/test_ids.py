from __future__ import annotations

from datetime import datetime, timedelta

from ulid import ULID

from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.ids import RandomIds, SeededIds

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


def test_an_id_is_a_ulid_of_the_clock() -> None:
    made = ULID.from_str(RandomIds(VirtualClock(NINE)).new())
    assert made.datetime == NINE


def test_ids_ascend_within_a_millisecond_and_beyond() -> None:
    clock = VirtualClock(NINE)
    ids = RandomIds(clock)
    made = [ids.new() for _ in range(1_000)]
    clock.set(NINE + timedelta(milliseconds=1))
    made.append(ids.new())
    assert made == sorted(set(made))


def test_the_same_seed_and_clock_give_the_same_ids() -> None:
    first, second, other = (SeededIds(seed, VirtualClock(NINE)) for seed in (7, 7, 8))
    assert [first.new() for _ in range(5)] == [second.new() for _ in range(5)]
    assert first.new() != other.new()


def test_two_sources_at_one_instant_give_different_ids() -> None:
    clock = VirtualClock(NINE)
    assert RandomIds(clock).new() != RandomIds(clock).new()
