"""A walk-in through both services on one database: one report for one key, whoever dies or comes at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.app.parts import parts
from services.handover import app as handover
from services.intake import app as intake
from services.intake.desk import Rules, open_desk
from services.intake.walk_ins import PORT, WalkIns
from services.kernel.clock import VirtualClock
from services.kernel.db import Pool, open_pool
from services.kernel.idempotency import Answer, Asked
from services.kernel.settings import Settings
from services.kernel.tokens import Actor, create_key_file
from services.reference.agreement_versions import reading
from tests.support.database import START

WORKER = Actor("worker", "WORKER", "A04-S011")
KEY = Asked("k-1", "A04-S011/worker", "digest")
BODY: dict[str, Any] = {"identity": {"name": "合成甲00009"}, "place_kind": "WALK_IN", "identity_check": True}
COUNTS = """
    select (select count(*) from handover.sagas), (select count(*) from intake.events where type like '%Registered.v1'),
        (select count(*) from handover.events where type like '%.PersonReported.v1')
"""


@dataclass
class Counter:
    """Intake's walk-ins before a real handover service. `fail`: awaited once the report has been recorded there.

    `pool`: the owner's, who sees what both wrote.
    """

    walk_ins: WalkIns
    pool: Pool
    fail: Callable[[], Awaitable[None]] | None = None

    async def report(self) -> Answer:
        return await self.walk_ins.report(WORKER, BODY, KEY)


@pytest.fixture
async def counter(database_url: str, tmp_path: Path) -> AsyncIterator[Counter]:
    create_key_file(tmp_path / "tokens.key")
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        kek_file=tmp_path / "kek.json",
        token_key_file=tmp_path / "tokens.key",
    )
    async with parts(settings, VirtualClock(START)) as kit:
        front, back = await intake.build(kit), await handover.build(kit)
        async with front.pool, back.pool, await open_pool(database_url, "public", role=None, size=1) as owners:
            rules = Rules(kit.directory, kit.policies.current, synthetic=True, agreements=reading("a", kit.directory))
            desk = open_desk(front.store, kit.keyring, rules, kit.clock, kit.ids)
            made = Counter(WalkIns(front.pool, desk, kit.ports), owners)
            told = kit.ports["walk_in"]

            async def tell(*said: Any) -> str:  # noqa: ANN401
                handover_id = str(await told(*said))
                if made.fail:
                    await made.fail()
                return handover_id

            kit.ports[PORT] = tell
            yield made


async def once(counter: Counter) -> bool:
    return [tuple(row) for row in await counter.pool.fetch(COUNTS)] == [(1, 1, 1)]


async def test_who_dies_after_the_report_and_comes_again_reports_once(counter: Counter) -> None:
    async def die() -> None:
        raise ConnectionResetError

    counter.fail = die
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            await counter.report()
    counter.fail = None
    answer = await counter.report()
    assert answer == await counter.report()
    assert await once(counter)


async def test_two_at_once_under_one_key_get_one_answer(counter: Counter) -> None:
    both = asyncio.Barrier(2)

    async def meet() -> None:
        await both.wait()

    counter.fail = meet
    first, second = await asyncio.gather(counter.report(), counter.report())
    assert first == second
    assert await once(counter)
