"""What of FastStream is used: its broker object, its polling loop, one parser and one decoder that never raise."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.kafka.subscriber.usecase import LogicSubscriber
from faststream.middlewares import AckPolicy

from services.kernel import logs, tasks
from services.kernel.errors import JieliError
from services.kernel.pacing import Pacing
from services.kernel.reader import PROBE, Reader
from services.kernel.records import RawMessage

GRACEFUL_SECONDS = 10.0

Records = tuple[ConsumerRecord, ...]

log = logs.get("kernel.polling")


class ProbeFailed(JieliError):
    """A subscriber does not hand on what it is given; it would lose every message with a line in the log."""

    def __init__(self, consumer: str) -> None:
        super().__init__(f"订阅自检失败 subscriber failed its probe: {consumer}")


class Running:
    """One started subscriber, its reader, and who lets it rest."""

    def __init__(self, reader: Reader, subscriber: LogicSubscriber[Any], pacing: Pacing | None) -> None:
        self.reader = reader
        self._subscriber = subscriber
        self._pacing = pacing
        self._loops = tasks.Loops(cap=2.0)

    def alive(self) -> bool:
        """Its loop is running."""
        return any(not task.done() for task in self._subscriber.tasks)

    async def start(self) -> None:
        """Start and prove that a record reaches the reader. Raises ProbeFailed."""
        self.reader.go_on()
        await self._subscriber.start()
        self.reader.client = self._subscriber.consumer
        await self._prove()
        if self._pacing:
            self._loops.start("pacing", self._pacing.run)

    async def _prove(self) -> None:
        consumer = self.reader.subscription.consumer
        try:
            await self._subscriber.process_message((_probe(),))
        except Exception as error:
            raise ProbeFailed(consumer) from error
        if not self.reader.probed:
            raise ProbeFailed(consumer)

    async def restart(self) -> None:
        """Stop and start it."""
        await self.reader.drain()
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        """End its loop and its connections."""
        await self._loops.stop()
        consumer = self._subscriber.consumer
        await tasks.outlive(self._subscriber.stop())
        if consumer is not None:
            await consumer._client.close()  # noqa: SLF001 - left open where the consumer's stop did not come to its end


class _Log:
    """FastStream's errors as log lines of ours; its texts repeat those of errors, which may quote a message."""

    def log(self, level: int, msg: object, /, *_args: object, exc_info: object = None, **_context: object) -> None:
        """One line, from error up."""
        if level >= logging.ERROR:
            told = exc_info if isinstance(exc_info, BaseException) else None
            log.error("faststream", error=told, text=None if told else str(msg)[:200])


def broker(bootstrap: str) -> KafkaBroker:
    """A broker object that only consumes, commits nothing by itself, creates nothing and injects nothing."""
    return KafkaBroker(
        bootstrap,
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.MANUAL,
        graceful_timeout=GRACEFUL_SECONDS,
        apply_types=False,
        logger=_Log(),
    )


async def parse(records: Records) -> KafkaMessage:
    """A poll as FastStream wants it; nothing in it is looked at, so nothing can fail."""
    return KafkaMessage(
        raw_message=records, body=b"", headers={}, content_type=None, message_id="", consumer=FAKE_CONSUMER
    )


def decoder(cluster_id: str) -> Callable[[KafkaMessage], Awaitable[list[RawMessage]]]:
    """From the poll to our records; they carry the cluster they came from."""

    async def decode(message: KafkaMessage) -> list[RawMessage]:
        records = message.raw_message if isinstance(message.raw_message, tuple) else (message.raw_message,)
        return [_raw(record, cluster_id) for record in records]

    return decode


def _raw(record: ConsumerRecord, cluster_id: str) -> RawMessage:
    place = record.topic, record.partition, record.offset
    return RawMessage(*place, record.key, record.value, tuple(record.headers), record.timestamp, cluster_id)


def _probe() -> ConsumerRecord:
    """A record that was never on a broker, with the worst of headers."""
    return ConsumerRecord(
        topic=PROBE,
        partition=0,
        offset=0,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=(("ce_type", None), ("ce_id", b"\xff")),
    )
