"""Marks on paper: text whose width is estimated, boxes, lines. Units: a quarter of a millimetre at A3."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

WIDE: Final = 0x2E80  # from here on characters are as wide as high
SMALL: Final = 12
LINE: Final = 16
Part = tuple[str, str]  # class and words


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; y grows downwards."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h


def width(words: str, size: float = SMALL) -> float:
    """How wide the words will be at most in a common sans-serif."""
    return sum(_em(one) for one in words) * size


def text(x: float, y: float, parts: Iterable[Part], size: float = SMALL, anchor: str = "start") -> str:
    """One line; `y` is its base line."""
    spans = " ".join(f'<tspan class="{kind}">{escape(words)}</tspan>' for kind, words in parts if words)
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}">{spans}</text>'


def rect(box: Box, kind: str, radius: float = 6) -> str:
    """A box with rounded corners."""
    at = f'x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}"'
    return f'<rect class="{kind}" {at} rx="{radius:g}"/>'


def arrow(points: Iterable[tuple[float, float]]) -> str:
    """A line through the points with a head at its end."""
    along = " L ".join(f"{x:g} {y:g}" for x, y in points)
    return f'<path class="arrow" d="M {along}"/>'


def group(kind: str, inside: Iterable[str], **data: str) -> str:
    """Marks that belong together; `data` becomes data-* attributes."""
    said = "".join(f" data-{name}={quoteattr(value)}" for name, value in data.items())
    return f'<g class="{kind}"{said}>' + "".join(f"\n {one}" for one in inside) + "\n</g>"


def hint(words: str) -> str:
    """What a screen shows beside the pointer and reads aloud."""
    return f"<title>{escape(words)}</title>"


def _em(one: str) -> float:
    if ord(one) >= WIDE or one in "—→↻↺◇·":
        return 1.0
    if one.isupper() or one in "_…−":
        return 0.66
    return 0.56
