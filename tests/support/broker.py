"""The embedded broker for tests: one for the session, or one of its own for a test that hurts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.embedded.broker import EmbeddedBroker
from tests.support import finish


@contextmanager
def running_broker(folder: Path) -> Iterator[EmbeddedBroker]:
    """An empty broker; ended however the test left it: frozen, killed or restarted."""
    broker = EmbeddedBroker(folder)
    try:
        finish(broker.start())
        yield broker
    finally:
        finish(broker.stop())
