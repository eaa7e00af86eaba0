"""A program as a child process that says in one JSON line when it is ready, and ends with the block."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from services.kernel.errors import Unavailable

READY_WITHIN: Final = 60.0  # seconds
STOPPED_WITHIN: Final = 20.0  # seconds


@asynccontextmanager
async def ready_child(folder: Path, module: str, *arguments: str, said: str = "") -> AsyncIterator[dict[str, Any]]:
    """Run a module of ours; gives its ready line. `said` is its stdin; its words go to a file. Raises Unavailable."""
    with (folder / f"{module}.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            _tell(child, said)
            yield await _ready(child, module)
        finally:
            await _stop(child)


def _tell(child: asyncio.subprocess.Process, said: str) -> None:
    assert child.stdin is not None  # noqa: S101  # a pipe was asked for
    child.stdin.write(f"{said}\n".encode())
    child.stdin.close()


async def _ready(child: asyncio.subprocess.Process, module: str) -> dict[str, Any]:
    assert child.stdout is not None  # noqa: S101  # a pipe was asked for
    try:
        async with asyncio.timeout(READY_WITHIN):
            line: dict[str, Any] = json.loads(await child.stdout.readline() or b"{}")
    except TimeoutError:
        line = {}
    if line.get("kind") != "ready":
        raise Unavailable(f"{module} {line.get('code', '')}".strip())
    return line


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
