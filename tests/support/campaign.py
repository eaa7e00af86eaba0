"""An import and an outside load on a hub that is being hurt, and the verdict at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.support import checker
from tests.support.hub import Apart, Doors, Hub, HubFailed, quiet, token
from tests.support.importing import Importing, first_outcomes, first_rows
from tests.support.load import CENTRE, STATION, Bearers, Load
from tests.support.notice_facts import notices_have_their_facts_once

POLL_SECONDS: Final = 0.02
END_SECONDS: Final = 120.0
OPS_ORG: Final = "A"


@dataclass(slots=True)
class Campaign:
    """What is sent to one hub. `rows`: of the import's file."""

    stack: Hub | Apart
    importing: Importing
    load: Load
    rows: int

    async def progress(self, fresh: int, seconds: float) -> None:
        """Wait until so many more rows were new, or the import is through. Raises HubFailed if nothing moves."""
        goal, deadline = self.importing.fresh + fresh, time.monotonic() + seconds
        while self.importing.fresh < goal and not self.importing.whole:
            if time.monotonic() > deadline:
                raise HubFailed(f"the import stands at {self.importing.fresh} of {goal}")
            await asyncio.sleep(POLL_SECONDS)

    async def verdict(self) -> list[str]:
        """Once all is sent and the hub is quiet: sentences about what does not hold."""
        doors = self.doors()
        await quiet(doors.timeline, self.load.bearers.ops, END_SECONDS)
        hub = await checker.found(doors.database, doors.kafka)
        wrong = checker.what_does_not_hold(hub)
        wrong += self._of_notices(hub) + self.load.what_is_missing(hub.events)
        people = {event.key for event in hub.events if event.name == "ReleaseNoticeReceived"}
        async with self._asking(doors.timeline) as http:
            wrong += await checker.nothing_blocks(http)
        async with self._asking(doors.handover) as http:
            return wrong + await checker.one_saga_per_episode(http, people)

    def figures(self) -> dict[str, object]:
        """What it took."""
        ends, load = self.importing.ends, self.load
        return {"imports": len(ends), "cut_short": sum(end != 0 for end in ends), "sent_again": load.failures}

    def doors(self) -> Doors:
        """Where the hub answers; it must be up."""
        assert self.stack.doors is not None
        return self.stack.doors

    def _of_notices(self, hub: checker.Found) -> list[str]:
        expected = first_outcomes(self.rows)
        imported = [{**line, "outcome": expected[row]} for row, line in self.importing.receipts.items()]
        conflicts = list(expected.values()).count("conflict")
        parked = sum(event.name == "EventParked" for event in hub.events)
        wrong = [f"{parked} messages were set aside, {conflicts} rows contradict others"] if parked != conflicts else []
        wrong += self.importing.what_is_wrong(expected)
        return wrong + notices_have_their_facts_once(hub.events, [*imported, *self.load.notices.values()])

    @asynccontextmanager
    async def _asking(self, address: str) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {self.load.bearers.ops}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as http:
            yield http


@asynccontextmanager
async def campaign(stack: Hub | Apart, folder: Path, *, rows: int, people: int, seed: int) -> AsyncIterator[Campaign]:
    """Import and load run beside the block; at its end both are brought to theirs, and the import is run once more."""
    roles = (("DETOX_CENTRE", CENTRE), ("STATION_LEAD", STATION), ("OPS", OPS_ORG))
    bearers = Bearers(*await asyncio.gather(*(token(stack, role, org) for role, org in roles)))
    load = Load(lambda: stack.doors, bearers, people, seed)
    importing = Importing(stack, first_rows(folder, rows))
    async with asyncio.TaskGroup() as together:
        tasks = [together.create_task(importing.run()), together.create_task(load.run())]
        try:
            yield Campaign(stack, importing, load, rows)
            load.allow(people)
            _, late = await asyncio.wait(tasks, timeout=END_SECONDS)
            if late:
                raise HubFailed("\n".join([f"import {importing.fresh} {importing.ends}", *load.still_open()]))
            async with asyncio.timeout(END_SECONDS):
                await importing.once()
        finally:
            for task in tasks:
                task.cancel()
