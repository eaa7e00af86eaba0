"""The hub as an outsider runs it: `jieli` commands as processes that can be killed, frozen and started again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.processes import touching

ROOT: Final = Path(__file__).parents[2]
READY_WITHIN: Final = 90.0  # seconds
STOPPED_WITHIN: Final = 20.0
ASK_SECONDS: Final = 15.0
LINE_BYTES: Final = 1 << 20
END_WITH_PARENT: Final = 1  # prctl's PR_SET_PDEATHSIG
CLI: Final = "services.cli"
SERVICES: Final = ("intake", "handover", "timeline")


class HubFailed(Exception):
    """A command ended, or said something else than what was waited for."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the hub's services answer, and its broker."""

    intake: str
    handover: str
    timeline: str
    kafka: str
    database: str


class Command:
    """One `jieli` command in a session of its own. Its stderr goes to a file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(
        cls, *words: str | Path, log: Path, env: Mapping[str, str] | None = None, module: str = CLI
    ) -> Command:
        """Start it; returns at once. `module`: what runs the command."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *map(str, words), "--json"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env=clean_environment() | dict(env or {}),
                start_new_session=True,
                limit=LINE_BYTES,
                preexec_fn=_end_with_parent,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def lines(self) -> AsyncIterator[dict[str, Any]]:
        """What it says on stdout, until it ends; a line cut short by its death is left out."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.endswith(b"\n"):
                yield json.loads(line)

    async def ready(self, seconds: float = READY_WITHIN) -> dict[str, Any]:
        """Its ready line. Raises HubFailed if it says or does something else."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for line in self.lines():
                    if line.get("kind") == "ready":
                        return line
                    raise HubFailed(f"{line}\n{self.last_words()}")
        raise HubFailed(f"not ready, exit {self._process.returncode}\n{self.last_words()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def kill(self) -> None:
        """SIGKILL, and nothing of it runs any more."""
        self.send(signal.SIGKILL)
        await self.ended(STOPPED_WITHIN)

    async def stop(self) -> int:
        """SIGTERM; its exit code. Raises HubFailed if it does not end in time."""
        self.send(signal.SIGTERM)
        return await self.ended(STOPPED_WITHIN)

    async def ended(self, seconds: float) -> int:
        """Its exit code once it has ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError as error:
            raise HubFailed(f"still runs after {seconds} s\n{self.last_words()}") from error
        assert self._process.returncode is not None
        return self._process.returncode

    def last_words(self) -> str:
        """The end of its stderr."""
        return self._log.read_text(errors="replace")[-2000:]


async def jieli(*words: str | Path, log: Path, env: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Run a command to its end and give its lines. Raises HubFailed for any other exit code than 0."""
    command = await Command.start(*words, log=log, env=env)
    try:
        said = [line async for line in command.lines()]
        if await command.ended(ASK_SECONDS):
            raise HubFailed(f"{words}: {said[-1:]}\n{command.last_words()}")
    finally:
        await command.kill()
    return said


@dataclass(slots=True)
class Hub:
    """`jieli up` over one folder. `clock`: where a virtual clock starts, if the hub is to have one."""

    data: Path
    logs: Path
    doors: Doors | None = None
    clock: datetime | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    _up: Command | None = None

    async def spawn(self) -> None:
        """Start it and do not wait."""
        await self._run(CLI)

    async def die(self, module: str, env: Mapping[str, str], seconds: float) -> int:
        """Run it by another module until it ends by itself; its exit code."""
        await self._run(module, env)
        assert self._up is not None
        return await self._up.ended(seconds)

    async def _run(self, module: str, env: Mapping[str, str] | None = None) -> None:
        clock = ("--clock", self.clock.isoformat()) if self.clock else ()
        env = {**self.env, **(env or {})}
        log = self.logs / "up.log"
        self._up = await Command.start("up", "--data", self.data, *clock, log=log, env=env, module=module)

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        await self.spawn()
        assert self._up is not None
        line = await self._up.ready()
        http = line["http"]
        self.doors = Doors(http, http, http, line["kafka_bootstrap"], line["database_url"])

    async def kill(self) -> None:
        """SIGKILL to the parent alone; whatever it started has to end by itself."""
        self.doors = None
        if self._up:
            await self._up.kill()

    async def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.doors = None
        assert self._up is not None
        return await self._up.stop()

    def command_words(self, *words: str | Path) -> tuple[str | Path, ...]:
        """A command for this stack."""
        return (*words, "--data", self.data)

    def command_env(self) -> Mapping[str, str]:
        """Its environment."""
        return {}


@contextlib.asynccontextmanager
async def hub_over(folder: Path) -> AsyncIterator[Hub]:
    """A hub that is not started yet; nothing of it is left afterwards, however the test ended."""
    hub = Hub(folder / "data", folder / "logs")
    try:
        yield hub
    finally:
        await hub.kill()
        _end_all(touching(str(folder)))


class Apart:
    """The services as processes of their own, against a database and a broker that the test started."""

    def __init__(self, folder: Path, database_url: str, bootstrap: str, **settings: str) -> None:
        """Take ports and make the key for tokens; nothing is started yet. `settings`: more of `JIELI_*`."""
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.logs = folder / "logs"
        self.doors: Doors | None = Doors(urls["intake"], urls["handover"], urls["timeline"], bootstrap, database_url)
        self._ports = ports
        self._running: dict[str, Command] = {}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "token-key").write_bytes(secrets.token_bytes(32))
        self._env = {
            "JIELI_DATABASE_URL": database_url,
            "JIELI_KAFKA_BOOTSTRAP": bootstrap,
            "JIELI_KEK_FILE": str(folder / "kek"),
            "JIELI_TOKEN_KEY_FILE": str(folder / "token-key"),
            "JIELI_LOCAL_ACCESS": "1",
            "JIELI_INTAKE_URL": urls["intake"],
            "JIELI_HANDOVER_URL": urls["handover"],
            **{f"JIELI_{name.upper()}": value for name, value in settings.items()},
        }

    async def spawn(self, name: str) -> None:
        """Start a service and do not wait. `handover.2` is a second process of the service, with a port of its own."""
        env = self._env | {"JIELI_HTTP_PORT": str(self._ports.get(name, 0))}
        service = name.partition(".")[0]
        self._running[name] = await Command.start("serve", service, log=self.logs / f"{name}.log", env=env)

    async def start(self, *names: str) -> None:
        """Start services one after the other, each until it is ready."""
        for name in names or SERVICES:
            await self.spawn(name)
            await self._running[name].ready()

    async def kill(self, *names: str) -> None:
        """SIGKILL."""
        for name in names or tuple(self._running):
            await self._running[name].kill()

    def freeze(self, name: str) -> None:
        """SIGSTOP: its connections stay open, nothing answers."""
        self._running[name].send(signal.SIGSTOP)

    def wake(self, name: str) -> None:
        """SIGCONT."""
        self._running[name].send(signal.SIGCONT)

    async def stop(self) -> list[int]:
        """SIGTERM to all; their exit codes."""
        return list(await asyncio.gather(*(each.stop() for each in self._running.values())))

    def command_words(self, *words: str | Path) -> tuple[str | Path, ...]:
        """A command for this stack."""
        return words

    def command_env(self) -> Mapping[str, str]:
        """Its environment."""
        return self._env


