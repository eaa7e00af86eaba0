"""Which counts may be shown: small ones are hidden, and others with them so that no subtraction gives them away."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

AT_LEAST_HIDDEN = 2


def hidden(counts: Mapping[str, int], least: int) -> frozenset[str]:
    """The parts whose count must not be shown beside the total. `least`: the smallest count that may be shown.

    Nobody is no cell: a zero stays. Hidden parts are at least two, and together no small cell either.
    """
    filled = sorted((count, part) for part, count in counts.items() if count)
    small = [part for count, part in filled if count < least]
    if not small:
        return frozenset()
    gone, rest = list(small), [part for _, part in filled if part not in small]
    while rest and (len(gone) < AT_LEAST_HIDDEN or sum(counts[part] for part in gone) < least):
        gone.append(rest.pop(0))
    return frozenset(gone)


def veiled(rates: Mapping[str, tuple[int, int]], gone: AbstractSet[str], least: int) -> frozenset[str]:
    """The parts whose numerator must not be shown beside the total's. `rates`: (num, den); `gone`: den is hidden.

    The hidden ones are at least two, and together they reveal nothing either.
    """
    found = set(gone) | {part for part, (num, den) in rates.items() if revealing(num, den, least)}
    rest = [part for den, part in sorted((den, part) for part, (_, den) in rates.items()) if den and part not in found]
    while found and rest and (len(found) < AT_LEAST_HIDDEN or _together_revealing(rates, found, least)):
        found.add(rest.pop(0))
    return frozenset(found)


def _together_revealing(rates: Mapping[str, tuple[int, int]], parts: AbstractSet[str], least: int) -> bool:
    return revealing(sum(rates[part][0] for part in parts), sum(rates[part][1] for part in parts), least)


def revealing(num: int, den: int, least: int) -> bool:
    """Whether the numerator, or what it leaves of the denominator, is a small cell."""
    return shown(num, least) is None or shown(den - num, least) is None


def shown(count: int, least: int) -> int | None:
    """The count, or None where it is small."""
    return None if 0 < count < least else count
