"""Killed at any point while deadlines fire, and started again after they were due: each takes effect exactly once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.handover.domain.words import Sender
from tests.support import dying
from tests.support.foretold import all_differences, perform
from tests.support.lives import Act, Life
from tests.support.saga_stage import Stage, stage
from tests.unit.handover.world import CENTRE, STATION, STREET, at

KILLS = int(os.environ.get("JIELI_KILLS", "2"))
SEED = int(os.environ.get("JIELI_SEED", "20260302"))
ROUNDS = 7  # of each way to stand
START = "2026-03-02T10:00"
AWAY = timedelta(days=12)
SOON = 150.0  # seconds; a start, on a busy machine
pytestmark = pytest.mark.timeout(300 + 60 * KILLS)

DONE = "select count(*) as n from deadlines where state in ('fired', 'ignored')"
TOLD = """
select stream_id, data->>'name' as name, (data->>'deadline_rev')::int as rev, (data->>'occurrence')::int as number
from events where type like '%.TimerFired.v1' or type like '%.TimerIgnored.v1'
"""
ROWS = "select 'handover-' || saga_id as stream_id, name, deadline_rev as rev, occurrence as number from deadlines"
STEPS = "select handover_id, input_id, count(*) as n from steps where input_name like 'T\\_%' group by 1, 2"
JOURNAL = "select count(*) as n from timeline.journal where stream_id like 'handover-%'"
STORED = "select count(*) as n from events where stream_id like 'handover-%'"
Record = Callable[[str, object], None]


def beginnings(number: int) -> Iterator[list[Act]]:
    """How each person comes to wait for a deadline: notices, offers, an ordered and a voluntary release."""
    notice = {"notice_no": f"N-{number}", "revision": 1, "centre_id": CENTRE, "episode_no": "1", "order_expected": "N"}
    noticed = Act("ReleaseNoticeReceived", {**notice, "basis": "AGREEMENT", "planned_release_date": "2026-03-02"})
    routed = Act("JurisdictionResolved", {"station_id": STATION, "ground": "HUKOU"})
    accepted = Act("HandoverAccepted", {}, Sender("lead/1", "STATION_LEAD", STATION))
    served = {"order_kind": "CRH", "order_no": f"O-{number}", "served_at": at(START).isoformat()}
    released = Act("PersonReleased", {"notice_no": f"N-{number}", "released_at": at(START).isoformat()})
    yield [noticed]
    yield [noticed, routed]
    yield [noticed, routed, accepted, released]
    yield [noticed, Act("OrderServed", {**served, "executing_street": STREET}), routed, accepted, released]


async def test_a_deadline_takes_effect_once_wherever_its_worker_is_killed(
    tmp_path: Path, database_url: str, record_property: Record
) -> None:
    lives = {
        Life(f"K{number:08}-{kind}", START): acts
        for number in range(ROUNDS)
        for kind, acts in enumerate(beginnings(number))
    }
    async with stage(tmp_path, at(START), JIELI_DATABASE_URL=database_url) as hub:
        await hub.know(life.person_ref for life in lives)
        assert await begin(hub, lives) == []
        await hub.kill()
        hub.clock.set(at(START) + AWAY)
        deaths = await die_everywhere(hub)
        await die_anywhere(hub)
        await hub.start()
        await hub.settle()
        for life in lives:
            life.sleep(hub.now)
        assert await all_differences(hub, lives) == []
        assert await each_once(hub) == []
        record_property(
            "figures", {"people": len(lives), "kills": deaths + KILLS, "due": (await hub.rows(DONE))[0]["n"]}
        )


async def begin(hub: Stage, lives: dict[Life, list[Act]]) -> list[str]:
    """Everybody's acts, one after the other, told to both."""
    wrong: list[str] = []
    for turn in range(max(map(len, lives.values()))):
        now = [(life, acts[turn], not life.opened) for life, acts in lives.items() if turn < len(acts)]
        told = [perform(hub, life.person_ref, act, life.tell(act), opens=opens) for life, act, opens in now]
        wrong += [sentence for sentence in await asyncio.gather(*told) if sentence]
        await hub.settle()
    return wrong


async def die_everywhere(hub: Stage) -> int:
    """Killed at every named point of firing, each time at the first or a later deadline; gives how often."""
    chance = random.Random(SEED)
    hub.hub.clock = hub.now
    for point in dying.POINTS:
        number = 1 if "relay" in point else chance.randint(2, 4)
        ended = await hub.hub.die("tests.support.dying", {"DYING_AT": f"{point}:{number}"}, SOON)
        assert ended == -signal.SIGKILL, point
    return len(dying.POINTS)


async def die_anywhere(hub: Stage) -> None:
    """Killed from outside a moment after the worker has begun."""
    chance = random.Random(SEED)
    for _ in range(KILLS):
        await hub.hub.start()
        await asyncio.sleep(chance.uniform(0, 0.2))
        await hub.hub.kill()


async def each_once(hub: Stage) -> list[str]:
    """Every deadline of the table was told once, made one step at most, and is journalled once with all it caused."""
    told = Counter(tuple(row.values()) for row in await hub.rows(TOLD))
    rows = {tuple(row.values()) for row in await hub.rows(f"{ROWS} where state in ('fired', 'ignored')")}
    wrong = [f"{key} was told {number} times" for key, number in told.items() if number != 1]
    wrong += [f"{key} is told but not marked, or marked but not told" for key in set(told) ^ rows]
    wrong += [f"{row['input_id']} made {row['n']} steps" for row in await hub.rows(STEPS) if row["n"] != 1]
    [journal], [stored] = await hub.rows(JOURNAL), await hub.rows(STORED)
    return wrong + ([] if journal == stored else [f"journal: {journal}, stored: {stored}"])
