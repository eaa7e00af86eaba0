"""What is kept beside the events, compared with what the events give: the checks of a process and their findings."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One comparison.

    `facts`: how many were replayed; `live`, `rebuilt`: hashes in hex; `differ`: what else is wrong, by id and word;
    `rows`: how many were put right, None where nothing was switched.
    """

    name: str
    facts: int
    live: str
    rebuilt: str
    differ: tuple[str, ...] = ()
    rows: int | None = None

    @property
    def equal(self) -> bool:
        """Whether the kept is what the events give."""
        return self.live == self.rebuilt and not self.differ

    def line(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "name": self.name,
            "facts": self.facts,
            "live": self.live,
            "rebuilt": self.rebuilt,
            "equal": self.equal,
            "differ": list(self.differ),
            "rows": self.rows,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be verified; `rebuild` is None where there is nothing to switch to."""

    name: str
    verify: Callable[[], Awaitable[Finding]]
    rebuild: Callable[[], Awaitable[Finding]] | None = None


async def digest(lines: AsyncIterable[str]) -> str:
    """The hash of lines in their order."""
    found = hashlib.sha256()
    async for line in lines:
        found.update(line.encode() + b"\n")
    return found.hexdigest()
