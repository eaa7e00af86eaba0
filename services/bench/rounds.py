"""Ours and raw in turn, and what three rounds add up to. A round gives figures by name: rates or milliseconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal, TypeAlias

WARM_UP: Final = 0  # the number of the round that is not counted

Figures: TypeAlias = Mapping[str, float]
Side: TypeAlias = Callable[[int], Awaitable[Figures]]
"""One round by its number, WARM_UP first. It prepares what it needs, times only the work, and leaves nothing open."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should reach: `ratio` (ours to raw) at least, or `ours` at most."""

    of: Literal["ratio", "ours"]
    bound: float

    def met(self, ours: float, ratio: float) -> bool:
        """Whether it is reached."""
        return ratio >= self.bound if self.of == "ratio" else ours <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure after all rounds. `rounds`: (ours, raw) in the order they were taken."""

    name: str
    unit: str
    rounds: tuple[tuple[float, float], ...]
    aim: Aim | None = None

    @property
    def ours(self) -> float:
        """Median of our rounds."""
        return median(ours for ours, _ in self.rounds)

    @property
    def raw(self) -> float:
        """Median of the raw rounds."""
        return median(raw for _, raw in self.rounds)

    @property
    def ratio(self) -> float:
        """Ours to raw, of the medians."""
        return self.ours / self.raw

    @property
    def spread(self) -> tuple[float, float]:
        """Highest less lowest round, as a share of the median: ours, raw."""
        return _spread([ours for ours, _ in self.rounds]), _spread([raw for _, raw in self.rounds])

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without one."""
        return self.aim.met(self.ours, self.ratio) if self.aim else None

    def line(self) -> dict[str, Any]:
        """The figure for programs."""
        ours, raw = self.spread
        return {
            "name": self.name,
            "ours": _short(self.ours),
            "raw": _short(self.raw),
            "unit": self.unit,
            "ratio": round(self.ratio, 3),
            "aim": self.aim.bound if self.aim else None,
            "aim_of": self.aim.of if self.aim else None,
            "met": self.met,
            "rounds": [{"ours": _short(each[0]), "raw": _short(each[1])} for each in self.rounds],
            "spread": {"ours": round(ours, 3), "raw": round(raw, 3)},
        }


async def interleaved(ours: Side, raw: Side, rounds: int) -> list[tuple[Figures, Figures]]:
    """One round each that is not counted, then ours, raw, ours, raw, …"""
    await ours(WARM_UP)
    await raw(WARM_UP)
    return [(await ours(number), await raw(number)) for number in range(WARM_UP + 1, rounds + 1)]


def compared(name: str, unit: str, taken: Sequence[tuple[Figures, Figures]], aim: Aim | None) -> Compared:
    """One named figure out of all rounds."""
    return Compared(name=name, unit=unit, rounds=tuple((ours[name], raw[name]) for ours, raw in taken), aim=aim)


def _spread(figures: Sequence[float]) -> float:
    return (max(figures) - min(figures)) / median(figures)


def _short(figure: float) -> float:
    return round(figure, 1)
