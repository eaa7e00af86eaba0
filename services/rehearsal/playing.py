"""Stories played: one clock for all who share a stage, each step at its instant, and before it a hub at rest."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

import httpx
from aiokafka import AIOKafkaProducer

from services.kernel.clock import SystemClock
from services.kernel.errors import Refused
from services.kernel.ids import RandomIds
from services.kernel.tokens import Tokens
from services.outside.doors import OK, Doors
from services.rehearsal.acting import OPS, Company, NotQuiet, Outcome
from services.rehearsal.cast import Player, cast_of
from services.rehearsal.checking import Checker, Leaf, timeline
from services.rehearsal.filling import Scribe
from services.rehearsal.hearing import hearing
from services.rehearsal.reading import directory
from services.rehearsal.stage import Scene, Stage
from services.rehearsal.story import Record, Step, Story

PATIENCE: Final = httpx.Timeout(120.0)  # a step of the clock goes through every deadline on the way


class Audience(Protocol):
    """Whoever is told how the stories unfold."""

    def begins(self, story: Story) -> None:
        """A story begins."""

    def happened(self, story: Story, at: datetime, items: Sequence[dict[str, Any]]) -> None:
        """The hub said these things, up to that instant."""

    def acted(self, story: Story, step: Step, record: Record, outcome: Outcome) -> None:
        """A record was sent."""

    def looked(self, story: Story, step: Step, leaf: Leaf) -> None:
        """An expectation was looked at."""

    def stuck(self, story: Story, step: Step, waiting: str) -> None:
        """The hub did not come to rest before this step; the story ends here."""

    def ended(self, story: Story, failed: int, seconds: float) -> None:
        """The story is over."""


@dataclass(slots=True)
class Played:
    """One story under way."""

    story: Story
    players: dict[str, Player]
    failed: int = 0
    stuck: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Play:
    """Stories on one stage. `now`: where its clock stands."""

    company: Company
    audience: Audience
    now: datetime
    shared: bool
    settled: bool = False
    played: list[Played] = field(default_factory=list)

    async def run(self, stories: Sequence[Story], prelude: float = 0.0) -> int:
        """Play all to their end; gives how many failed. `prelude`: seconds that making the stage took."""
        shares = prelude / len(stories)
        self.played = [Played(*each, seconds=shares) for each in zip(stories, cast_of(stories), strict=True)]
        for one in self.played:
            self.audience.begins(one.story)
        schedule = [(step.at, number, step) for number, one in enumerate(self.played) for step in one.story.steps]
        for _, number, step in sorted(schedule, key=lambda each: each[:2]):
            await self._step(self.played[number], step)
        for one in self.played:
            await self._tell(one)
            self.audience.ended(one.story, one.failed, one.seconds)
        return sum(one.failed > 0 for one in self.played)

    async def _step(self, one: Played, step: Step) -> None:
        """One step, unless the story got stuck before."""
        if one.stuck:
            return
        began = time.monotonic()
        try:
            await self._arrive(step.at)
            await self._tell(one)
            await self._perform(one, step)
        except (NotQuiet, TimeoutError, httpx.HTTPError) as waiting:
            one.stuck, one.failed = True, one.failed + 1
            self.audience.stuck(one.story, step, str(waiting) or type(waiting).__name__)
        one.seconds += time.monotonic() - began

    async def _arrive(self, instant: datetime) -> None:
        """Let the clock step through every deadline on the way, and the hub come to rest."""
        if instant > self.now:
            answer = await self.company.doors.post("/api/v1/clock", {"to": instant.isoformat()}, OPS)
            if answer.status_code not in OK:
                raise NotQuiet(answer.json().get("detail") or answer.json().get("code", ""))
            self.now = instant
        elif not self.settled:
            await self.company.quiet()
        self.settled = True

    async def _perform(self, one: Played, step: Step) -> None:
        record = step.record
        if record is not None:
            scribe = Scribe(one.players[record.person], record.by, self.now, directory(one.story.scene.city))
            self.settled = False
            outcome = await self.company.act(record, scribe)
            one.failed += not outcome.ok(record.refused)
            self.audience.acted(one.story, step, record, outcome)
        if step.expect:
            await self._arrive(self.now)
            await self._look(one, step)

    async def _look(self, one: Played, step: Step) -> None:
        await self._tell(one)
        async for leaf in Checker(self.company, one.players, self.shared).leaves(step.expect):
            one.failed += not leaf.ok
            self.audience.looked(one.story, step, leaf)

    async def _tell(self, one: Played) -> None:
        """What is new about the story's people since the last time."""
        for player in one.players.values():
            items = await timeline(self.company, player)
            if items[player.told :]:
                self.audience.happened(one.story, self.now, items[player.told :])
            player.told = len(items)


@asynccontextmanager
async def playing(stage: Stage, scene: Scene, audience: Audience, lang: str, *, shared: bool) -> AsyncIterator[Play]:
    """A play on a stage, its doors open until the block ends."""
    tokens = Tokens.from_file(stage.token_key_file)
    async with (
        httpx.AsyncClient(base_url=stage.http, timeout=PATIENCE) as http,
        AIOKafkaProducer(bootstrap_servers=stage.kafka_bootstrap, acks="all") as producer,
        hearing(stage.kafka_bootstrap) as heard,
    ):
        doors = Doors(http, producer, tokens, RandomIds(SystemClock()), lang)
        yield Play(Company(doors, heard), audience, scene.start, shared)


def shared_scene(stories: Sequence[Story]) -> Scene:
    """The stage on which all of them play. Refused `stories_differ` where they want different cities or policies."""
    first = stories[0].scene
    for each in stories:
        if (each.scene.city, each.scene.policy) != (first.city, first.policy):
            raise Refused("stories_differ", f"{stories[0].file} {each.file}")
    return Scene(min(each.scene.start for each in stories), first.city, first.policy)
