"""An outside checker: imports nothing from the services, reads only the database, the topics and HTTP.

Each check returns sentences about what does not hold; an empty list means that it holds.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

INGRESS = ("in.",)
SCHEMAS = "select table_schema from information_schema.tables where table_name = 'events' order by 1"


@dataclass(frozen=True, slots=True)
class Fed:
    """One stored event as the feed orders it."""

    schema: str
    event_id: str
    type: str
    key: str
    stream_id: str
    version: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OnTopic:
    """One message as a topic holds it."""

    topic: str
    key: str
    event_id: str


async def stored_events(database_url: str) -> list[Fed]:
    """Every event of every service schema in feed order (xid, position)."""
    db = await asyncpg.connect(database_url)
    try:
        await db.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=__import__("json").loads)
        found: list[Fed] = []
        for (schema,) in await db.fetch(SCHEMAS):
            rows = await db.fetch(
                f"select event_id, type, meta, data, stream_id, version from {schema}.events order by xid, position"
            )
            found += [
                Fed(
                    schema,
                    row["event_id"],
                    row["type"],
                    row["meta"]["partitionkey"],
                    row["stream_id"],
                    row["version"],
                    row["data"],
                )
                for row in rows
            ]
        return found
    finally:
        await db.close()


async def topic_messages(bootstrap: str) -> list[OnTopic]:
    """Every message of every topic that the hub writes, in offset order per partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=15000)
    await consumer.start()
    try:
        topics = [name for name in await consumer.topics() if not name.startswith(("__", *INGRESS))]
        parts = [
            TopicPartition(name, number) for name in topics for number in consumer.partitions_for_topic(name) or ()
        ]
        if not parts:
            return []
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        await consumer.seek_to_beginning(*parts)
        return await _drain(consumer, {part: end for part, end in ends.items() if end > 0})
    finally:
        await consumer.stop()


async def _drain(consumer: AIOKafkaConsumer, open_parts: dict[TopicPartition, int]) -> list[OnTopic]:
    found: list[OnTopic] = []
    async with asyncio.timeout(60):
        while open_parts:
            for part, records in (await consumer.getmany(timeout_ms=500)).items():
                found += [
                    OnTopic(part.topic, (r.key or b"").decode(), dict(r.headers).get("ce_id", b"").decode())
                    for r in records
                ]
                if records and records[-1].offset + 1 >= open_parts.get(part, 0):
                    open_parts.pop(part, None)
    return found


async def journal_ids(database_url: str) -> list[str]:
    """Event ids of all journal rows."""
    db = await asyncpg.connect(database_url)
    try:
        return [row["event_id"] for row in await db.fetch("select event_id from timeline.journal")]
    finally:
        await db.close()


def each_event_journaled_once(events: Sequence[Fed], journal: Sequence[str]) -> list[str]:
    """One journal row per event, no row without an event."""
    ids = {event.event_id for event in events}
    seen = Counter(journal)
    wrong = [
        f"event {e.event_id} {e.type} has {seen[e.event_id]} journal rows" for e in events if seen[e.event_id] != 1
    ]
    return wrong + [f"journal row {extra} has no event" for extra in set(journal) - ids]


def ids_are_unique(events: Sequence[Fed]) -> list[str]:
    """No event id stands twice in the stores."""
    return [f"event id {i} stands {n} times" for i, n in Counter(e.event_id for e in events).items() if n > 1]


def versions_have_no_gap(events: Sequence[Fed]) -> list[str]:
    """Feed order of a stream is its version order, from 1 without a gap."""
    streams: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        streams[event.schema, event.stream_id].append(event.version)
    return [f"{s}: {v}" for s, v in streams.items() if v != list(range(1, len(v) + 1))]


def topic_order_is_feed_order(events: Sequence[Fed], messages: Sequence[OnTopic]) -> list[str]:
    """Per (topic, key): first appearances on the topic equal the feed; every event is on exactly one topic."""
    topic_of: dict[str, set[str]] = defaultdict(set)
    on_topic: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for message in messages:
        topic_of[message.event_id].add(message.topic)
        on_topic[message.topic, message.key].setdefault(message.event_id)
    fed: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    wrong: list[str] = []
    for event in events:
        topics = topic_of.get(event.event_id, set())
        if len(topics) != 1:
            wrong.append(f"event {event.event_id} {event.type} is on topics {sorted(topics)}")
            continue
        fed[event.schema, next(iter(topics)), event.key].append(event.event_id)
    return wrong + _order_errors(fed, on_topic)


def _order_errors(
    fed: Mapping[tuple[str, str, str], list[str]], on_topic: Mapping[tuple[str, str], Mapping[str, None]]
) -> list[str]:
    wrong = []
    for (schema, topic, key), ids in fed.items():
        mine = set(ids)
        seen = [event_id for event_id in on_topic[topic, key] if event_id in mine]
        if seen != ids:
            wrong.append(f"{schema} → {topic} key {key}: topic {seen} feed {ids}")
    return wrong


def notices_have_their_events_once(events: Sequence[Fed], receipts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every accepted row has one ReleaseNoticeReceived for its number; rows of other outcomes have none of their own."""
    counted = Counter(e.data.get("notice_no") for e in events if e.type.split(".")[-2] == "ReleaseNoticeReceived")
    accepted = {r["notice_no"] for r in receipts if r["outcome"] in ("accepted", "duplicate", "revised")}
    wrong = [
        f"notice {number} has {counted[number]} ReleaseNoticeReceived" for number in accepted if counted[number] != 1
    ]
    return wrong + [f"notice {number} was never accepted" for number in set(counted) - accepted]


async def one_saga_per_episode(http: httpx.AsyncClient, people: Iterable[str]) -> list[str]:
    """GET /api/v1/handovers?person_ref= gives each (person, episode) once."""
    wrong: list[str] = []
    for person in people:
        answer = await http.get("/api/v1/handovers", params={"person_ref": person})
        answer.raise_for_status()
        body = answer.json()
        items = body["items"] if isinstance(body, dict) else body
        episodes = Counter(item["episode"] for item in items)
        wrong += [f"person {person} episode {e} has {n} sagas" for e, n in episodes.items() if n != 1]
        wrong += [f"person {person} has no saga"] if not items else []
    return wrong


def processes_that_name(folder: Path) -> list[int]:
    """Process ids whose command line or working directory names the folder: orphans after an end."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and str(folder).encode() in _command_line(entry):
            found.append(int(entry.name))
    return found


def _command_line(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""
