"""An outside checker: imports nothing from the services, reads only the database, the topics and HTTP.

Each check returns sentences about what does not hold; an empty list means that it holds.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.support.processes import alive

FOREIGN = ("__", "in.")
DRAIN_SECONDS = 15.0
READINGS = 3
SCHEMAS = "select table_schema from information_schema.tables where table_name = 'events' order by 1"
EVENTS = """
select event_id, type, meta, data, stream_id, version from {schema}.events order by xid, position
"""
EFFECTS = frozenset({"HandoverOffered", "TimerScheduled", "TimerFired"})


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
    revision: int | None = None

    @property
    def name(self) -> str:
        """`ReleaseNoticeReceived` of `cn.aftercare.intake.ReleaseNoticeReceived.v1`."""
        return self.type.split(".")[-2]


@dataclass(frozen=True, slots=True)
class OnTopic:
    """One message as a topic holds it."""

    topic: str
    key: str
    event_id: str
    partition: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """All that the hub left in its stores and on its topics."""

    events: Sequence[Fed]
    messages: Sequence[OnTopic]
    journal: Sequence[str]


async def found(database_url: str, bootstrap: str) -> Found:
    """Read everything of a hub that is quiet."""
    return Found(await stored_events(database_url), await topic_messages(bootstrap), await journal_ids(database_url))


async def stored_events(database_url: str) -> list[Fed]:
    """Every event of every service schema in feed order (xid, position)."""
    db = await asyncpg.connect(database_url)
    try:
        await db.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        stored: list[Fed] = []
        for (schema,) in await db.fetch(SCHEMAS):
            stored += [_fed(schema, row) for row in await db.fetch(EVENTS.format(schema=schema))]
        return stored
    finally:
        await db.close()


def _fed(schema: str, row: asyncpg.Record) -> Fed:
    meta = row["meta"]
    plain = row["event_id"], row["type"], meta["partitionkey"], row["stream_id"], row["version"], row["data"]
    return Fed(schema, *plain, meta.get("revision"))


async def topic_messages(bootstrap: str, only: Collection[str] = ()) -> list[OnTopic]:
    """Every message of every topic that the hub writes, or of some, in offset order per partition.

    The client's first position can race with its own reset and then stand still, so a reading that stalls begins anew.
    """
    for _ in range(READINGS - 1):
        try:
            return await _read_topics(bootstrap, only)
        except TimeoutError:
            continue
    return await _read_topics(bootstrap, only)


async def _read_topics(bootstrap: str, only: Collection[str]) -> list[OnTopic]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=15000,
    )
    try:
        await consumer.start()
        topics = [
            name for name in await consumer.topics() if not name.startswith(FOREIGN) and name in (only or (name,))
        ]
        parts = [
            TopicPartition(name, number) for name in topics for number in consumer.partitions_for_topic(name) or ()
        ]
        if not parts:
            return []
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        return await _drain(consumer, {part: end for part, end in ends.items() if end > 0})
    finally:
        await _end(consumer)


async def _end(consumer: AIOKafkaConsumer) -> None:
    """Stop it; with its broker gone it lets the cancellation of its own tasks reach us."""
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise


async def _drain(consumer: AIOKafkaConsumer, open_parts: dict[TopicPartition, int]) -> list[OnTopic]:
    """Read until behind the ends and then until nothing more comes: a broker may tell an end that lies too low."""
    messages: list[OnTopic] = []
    polled: dict[TopicPartition, list[Any]] = {}
    deadline = time.monotonic() + DRAIN_SECONDS
    while open_parts or polled:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(messages)} messages read, not to the end of {open_parts}")
        polled = await consumer.getmany(timeout_ms=300)
        for part, records in polled.items():
            messages += [_message(record) for record in records]
            if records[-1].offset + 1 >= open_parts.get(part, 0):
                open_parts.pop(part, None)
    return messages


def _message(record: Any) -> OnTopic:  # noqa: ANN401 - the library ships no types
    headers = {name: value or b"" for name, value in record.headers}
    key, event_id = (record.key or b"").decode(), headers.get("ce_id", b"").decode()
    return OnTopic(record.topic, key, event_id, record.partition, json.loads(record.value or b"{}"))


async def journal_ids(database_url: str) -> list[str]:
    """Event ids of all journal rows."""
    db = await asyncpg.connect(database_url)
    try:
        return [row["event_id"] for row in await db.fetch("select event_id from timeline.journal")]
    finally:
        await db.close()


def what_does_not_hold(hub: Found) -> list[str]:
    """Everything that must hold of any hub that is quiet."""
    return [
        *ids_are_unique(hub.events),
        *versions_have_no_gap(hub.events),
        *each_event_journaled_once(hub.events, hub.journal),
        *topic_order_is_feed_order(hub.events, hub.messages),
        *topics_hold_only_events(hub.events, hub.messages),
        *keys_keep_their_partition(hub.messages),
        *effects_happen_once(hub.events),
        *nothing_stays_blocked(hub.events),
    ]


def each_event_journaled_once(events: Sequence[Fed], journal: Sequence[str]) -> list[str]:
    """One journal row per event, no row without an event."""
    ids = {event.event_id for event in events}
    seen = Counter(journal)
    wrong = [
        f"event {e.event_id} {e.type} has {seen[e.event_id]} journal rows" for e in events if seen[e.event_id] != 1
    ]
    return wrong + [f"journal row {extra} has no event" for extra in sorted(seen.keys() - ids)]


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


def topics_hold_only_events(events: Sequence[Fed], messages: Sequence[OnTopic]) -> list[str]:
    """No message on a topic of the hub without an event in a store."""
    ids = {event.event_id for event in events}
    strangers = {(message.topic, message.event_id) for message in messages if message.event_id not in ids}
    return [f"message {event_id} on {topic} has no event" for topic, event_id in sorted(strangers)]


def keys_keep_their_partition(messages: Sequence[OnTopic]) -> list[str]:
    """All messages of a key are in one partition: elsewhere they have no order."""
    places: dict[tuple[str, str], set[int]] = defaultdict(set)
    for message in messages:
        places[message.topic, message.key].add(message.partition)
    return [f"{topic} key {key} is in partitions {sorted(p)}" for (topic, key), p in places.items() if len(p) > 1]


def effects_happen_once(events: Sequence[Fed]) -> list[str]:
    """A handover is offered first once; each of its timers is set, and fires, once per revision and occurrence."""
    said = Counter(_effect(event) for event in events if event.name in EFFECTS)
    return [f"{' '.join(map(str, what))} stands {n} times" for what, n in said.items() if n > 1]


def _effect(event: Fed) -> tuple[object, ...]:
    return event.name, event.stream_id, *(event.data.get(part) for part in ("name", "deadline_rev", "occurrence"))


async def one_saga_per_episode(http: httpx.AsyncClient, people: Iterable[str]) -> list[str]:
    """GET /api/v1/handovers?person_ref= gives each (person, episode) once."""
    wrong: list[str] = []
    for person in people:
        answer = await http.get("/api/v1/handovers", params={"person_ref": person})
        answer.raise_for_status()
        items = answer.json()["items"]
        episodes = Counter(item["episode"] for item in items)
        wrong += [f"person {person} episode {e} has {n} sagas" for e, n in episodes.items() if n != 1]
        wrong += [f"person {person} has no saga"] if not items else []
    return wrong


async def nothing_blocks(http: httpx.AsyncClient) -> list[str]:
    """GET /api/v1/parked shows no entry that holds up its key."""
    answer = await http.get("/api/v1/parked")
    answer.raise_for_status()
    return [f"{one['consumer']} is blocked: {one}" for one in answer.json()["items"] if one["blocking"]]


def nothing_stays_blocked(events: Sequence[Fed]) -> list[str]:
    """Every blocking EventParked was followed by its EventReleased."""
    parked = {e.data["parked_id"]: e for e in events if e.name == "EventParked" and e.data["blocking"]}
    released = {e.data["parked_id"] for e in events if e.name == "EventReleased"}
    return [f"{e.schema} key {e.key} is blocked: {e.data}" for i, e in parked.items() if i not in released]


def processes_that_name(folder: Path) -> list[int]:
    """Process ids whose command line, working directory or open files name the folder: orphans after an end."""
    own = {entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _other(int(entry.name))}
    return sorted(int(entry.name) for entry in own if any(str(folder) in text for text in _names(entry)))


def servers(folder: Path, name: str) -> list[int]:
    """Process ids of the folder's servers of that name, `tansu` or `postgres`, without what these started."""
    return [pid for pid in processes_that_name(folder) if _is(Path(f"/proc/{pid}"), name)]


def _is(entry: Path, name: str) -> bool:
    try:
        words = (entry / "cmdline").read_bytes().split(b"\0")
        return (entry / "comm").read_text().strip() == name and words[0].endswith(f"/{name}".encode())
    except OSError:
        return False


def _other(pid: int) -> bool:
    return pid != os.getpid() and alive(pid)


def _names(entry: Path) -> Iterable[str]:
    try:
        yield (entry / "cmdline").read_bytes().decode(errors="replace")
        yield str((entry / "cwd").readlink())
        for handle in (entry / "fd").iterdir():
            yield str(handle.readlink())
    except OSError:
        return
