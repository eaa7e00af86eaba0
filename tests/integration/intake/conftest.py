"""One running hub for the tests of a module that talk to it over topics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.running_hub import Hub, running_hub

START = "2026-03-02T09:00:00"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub") / "data", "--clock", START) as running:
        yield running
