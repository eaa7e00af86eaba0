"""The same story on a real Kafka: consumer groups, an idempotent producer, and the same end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.support.kafka_lab import KafkaNode, KafkaUnavailable, fetch, running_kafka
from tests.support.small_demo import Told, tell

GROUPS = {"jieli.intake.ingress", "jieli.intake.rerouting", "jieli.handover.facts", "jieli.timeline.journal"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaNode]:
    """A node of its own: the hub's topics have fixed names, and others write to them on the session's node."""
    try:
        fetch()
    except KafkaUnavailable as reason:
        pytest.skip(f"real Kafka: {reason}")
    with running_kafka(tmp_path_factory.mktemp("kafka")) as node:
        yield node


@pytest.fixture(scope="module")
def on_kafka(own_kafka: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder: Path = tmp_path_factory.mktemp("demo-on-kafka")
    return tell(folder / "data", 1, JIELI_KAFKA_BOOTSTRAP=own_kafka.bootstrap)


def test_the_figures_are_those_of_the_api_and_of_the_embedded_stack(
    on_kafka: Told, told: Told, own_kafka: KafkaNode
) -> None:
    assert on_kafka.kafka == own_kafka.bootstrap
    assert {name: on_kafka.closing[name] for name in on_kafka.figures} == on_kafka.figures
    for name in ("receipts", "report_rate"):  # the rest hangs on whose answer comes first within a virtual slot
        assert on_kafka.closing[name] == told.closing[name]
    assert on_kafka.left == []


def test_every_relay_has_an_idempotent_producer(on_kafka: Told, told: Told) -> None:
    assert guarantees(on_kafka) == {True}
    assert guarantees(told) == {False}


async def test_every_subscription_is_a_consumer_group(on_kafka: Told, own_kafka: KafkaNode) -> None:
    assert on_kafka.lines
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka.bootstrap)
    await admin.start()
    try:
        found = {group[0] for group in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    assert found >= GROUPS


def guarantees(told: Told) -> set[bool]:
    """Whether the relays' producers were idempotent, as their log says."""
    lines = [json.loads(line) for line in told.log.splitlines() if line.startswith("{")]
    return {line["idempotent"] for line in lines if line["event"] == "producer_started"}
