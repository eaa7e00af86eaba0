"""All stories asked for, each on a stage of its own or all on one, their words and lines as they unfold."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.rehearsal.playing import Audience, playing, shared_scene
from services.rehearsal.stage import Scene, Stage, Stages
from services.rehearsal.story import Story

Keep = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How stories are played. `keep`: what to do with the last stage before it ends."""

    stages: Stages
    audience: Audience
    lang: str
    keep: Keep | None = None

    async def apart(self, stories: Sequence[Story]) -> int:
        """Each on its own empty hub; gives how many failed."""
        failed = 0
        for story in stories:
            last = story is stories[-1]
            failed += await self._on_one(story.scene, [story], last=last)
        return failed

    async def together(self, stories: Sequence[Story]) -> int:
        """All on one hub, on one clock. Raises Refused `stories_differ`."""
        return await self._on_one(shared_scene(stories), stories, last=True)

    async def _on_one(self, scene: Scene, stories: Sequence[Story], *, last: bool) -> int:
        began = time.monotonic()
        async with self.stages.empty(scene) as stage:
            shared = len(stories) > 1
            async with playing(stage, scene, self.audience, self.lang, shared=shared) as play:
                failed = await play.run(stories, time.monotonic() - began)
            if last and self.keep:
                await self.keep(stage)
        return failed
