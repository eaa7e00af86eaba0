"""One folder is one stack: owned by one process, private, continued where it stopped."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.embedded import identity, postgres
from services.embedded.folder import owned
from services.embedded.kept import Identity, listening, package_folder
from services.embedded.postgres import VOLATILE
from services.embedded.refusals import StackRefused
from services.embedded.stack import EmbeddedStack

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes identity")


def a_stack(data: Path) -> EmbeddedStack:
    return EmbeddedStack(data, settings=VOLATILE)


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[EmbeddedStack]:
    """A running stack under a folder that only its owner may enter."""
    (tmp_path / "closed").mkdir(mode=0o700)
    running = a_stack(tmp_path / "closed" / "data")
    await running.start()
    yield running
    await running.stop()


async def test_the_database_speaks_utf8_and_keeps_what_it_says(tmp_path: Path) -> None:
    stack = EmbeddedStack(tmp_path / "data")
    await stack.start()
    try:
        connection = await asyncpg.connect(stack.database_url)
        shown = [await connection.fetchval(f"show {name}") for name in ("server_encoding", "fsync")]
        collation = await connection.fetchval("select datcollate from pg_database where datname = 'jieli'")
        await connection.close()
    finally:
        await stack.stop()
    assert (shown, collation) == (["UTF8", "on"], "C.UTF-8")


async def test_the_same_folder_continues(tmp_path: Path) -> None:
    for expected in (0, 1):
        stack = a_stack(tmp_path / "data")
        await stack.start()
        connection = await asyncpg.connect(stack.database_url)
        await connection.execute("create table if not exists starts (n int)")
        assert await connection.fetchval("select count(*) from starts") == expected
        await connection.execute("insert into starts values (1)")
        await connection.close()
        await stack.stop()


async def test_a_second_owner_is_refused(stack: EmbeddedStack) -> None:
    with pytest.raises(StackRefused) as refusal:
        await a_stack(stack.data).start()
    assert refusal.value.code == "already_running"
    assert stack.postgres.running()


async def test_only_the_owner_can_read_secrets_and_logs(stack: EmbeddedStack) -> None:
    stack.write_ready({"kind": "ready"})
    assert mode(stack.data) == mode(stack.data / "secrets") == mode(stack.data / "logs") == 0o700
    private = [*(stack.data / "secrets").iterdir(), *(stack.data / "logs").iterdir(), stack.data / "stack.json"]
    assert {mode(file) for file in private} == {0o600}


async def test_the_ready_file_goes_with_the_stack(stack: EmbeddedStack) -> None:
    stack.write_ready({"kind": "ready", "data": "数据"})
    assert owned(stack.data)
    assert json.loads((stack.data / "stack.json").read_text()) == {"kind": "ready", "data": "数据"}
    await stack.stop()
    assert not (stack.data / "stack.json").exists()
    assert not owned(stack.data)


async def test_both_servers_listen_on_loopback_only(stack: EmbeddedStack) -> None:
    ports = [int(address.rsplit(":", 1)[1].split("/")[0]) for address in (stack.database_url, stack.kafka_bootstrap)]
    assert all(map(listening, ports))
    assert not {address for address, port in listeners() if port in ports} - {"0100007F"}


async def test_a_failed_start_leaves_nothing_and_frees_the_folder(tmp_path: Path) -> None:
    stack = EmbeddedStack(tmp_path / "data", settings={"no_such_setting": "1"})
    with pytest.raises(StackRefused) as refusal:
        await stack.start()
    assert refusal.value.code == "did_not_start"
    assert "no_such_setting" in str(refusal.value)
    assert not owned(stack.data)


@as_root
@pytest.mark.parametrize("who", ["namespace", "nobody"])
async def test_root_starts_it_as_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: Identity) -> None:
    monkeypatch.setattr(identity, "candidates", lambda: (who,))
    (tmp_path / "closed").mkdir(mode=0o700)
    stack = a_stack(tmp_path / "closed" / "data")
    await stack.start()
    await stack.stop()
    owner = {"namespace": os.geteuid(), "nobody": 65534}[who]
    assert {file.lstat().st_uid for file in (stack.data / "postgres").rglob("*")} == {owner}


@as_root
async def test_files_follow_when_the_identity_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("nobody", "namespace", "nobody"):
        monkeypatch.setattr(identity, "candidates", lambda who=who: (who,))
        stack = a_stack(tmp_path / "data")
        await stack.start()
        await stack.stop()


async def test_no_way_around_root_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "candidates", tuple)
    with pytest.raises(StackRefused, match="JIELI_DATABASE_URL") as refusal:
        await a_stack(tmp_path / "data").start()
    assert refusal.value.code == "no_identity"


async def test_a_missing_wheel_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "package_folder", lambda _name: package_folder("no_such_wheel"))
    with pytest.raises(StackRefused, match="JIELI_KAFKA_BOOTSTRAP") as refusal:
        await a_stack(tmp_path / "data").start()
    assert refusal.value.code == "part_missing"


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def listeners() -> list[tuple[str, int]]:
    """Address and port, as the system writes them, of every listening TCP socket."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    local = [fields[1].split(":") for fields in lines if fields[3] == "0A"]
    return [(address, int(port, 16)) for address, port in local]
