"""`jieli up` as a child process, for tests that are outsiders to it: its folder, its API, its topics, its tables."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from aiokafka import ConsumerRecord

from services.kernel.tokens import Actor, Tokens
from tests.support.topics import Headers, all_records, publish

READY_SECONDS = 60
STOP_SECONDS = 20
COMMAND_SECONDS = 90
END_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG
OPS = Actor("test-ops", "OPS", "", None)
AUDITOR = Actor("test-audit", "AUDITOR", "", None)
TABLES = """
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind: its exit code, its JSON lines, its words."""

    code: int
    lines: list[dict[str, Any]]
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a stack ended."""

    code: int
    seconds: float


class Hub:
    """One running stack."""

    def __init__(self, child: subprocess.Popen[bytes], ready: Mapping[str, Any]) -> None:
        self.ready = ready
        self.data = Path(ready["data"])
        self.database_url: str = ready["database_url"]
        self.bootstrap: str = ready["kafka_bootstrap"]
        self._child = child
        self._tokens = Tokens.from_file(self.data / "secrets" / "token-key")

    def stop(self) -> Ended:
        """SIGTERM, and wait for its end; TimeoutExpired where it does not come."""
        asked = time.monotonic()
        self._child.send_signal(signal.SIGTERM)
        return Ended(self._child.wait(STOP_SECONDS), time.monotonic() - asked)

    def runs(self, *arguments: str | Path) -> Said:
        """A `jieli` command about this stack, in JSON Lines."""
        return command(*arguments, "--data", self.data)

    def client(self, actor: Actor = OPS) -> httpx.Client:
        """The API below /api/v1 in an actor's name."""
        headers = {"Authorization": f"Bearer {self._tokens.issue(actor)}"}
        return httpx.Client(base_url=f"{self.ready['http']}/api/v1", headers=headers, timeout=COMMAND_SECONDS)

    def get(self, path: str, actor: Actor = OPS, **query: str) -> Any:  # noqa: ANN401 - JSON of the asked route
        """The answer's body; raises where the hub says no."""
        with self.client(actor) as http:
            return http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: object, actor: Actor = OPS) -> httpx.Response:
        """The answer, whatever it is."""
        with self.client(actor) as http:
            return http.post(path, json=body)

    def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        self.get("/quiet", timeout="60")

    def handovers(self, centre: str, notice_no: str) -> list[dict[str, Any]]:
        """The handovers of a centre's notice."""
        found: list[dict[str, Any]] = self.get("/handovers", centre=centre, notice_no=notice_no)["items"]
        return found

    def timeline(self, person_ref: str) -> list[str]:
        """The names of a person's facts."""
        return [item["type"] for item in self.get(f"/people/{person_ref}/timeline", AUDITOR)["items"]]

    def parked(self, key: str) -> list[dict[str, Any]]:
        """What is parked under a key."""
        return [item for item in self.get("/parked")["items"] if item["key"] == key]

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection as the owner."""
        db = await asyncpg.connect(self.database_url)
        try:
            yield db
        finally:
            await db.close()

    async def counts(self) -> dict[str, int]:
        """Rows of every table."""
        async with self.database() as db:
            names = [row["name"] for row in await db.fetch(TABLES)]
            return {name: await db.fetchval(f"select count(*) from {name}") for name in names}

    async def stored(self) -> str:
        """All columns of all rows of all tables, as text; bytes also as the text they may be."""
        async with self.database() as db:
            names = [row["name"] for row in await db.fetch(TABLES)]
            rows = [await db.fetch(f"select * from {name}") for name in names]
        return "\n".join(_text(value) for table in rows for row in table for value in row.values())

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> str:
        """Publish a record, whatever it is; gives its place, `topic/partition/offset`."""
        return await publish(self.bootstrap, topic, key, value, headers)

    async def records(self, *topics: str) -> list[ConsumerRecord]:
        """Everything that the topics hold now; without names, all topics."""
        return await all_records(self.bootstrap, *topics)

    async def receipts(self, key: str) -> list[dict[str, Any]]:
        """The receipts that the sender of a notice was given, in order."""
        records = await self.records("out.detox.v1")
        return [json.loads(record.value) for record in records if record.key == key.encode()]


@contextmanager
def running_hub(data: Path, *options: str, **environment: str) -> Iterator[Hub]:
    """`jieli up` on a folder until the block ends; what it says besides its ready line goes to `data/up.log`."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    up = [sys.executable, "-m", "services.cli", "up", "--json", "--data", str(data), *options]
    with (data / "up.log").open("ab") as log:
        child = subprocess.Popen(
            up,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_bare() | environment,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, no lock
        )
        try:
            yield Hub(child, _ready(child))
        finally:
            _end(child)


def command(*arguments: str | Path, **environment: str) -> Said:
    """A `jieli` command in JSON Lines, in an environment without settings of ours but those given."""
    line = [sys.executable, "-m", "services.cli", *map(str, arguments), "--json"]
    done = subprocess.run(
        line, env=_bare() | environment, capture_output=True, timeout=COMMAND_SECONDS, check=False, text=True
    )
    return Said(done.returncode, [json.loads(each) for each in done.stdout.splitlines()], done.stdout, done.stderr)


def _ready(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert child.stdout is not None
    too_late = threading.Timer(READY_SECONDS, child.kill)
    too_late.start()
    try:
        line: dict[str, Any] = json.loads(child.stdout.readline() or b"{}")
    finally:
        too_late.cancel()
    assert line.get("kind") == "ready", line
    return line


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.stdout:
        child.stdout.close()


def _bare() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("JIELI_")}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGTERM)
