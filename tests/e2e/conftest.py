"""The small demo told once for everybody who asks."""

from __future__ import annotations

import pytest

from tests.support.scanned_demo import Scanned, tell_and_scan
from tests.support.small_demo import Told


@pytest.fixture(scope="session")
def told_and_scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Scanned]:
    """Seed 1 on the embedded stack, looked through before it ended."""
    return tell_and_scan(tmp_path_factory.mktemp("demo") / "data", 1)


@pytest.fixture(scope="session")
def told(told_and_scanned: tuple[Told, Scanned]) -> Told:
    """Seed 1 on the embedded stack."""
    return told_and_scanned[0]


@pytest.fixture(scope="session")
def scanned(told_and_scanned: tuple[Told, Scanned]) -> Scanned:
    """What the scan of it found."""
    return told_and_scanned[1]
