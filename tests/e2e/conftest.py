"""The small demo told once for everybody who asks."""

from __future__ import annotations

import pytest

from tests.support.small_demo import Told, tell


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Seed 1 on the embedded stack."""
    return tell(tmp_path_factory.mktemp("demo") / "data", 1)
