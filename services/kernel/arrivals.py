"""Word inside one process that a topic has something new, so that nobody has to ask an empty topic all the time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from weakref import WeakSet


class Arrivals:
    """Relays tell what they published, readers hear it; what others write is found by looking now and then."""

    def __init__(self) -> None:
        self._heard: dict[str, WeakSet[asyncio.Event]] = defaultdict(WeakSet)

    def listen(self, topics: Iterable[str]) -> asyncio.Event:
        """An event that is set whenever one of the topics has something new; whoever waits clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._heard[topic].add(event)
        return event

    def tell(self, topics: Iterable[str]) -> None:
        """The broker has acknowledged records of these topics."""
        for topic in topics:
            for event in self._heard[topic]:
                event.set()
