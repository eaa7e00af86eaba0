"""Where identifiers come from: ULID text, ascending within the process."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from typing import Protocol

from services.kernel.clock import Clock

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [high + low for high in CROCKFORD for low in CROCKFORD]
LENGTH = 26
RANDOM_BITS = 80
DRAWN_BITS = RANDOM_BITS - 1  # the top bit stays free, so counting up inside a millisecond cannot overflow


class Ids(Protocol):
    """Makes identifiers."""

    def new(self) -> str:
        """A ULID of 26 characters, greater than all this source gave before."""
        ...


class _Ascending:
    def __init__(self, clock: Clock, draw: Callable[[int], int]) -> None:
        self._clock = clock
        self._draw = draw
        self._last = 0

    def new(self) -> str:
        """The next ULID: time of the clock and chance, or the last one plus one inside a millisecond."""
        millis = int(self._clock.now().timestamp() * 1000)
        if millis <= self._last >> RANDOM_BITS:
            self._last += 1
        else:
            self._last = millis << RANDOM_BITS | self._draw(DRAWN_BITS)
        return _text(self._last)


class RandomIds(_Ascending):
    """Ids nobody can guess."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, secrets.randbits)


class SeededIds(_Ascending):
    """The same ids at every run of a rehearsal: seed and clock decide them."""

    def __init__(self, seed: int, clock: Clock) -> None:
        super().__init__(clock, random.Random(seed).getrandbits)  # noqa: S311 - repeatable on purpose


def _text(value: int) -> str:
    return "".join([PAIRS[value >> shift & 1023] for shift in range(5 * (LENGTH - 2), -1, -10)])
