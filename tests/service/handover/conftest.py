from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.handover_desk import Bench, bench


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The handover service on its own database."""
    async with bench(database_url, tmp_path) as made:
        yield made
