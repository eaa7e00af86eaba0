"""`jieli up` as a child process: the demo is an outsider to the hub that it shows."""

from __future__ import annotations

import asyncio
import ctypes
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

READY_WITHIN = 60.0  # seconds
STOPPED_WITHIN = 20.0  # seconds


END_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


class StackFailed(Exception):
    """The child said something else than ready."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The ready line of `jieli up`."""

    http: str
    database_url: str
    kafka_bootstrap: str
    data: Path
    pid: int


@asynccontextmanager
async def running_stack(data: Path, clock: datetime | None, *, city: str, policy: Path) -> AsyncIterator[Ready]:
    """Start the embedded stack on `data` and stop it in the end, whatever happens in between."""
    arguments = [sys.executable, "-m", "services.cli", "up", "--json", "--data", str(data), "--city", city]
    arguments += ["--policy", str(policy)]
    arguments += ["--clock", clock.isoformat()] if clock else []
    log = (data / "up.log").open("ab")
    child = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )
    try:
        yield await _ready(child, data)
    finally:
        await _stop(child)
        log.close()


async def _ready(child: asyncio.subprocess.Process, data: Path) -> Ready:
    assert child.stdout is not None  # noqa: S101  # a pipe was asked for
    async with asyncio.timeout(READY_WITHIN):
        line = json.loads(await child.stdout.readline() or b"{}")
    if line.get("kind") != "ready":
        raise StackFailed(line.get("detail") or f"see {data / 'up.log'}")
    return Ready(line["http"], line["database_url"], line["kafka_bootstrap"], Path(line["data"]), line["pid"])


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOPPED_WITHIN):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def _end_with_parent() -> None:
    """In the child: stop in order when the demo dies, however it dies."""
    ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGTERM)
