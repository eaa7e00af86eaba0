"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`appends`: by each client in a round; `backlog`, `ingest`: events a round; `seconds`: of notices a round."""

    rounds: int = 3
    clients: int = 16
    appends: int = 500
    backlog: int = 10_000
    ingest: int = 8_000
    seconds: float = 10.0
    per_second: int = 100


FULL: Final = Sizes()
QUICK: Final = Sizes(appends=100, backlog=3_000, ingest=2_000, seconds=2.0)
