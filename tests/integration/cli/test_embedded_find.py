"""Which stack a command means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.find import Stack, find_stack
from services.embedded.folder import DataFolder
from services.kernel.errors import Refused

READY = {"http": "http://127.0.0.1:1", "database_url": "postgresql://d", "kafka_bootstrap": "127.0.0.1:2"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine leaks in."""
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP", "HTTP_PORT", "DATA"):
        monkeypatch.delenv(f"JIELI_{name}", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder that a live process owns and that is ready."""
    owner = DataFolder(tmp_path / "data")
    owner.take()
    owner.write_ready(READY)
    yield owner.path
    owner.release()


def test_the_named_folder_is_meant(folder: Path) -> None:
    assert find_stack(folder) == Stack("postgresql://d", "127.0.0.1:2", "http://127.0.0.1:1", folder)


def test_the_folder_of_the_environment_is_meant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_DATA", str(folder))
    assert find_stack(None).data == folder


def test_the_addresses_of_the_environment_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_DATABASE_URL", "postgresql://e")
    monkeypatch.setenv("JIELI_KAFKA_BOOTSTRAP", "k:9092")
    monkeypatch.setenv("JIELI_HTTP_PORT", "8080")
    assert find_stack(None) == Stack("postgresql://e", "k:9092", "http://127.0.0.1:8080", None)


def test_a_named_folder_goes_before_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_DATABASE_URL", "postgresql://e")
    assert find_stack(folder).database_url == "postgresql://d"


def test_nothing_named_is_no_stack() -> None:
    with pytest.raises(Refused, match="no_stack"):
        find_stack(None)


def test_a_ready_file_of_a_dead_owner_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "stack.json").write_text(json.dumps(READY))
    with pytest.raises(Refused, match="no_stack"):
        find_stack(tmp_path)
