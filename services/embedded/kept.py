"""A server as our child: started through its keeper, in its own session, ended with us however we end."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from services.embedded import keeper
from services.embedded.refusals import StackRefused

Identity: TypeAlias = Literal["self", "namespace", "nobody"]
HOST = "127.0.0.1"
STEP_SECONDS = 0.02
LAST_WORDS = 1500
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "RUST_LOG": "error"}


class Kept:
    """One running server. Its output goes to ``log`` (mode 0600)."""

    def __init__(self, command: Sequence[str], *, log: Path, identity: Identity, last: signal.Signals) -> None:
        """Start it; returns when its process id is known, which says nothing about being ready."""
        self.log = log
        script = [sys.executable, "-I", "-S", keeper.__file__, identity, str(int(last)), *command]
        orders, self._orders = os.pipe()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._keeper = _popen(script, orders, output)
        finally:
            os.close(orders)
            os.close(output)
        self.pid = _first_number(self._keeper)

    def running(self) -> bool:
        """Whether the server still runs."""
        return self._keeper.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Pass a signal to the server; nothing happens if it has ended."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._orders, bytes([number]))

    async def ended(self, seconds: float) -> int | None:
        """Exit code (128 + n after signal n) once the server has ended, None if it still runs after ``seconds``."""
        deadline = time.monotonic() + seconds
        while (code := self._keeper.poll()) is None and time.monotonic() < deadline:
            await asyncio.sleep(STEP_SECONDS)
        return code

    async def end(self, gently: signal.Signals, seconds: float) -> None:
        """Ask with ``gently``; after ``seconds`` take the keeper's way: last signal, then SIGKILL."""
        self.send(signal.SIGCONT)
        self.send(gently)
        await self.ended(seconds)
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1
        while self._keeper.poll() is None:
            await asyncio.sleep(STEP_SECONDS)

    def last_words(self) -> str:
        """The end of the server's own output."""
        return self.log.read_text(errors="replace")[-LAST_WORDS:].strip()


def _popen(script: list[str], orders: int, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own command line, no shell
        script, stdin=orders, stdout=subprocess.PIPE, stderr=output, env=ENVIRONMENT, start_new_session=True
    )


def _first_number(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None:
        return 0
    with process.stdout:
        return int(process.stdout.readline() or 0)


def free_port() -> int:
    """A TCP port on loopback that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Whether somebody accepts connections on that loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def package_folder(package: str) -> Path:
    """Where an installed package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise StackRefused("part_missing", package)
    return Path(spec.origin).parent