@contextlib.asynccontextmanager
async def services_apart(folder: Path, database_url: str, bootstrap: str, **settings: str) -> AsyncIterator[Apart]:
    """Services that are not started yet; none is left afterwards."""
    apart = Apart(folder, database_url, bootstrap, **settings)
    try:
        yield apart
    finally:
        await apart.kill()


async def token(stack: Hub | Apart, role: str, org: str) -> str:
    """A bearer token, made with the command."""
    words = stack.command_words("token", "--role", role, "--org", org)
    said = await jieli(*words, log=stack.logs / "token.log", env=stack.command_env())
    return str(said[-1]["token"])


async def quiet(http: str, bearer: str, seconds: float) -> None:
    """Wait until the hub says that nothing is on its way. Raises HubFailed with what still is."""
    deadline = time.monotonic() + seconds
    said: object = "nothing"
    async with httpx.AsyncClient(base_url=http, headers={"Authorization": f"Bearer {bearer}"}, timeout=30) as client:
        while time.monotonic() < deadline:
            try:
                answer = await client.get("/api/v1/quiet", params={"timeout": 10})
            except httpx.TransportError as error:
                said = type(error).__name__
            else:
                if answer.status_code == httpx.codes.OK:
                    return
                said = answer.text
            await asyncio.sleep(0.2)
    raise HubFailed(f"not quiet after {seconds} s: {said}")


async def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until it is true. Raises HubFailed naming what was waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise HubFailed(f"{what}: not within {seconds} s")
        await asyncio.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody has at this moment, all different."""
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def clean_environment() -> dict[str, str]:
    """This process's environment without a setting of the hub."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JIELI_")}


def _end_all(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """In the child: stop in order when the tests die, however they die."""
    ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGTERM)
