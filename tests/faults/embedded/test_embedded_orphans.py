"""However the owner of a stack ends, nothing of the stack goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import alive, touching, wait_until

OWNER = """
import asyncio, signal, sys
from pathlib import Path
from services.embedded.stack import EmbeddedStack

async def main():
    stack = EmbeddedStack(Path(sys.argv[1]), settings={"fsync": "off"})
    await stack.start()
    print(stack.postgres.pid, stack.broker.pid, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.5)  # room for a signal to reach the servers, should it be on its way
        running = stack.postgres.running() and stack.broker.running()
        await stack.stop()
        print("in order" if running else "too late", flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have it ignored
asyncio.run(main())
"""


@contextmanager
def owner_of(data: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that owns a running stack, and the process ids of its two servers."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process:
        try:
            yield process, [int(word) for word in process.stdout.readline().split()]
        finally:
            process.kill()


def test_a_killed_owner_takes_both_servers_along(tmp_path: Path) -> None:
    with owner_of(tmp_path / "data") as (owner, servers):
        assert all(map(alive, servers))
        everybody = [*servers, *map(parent, servers)]
        owner.kill()
        owner.wait()
        assert wait_until(lambda: not any(map(alive, everybody)), 5)
        assert wait_until(lambda: not touching(str(tmp_path)), 5)


def test_frozen_servers_end_with_their_owner_too(tmp_path: Path) -> None:
    with owner_of(tmp_path / "data") as (owner, servers):
        for server in servers:
            os.kill(server, signal.SIGSTOP)
        owner.kill()
        owner.wait()
        assert wait_until(lambda: not touching(str(tmp_path)), 5)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_server_ends_when_its_keeper_is_killed(tmp_path: Path, *, frozen: bool) -> None:
    with owner_of(tmp_path / "data") as (_owner, servers):
        for server in servers:
            os.kill(server, signal.SIGSTOP if frozen else signal.SIGCONT)
            os.kill(parent(server), signal.SIGKILL)
        assert wait_until(lambda: not any(map(alive, servers)), 5)


def test_control_c_reaches_the_owner_first(tmp_path: Path) -> None:
    with owner_of(tmp_path / "data") as (owner, _servers):
        os.killpg(owner.pid, signal.SIGINT)
        assert owner.stdout is not None
        assert owner.stdout.readline() == "in order\n"
        owner.wait(20)
        assert not touching(str(tmp_path))


def parent(pid: int) -> int:
    """Process id of the parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
