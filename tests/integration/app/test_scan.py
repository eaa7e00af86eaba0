"""The scan looks everywhere: what is planted in each kind of place is found there, in whatever form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from tests.support.scan.forms import Secret
from tests.support.scan.places import Stack
from tests.support.scan.scanning import UNSEALED, Found, scan

NAME, NUMBER = "合成甲77001", "00010319630813709X"
SECRETS = [Secret("name", NAME), Secret("number", NUMBER)]
TOPIC = "scan.planted.v1"


async def found(stack: Stack) -> set[tuple[str, str, str]]:
    return {(each.place, each.what, each.form) for each in await scan(stack, SECRETS)}


async def test_tables_of_every_schema_are_looked_through_in_every_column(database_url: str) -> None:
    db = await asyncpg.connect(database_url)
    await db.execute(
        """
        create schema corner;
        create table corner.kept (words text, list text[], doc jsonb, raw bytea, type text, data jsonb);
        create table corner.empty (words text);
        """
    )
    doc = json.dumps({"who": [{"deep": NAME}]})
    data = json.dumps({"order_no": "in clear", "result": "POS"})
    await db.execute(
        "insert into corner.kept values ($1, $2, $3::jsonb, $4, $5, $6::jsonb)",
        *(NAME.encode().hex(), [f"is {NUMBER}"], doc, NAME.encode("utf-16-le")),
        *("cn.aftercare.casework.TestResultRecorded.v1", data),
    )
    await db.close()
    assert await found(Stack(database_url)) == {
        ("corner.kept.words", "name", "utf-8 hex"),
        ("corner.kept.list", "number", "utf-8 clear"),
        ("corner.kept.doc", "name", "utf-8 clear"),
        ("corner.kept.raw", "name", "utf-16-le clear"),
        ("corner.kept.data", "TestResultRecorded:result", UNSEALED),
        ("corner.kept.data", "TestResultRecorded:/order_no", UNSEALED),
    }


async def test_keys_headers_and_values_of_topics_are_looked_through(broker: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for key, headers, value in planted_records():
            await producer.send_and_wait(TOPIC, value, key=key, headers=headers)
    assert await found(Stack(kafka_bootstrap=broker, topics=[TOPIC])) == {
        (f"{TOPIC} key", "number", "utf-8 clear"),
        (f"{TOPIC} header", "name", "gb18030 clear"),
        (f"{TOPIC} value", "name", "json"),
        (f"{TOPIC} value", "PersonReleased:certificate_no", UNSEALED),
    }


def planted_records() -> Sequence[tuple[bytes, list[tuple[str, bytes]], bytes]]:
    wire = ("ce_type", b"cn.aftercare.intake.PersonReleased.v1")
    return [
        (NUMBER.encode(), [wire], b"{}"),
        (b"k", [wire, ("x", NAME.encode("gb18030"))], b"{}"),
        (b"k", [wire], json.dumps({"note": NAME}).encode()),
        (b"k", [wire], json.dumps({"certificate_no": "C-1"}).encode()),
    ]


async def test_logs_spans_and_other_files_are_looked_through_and_the_servers_own_are_not(tmp_path: Path) -> None:
    for name, text in {"logs/hub.log": NUMBER, "spans.json": json.dumps(NAME), "postgres/base/1": NAME}.items():
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    beside = tmp_path / "beside.spans"
    beside.write_bytes(NAME.encode("utf-16-be"))
    assert await found(Stack(folder=tmp_path / "data", files=[beside])) == {
        ("file hub.log", "number", "utf-8 clear"),
        ("file spans.json", "name", "json"),
        ("file beside.spans", "name", "utf-16-be clear"),
    }


async def test_metrics_are_looked_through() -> None:
    registry = CollectorRegistry()
    Gauge("planted", "A person in a label.", ["who"], registry=registry).labels(NAME).set(1)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    try:
        found = await scan(Stack(http=f"http://127.0.0.1:{server.server_port}"), SECRETS)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert found == [Found("metrics", "name", "utf-8 clear")]
