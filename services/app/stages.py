"""Empty hubs one after another in this process: one PostgreSQL, for each a fresh database and a fresh broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

import asyncpg
import yaml

from services.app.embedded import Asked, ready_line, settings_of
from services.app.process import BUILDERS, running
from services.app.schemas import migrate_all
from services.embedded.postgres import DATABASE, VOLATILE
from services.embedded.stack import EmbeddedStack
from services.kernel.clock import VirtualClock
from services.kernel.settings import ERASURES, Settings, from_environment
from services.rehearsal.stage import Scene, Stage

FRESH: Final = "create database story template jieli strategy file_copy"
GONE: Final = "drop database if exists story with (force)"
STORY: Final = "story"
OWN: Final = {"data": None, "embedded": True, "intake_url": None, "handover_url": None, "reveal_limit": 1_000_000}


class EmptyHubs:
    """Stages over one folder. What a stage held is gone when the next one starts."""

    def __init__(self, environment: Settings, stack: EmbeddedStack, lang: Literal["zh", "en"]) -> None:
        self._environment = environment
        self._stack = stack
        self._lang = lang

    @asynccontextmanager
    async def empty(self, scene: Scene) -> AsyncIterator[Stage]:
        """A hub that nobody has told anything, its clock at the scene's start. Raises Refused for its policy."""
        url = await self._fresh_database()
        await self._stack.broker.restart()
        asked = Asked(data=self._stack.data, city=scene.city, lang=self._lang, policy=self._policy(scene))
        settings = settings_of(self._environment, self._stack, asked)
        own = {**OWN, "database_url": url, "erasures_file": self._stack.data / ERASURES}
        settings = settings.model_copy(update=own)
        async with running(settings, tuple(BUILDERS), VirtualClock(scene.start)) as address:
            line = ready_line(self._stack, address) | {"database_url": url}
            self._stack.write_ready(line)
            yield Stage(address, self._stack.kafka_bootstrap, self._stack.token_key_file, line)

    async def _fresh_database(self) -> str:
        """A copy of the template, which nobody is connected to."""
        server = await asyncpg.connect(self._stack.postgres.url("postgres"))
        try:
            await server.execute(GONE)
            await server.execute(FRESH)
        finally:
            await server.close()
        return self._stack.postgres.url(STORY)

    def _policy(self, scene: Scene) -> Path | None:
        if not scene.policy:
            return None
        file = self._stack.data / "policy.yaml"
        file.write_text(yaml.safe_dump(dict(scene.policy)), "utf-8")
        return file


@asynccontextmanager
async def stages(data: Path, lang: Literal["zh", "en"]) -> AsyncIterator[EmptyHubs]:
    """PostgreSQL with a migrated template until the block ends. Nothing of it need survive the machine."""
    environment = from_environment()
    stack = EmbeddedStack(data, settings=VOLATILE)
    await stack.start()
    try:
        await migrate_all(stack.postgres.url(DATABASE))
        yield EmptyHubs(environment, stack, lang)
    finally:
        await stack.stop()
