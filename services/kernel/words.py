"""Words that several packages share and no package owns: the shapes at the seams."""

from __future__ import annotations

from typing import Protocol

from schemas.base import Event


class Sealer(Protocol):
    """Turns clear P3 values into tokens at the first write and back at the last read."""

    async def seal(self, event: Event, event_id: str) -> bytes:
        """The payload as JSON, every Sealed field a token under the person's key."""
        ...

    async def open(self, event: Event, envelope_id: str) -> Event:
        """The same event with its tokens clear."""
        ...

    async def tag(self, person_ref: str, text: str) -> str:
        """A keyed hash of the text, equal for equal texts of one person."""
        ...
