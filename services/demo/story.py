"""The whole story: start the hub, import the month's export, live sixty days, look at what came of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from services.demo.agenda import Agenda
from services.demo.case import OPS, Case, Dice, Noticed, slot
from services.demo.lives import lives
from services.demo.stack_process import Ready, running_stack
from services.demo.telling import Telling
from services.embedded.folder import SECRETS
from services.intake.domain.notice import Notice, read_row
from services.intake.files.reading import read_notices
from services.kernel.clock import SHANGHAI, SystemClock
from services.kernel.errors import Refused
from services.kernel.ids import RandomIds
from services.kernel.tokens import Tokens
from services.outside.doors import Doors
from services.reference.organisations import Organisations, load_city

CITY = "a"
POLICY = Path(__file__).with_name("policy.yaml")
SAMPLE = "release-notices-a-2026-03.csv"
FIRST_DAY = date(2026, 2, 24)
DAYS = 60
TAKEN_IN = ("accepted", "revised")
PATIENCE = httpx.Timeout(120.0)  # a step of the clock may fire hundreds of deadlines


@dataclass(frozen=True, slots=True)
class Imported:
    """What `jieli import notices` said: receipts by notice number, the newest last, and its summary."""

    receipts: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plot:
    """How much is told: the random seed, the virtual days, and of how many notices at most."""

    seed: int = 1
    days: int = DAYS
    people: int = 10_000

    @property
    def end(self) -> datetime:
        """The last virtual instant."""
        return slot(FIRST_DAY) + timedelta(days=self.days)


@asynccontextmanager
async def told(data: Path, plot: Plot, telling: Telling) -> AsyncIterator[tuple[Ready, Imported, Doors, list[Case]]]:
    """Play the story on an empty folder; inside the block the hub still runs, sixty days later."""
    start = slot(FIRST_DAY)
    telling.say("starting")
    async with running_stack(data, start, city=CITY, policy=POLICY) as ready, _doors(ready, telling.lang) as doors:
        telling.say("importing")
        imported = await _import(data)
        network = load_city(CITY)
        with telling.days(plot.days) as pass_day:
            agenda = Agenda(start, _mover(doors, start, pass_day))
            cases = await _cases(imported, doors, agenda, network, plot)
            await agenda.run([life for case in cases for life in lives(case)], plot.end)
        yield ready, imported, doors, cases


@asynccontextmanager
async def _doors(ready: Ready, lang: str) -> AsyncIterator[Doors]:
    tokens = Tokens.from_file(ready.data / SECRETS / "token-key")
    async with (
        httpx.AsyncClient(base_url=ready.http, timeout=PATIENCE) as http,
        AIOKafkaProducer(bootstrap_servers=ready.kafka_bootstrap, acks="all") as producer,
    ):
        yield Doors(http, producer, tokens, RandomIds(SystemClock()), lang)


async def _import(data: Path) -> Imported:
    """Run the command as a centre's clerk would, in a process of its own."""
    with resources.as_file(resources.files("services.intake").joinpath("samples", SAMPLE)) as file:
        command = [sys.executable, "-m", "services.cli", "import", "notices", str(file), "--data", str(data), "--json"]
        child = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        said, _ = await child.communicate()
    lines = [json.loads(line) for line in said.splitlines()]
    if child.returncode:
        raise Refused(lines[-1].get("code", "failed") if lines else "failed", "import")
    return Imported(tuple(line for line in lines if line["kind"] == "receipt"), lines[-1])


def _mover(doors: Doors, start: datetime, pass_day: Any) -> Any:  # noqa: ANN401  # two callables
    async def move(instant: datetime) -> None:
        answer = await doors.post("/api/v1/clock", {"to": instant.isoformat()}, OPS)
        answer.raise_for_status()
        pass_day((instant.astimezone(SHANGHAI).date() - start.date()).days)

    return move


async def _cases(imported: Imported, doors: Doors, agenda: Agenda, network: Organisations, plot: Plot) -> list[Case]:
    """One case for each notice that was routed to a station."""
    await agenda_quiet(doors)
    wanted = {receipt["notice_no"] for receipt in imported.receipts if receipt["outcome"] in TAKEN_IN}
    noticed = [each for number, each in sorted(_noticed(network).items()) if number in wanted]
    told = noticed[: plot.people]
    found = await asyncio.gather(*(_case(each, doors, agenda, network, plot.seed) for each in told))
    return [case for case in found if case is not None]


async def agenda_quiet(doors: Doors) -> None:
    """Wait until the hub has dealt with everything that it was given."""
    await doors.get("/api/v1/quiet", OPS, timeout="60")


async def _case(noticed: Noticed, doors: Doors, agenda: Agenda, network: Organisations, seed: int) -> Case | None:
    body = await doors.get("/api/v1/handovers", OPS, centre=noticed.centre, notice_no=noticed.notice_no)
    items = body["items"]
    if not items or not items[0]["station"]:
        return None
    dice = Dice.of(f"{seed}:{noticed.notice_no}")
    return Case(noticed, items[0]["handover_id"], items[0]["station"], doors, agenda, network, dice)


def _noticed(network: Organisations) -> dict[str, Noticed]:
    """The export's notices by number, the newest revision of each, without identities."""
    with resources.as_file(resources.files("services.intake").joinpath("samples", SAMPLE)) as file:
        rows = [read_row(row.cells, network, synthetic=True) for row in read_notices(file).rows]
    notices = sorted((row for row in rows if isinstance(row, Notice)), key=lambda notice: notice.revision)
    return {
        notice.notice_no: Noticed(
            notice.notice_no,
            notice.source,
            notice.planned_release_date,
            notice.basis,
            notice.order_expected,
            notice.identity.residence_div,
        )
        for notice in notices
    }
