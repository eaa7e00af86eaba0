from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.clock import SHANGHAI, SystemClock, VirtualClock

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


def test_the_system_clock_tells_shanghai_time() -> None:
    assert SystemClock().now().utcoffset() == timedelta(hours=8)


def test_a_virtual_clock_stands_still() -> None:
    clock = VirtualClock(NINE)
    assert clock.now() == clock.now() == NINE


def test_a_virtual_clock_speaks_shanghai_time_whatever_zone_it_is_set_in() -> None:
    clock = VirtualClock(NINE)
    clock.set(datetime(2026, 3, 2, 2, 30, tzinfo=UTC))
    assert clock.now().isoformat() == "2026-03-02T10:30:00+08:00"


def test_a_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(NINE)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(NINE - timedelta(seconds=1))
    assert clock.now() == NINE


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        VirtualClock(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - the very mistake
