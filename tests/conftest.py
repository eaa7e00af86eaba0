"""Marks by folder, and real servers for those who ask for them."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from services.embedded.broker import EmbeddedBroker
from services.embedded.postgres import EmbeddedPostgres
from tests.support.broker import running_broker
from tests.support.kafka_lab import KafkaNode, KafkaUnavailable, fetch, running_kafka
from tests.support.postgres import empty_database, running_server

TESTS = Path(__file__).parent
KINDS = ("unit", "property", "contract", "service", "integration", "faults", "e2e")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test's folder is its mark."""
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in KINDS:
            item.add_marker(kind)


@pytest.fixture(autouse=True)
def _logs_anew() -> Iterator[None]:
    """A command that ran inside a test has sent the logs to a stream of its own, which ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the session's servers, removed at the end."""
    folder = tmp_path_factory.mktemp("servers")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(scratch: Path) -> Iterator[EmbeddedPostgres]:
    """A real PostgreSQL 18 for the whole session."""
    with running_server(scratch) as server:
        yield server


@pytest.fixture
async def database_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """Address of an empty database of this test alone."""
    async with empty_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def broker(scratch: Path) -> Iterator[str]:
    """Address of the session's broker (Kafka protocol, memory). Topics are shared: give yours a name of its own."""
    with running_broker(scratch) as running:
        yield running.bootstrap


@pytest.fixture
def fresh_broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A broker of this test alone: ``bootstrap``, ``cluster_id``, ``kill``, ``restart``, ``pause``, ``resume``."""
    with running_broker(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def kafka_node(scratch: Path) -> Iterator[KafkaNode]:
    """A real Apache Kafka for the whole session; skips, saying why, where it cannot run."""
    try:
        fetch()
    except KafkaUnavailable as reason:
        pytest.skip(f"real Kafka: {reason}")
    with running_kafka(scratch) as node:
        yield node


@pytest.fixture
def kafka(kafka_node: KafkaNode) -> str:
    """Address of the real Kafka."""
    return kafka_node.bootstrap
