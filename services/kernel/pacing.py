"""How often a consumer asks the embedded broker, which answers a waiting fetch only when its time is up.

An empty topic rests: its partitions are paused until somebody in the process publishes, or for a short while.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.kernel.reader import Reader

LOOK_SECONDS: Final = 0.025  # a fetch under way may have missed what is new; the one behind it has not
REST_SECONDS: Final = 0.25  # then look for what agencies wrote
OWN_REST_SECONDS: Final = 1.0  # for what only relays write, and those of this process say so


class Pacing:
    """Lets one reader's partitions rest. `arrived`: set when one of its topics has something new."""

    def __init__(self, reader: Reader, arrived: asyncio.Event) -> None:
        self._reader = reader
        self._arrived = arrived

    async def run(self) -> None:
        """Look and rest in turn, until cancelled."""
        while client := self._reader.client:
            self._arrived.clear()
            parts = self._ours(client)
            asked = {part: client.last_poll_timestamp(part) for part in parts}
            client.resume(*parts)
            await asyncio.sleep(LOOK_SECONDS)
            answered = all(client.last_poll_timestamp(part) != asked[part] for part in parts)
            if answered and await _empty(client, parts):
                client.pause(*parts)
                await self._rest()

    async def _rest(self) -> None:
        try:
            from_outside = self._reader.subscription.handle_raw is not None
            async with asyncio.timeout(REST_SECONDS if from_outside else OWN_REST_SECONDS):
                await self._arrived.wait()
        except TimeoutError:
            return

    def _ours(self, client: AIOKafkaConsumer) -> list[TopicPartition]:
        """All but those that the reader has stopped for good."""
        stopped = self._reader.settler.fuse.stopped
        return [part for part in client.assignment() if (part.topic, part.partition) not in stopped]


async def _empty(client: AIOKafkaConsumer, parts: list[TopicPartition]) -> bool:
    """Everything that the broker has was handed out."""
    for part in parts:
        if (client.highwater(part) or 0) > await client.position(part):
            return False
    return True
