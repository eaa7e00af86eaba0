"""Which counts may be shown: small ones are hidden, and others with them so that no subtraction gives them away."""

from __future__ import annotations

from collections.abc import Mapping

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


def shown(count: int, least: int) -> int | None:
    """The count, or None where it is small."""
    return None if 0 < count < least else count
