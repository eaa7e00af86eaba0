"""Random histories on a whole hub, killed and started again in the middle, end as `decide` foretells.

`JIELI_REAL_HISTORIES=50` plays so many to their ends; without it some are played for three weeks and one outage.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.property.handover.histories import FIRST_DAY, OUTAGES, History, Told
from tests.support.foretold import all_differences, perform
from tests.support.saga_stage import Stage, stage

HISTORIES = int(os.environ.get("JIELI_REAL_HISTORIES", "6"))
FIRST = int(os.environ.get("JIELI_SEED", "0"))
INPUTS = 32
FIRST_WEEKS = FIRST_DAY + timedelta(days=20)
ENDS = None if "JIELI_REAL_HISTORIES" in os.environ else FIRST_WEEKS
pytestmark = pytest.mark.timeout(300 + 30 * HISTORIES)
Record = Callable[[str, object], None]


@dataclass(slots=True)
class Playing:
    """A history and its next act."""

    history: History
    _acts: Iterator[Told] = field(init=False)
    next: Told | None = field(init=False)

    def __post_init__(self) -> None:
        self._acts = self.history.run(INPUTS)
        self.turn()

    def turn(self) -> None:
        """Go on to the next act; None behind the last."""
        self.next = next(self._acts, None)


async def test_histories_end_on_the_running_hub_as_decide_foretells(tmp_path: Path, record_property: Record) -> None:
    playing = [Playing(History(seed, ends=ENDS)) for seed in range(FIRST, FIRST + HISTORIES)]
    lives = [life for one in playing for life in one.history.lives]
    wrong: list[str] = []
    acts = 0
    async with stage(tmp_path, FIRST_DAY) as hub:
        await hub.know(life.person_ref for life in lives)
        while instant := min((one.next.at for one in playing if one.next), default=None):
            await pass_time(hub, instant)
            now = [one for one in playing if one.next and one.next.at == instant]
            said = await asyncio.gather(*(act_out(hub, one.next) for one in now if one.next))
            wrong += [one for one in said if one]
            acts += len(now)
            for one in now:
                one.turn()
            if any(one.next and one.next.at == instant for one in now):
                await hub.settle()
        await until_the_end(hub, playing)
        wrong += await all_differences(hub, lives)
    record_property("figures", {"histories": HISTORIES, "people": len(lives), "acts": acts})
    assert wrong == []


async def act_out(hub: Stage, told: Told) -> str:
    """One act; a sentence if the door answers otherwise."""
    found = await perform(hub, told.life.person_ref, told.act, told.answer, opens=told.handover == 0)
    return f"{told.at} {found}" if found else ""


async def pass_time(hub: Stage, instant: datetime) -> None:
    """Through every deadline, or killed and started again where the histories have their outages."""
    for down, up in OUTAGES:
        if hub.now < up <= instant:
            await hub.go(down)
            await hub.sleep(up)
    await hub.go(instant)


async def until_the_end(hub: Stage, playing: list[Playing]) -> None:
    """All stand at the instant of the last one."""
    last = max(one.history.now for one in playing)
    for one in playing:
        one.history.until(last)
    await pass_time(hub, max(one.history.now for one in playing))
    await hub.settle()
