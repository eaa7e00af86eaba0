"""`jieli up`: all services in this process over one folder, with embedded parts where the environment gives none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from services.app.caretaker import Caretaker
from services.app.policies import policy_of
from services.app.process import BUILDERS, running
from services.app.signals import stop_asked
from services.app.virtual_time import clock_of
from services.embedded.stack import EmbeddedStack
from services.kernel import logs
from services.kernel.settings import Settings, from_environment
from services.kernel.tasks import Loops

Ready = Callable[[dict[str, object]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says of a stack. `policy`: a file over the environment's."""

    data: Path
    city: Literal["a", "b"]
    lang: Literal["zh", "en"]
    policy: Path | None = None


async def run(wanted: Asked, start: datetime | None, ready: Ready) -> None:
    """Run until SIGINT or SIGTERM. With `start` the clock is virtual and moves only when told."""
    environment = from_environment()
    logs.configure(environment.log_level)
    asked = stop_asked()
    stack = EmbeddedStack(
        wanted.data, database_url=environment.database_url, kafka_bootstrap=environment.kafka_bootstrap
    )
    policy_of(wanted.policy or environment.policy_file, wanted.lang)  # refused before anything is started
    loops = Loops()
    await stack.start()
    try:
        settings = settings_of(environment, stack, wanted)
        async with running(settings, tuple(BUILDERS), clock_of(stack.data, start)) as address:
            loops.start("caretaker", Caretaker(stack).run)
            line = ready_line(stack, address)
            stack.write_ready(line)
            ready(line)
            await asked.wait()
    finally:
        await loops.stop()
        await stack.stop()


def settings_of(environment: Settings, stack: EmbeddedStack, wanted: Asked) -> Settings:
    """The settings of a process over that stack, besides what the environment says."""
    own = {
        "database_url": stack.database_url,
        "kafka_bootstrap": stack.kafka_bootstrap,
        "data": stack.data,
        "kek_file": stack.kek_file,
        "token_key_file": stack.token_key_file,
        "city": wanted.city,
        "lang": wanted.lang,
        "policy_file": wanted.policy or environment.policy_file,
        "embedded": environment.kafka_bootstrap is None,
        "local_access": environment.persons == "synthetic",  # real people come by their provider
    }
    return environment.model_copy(update=own)


def ready_line(stack: EmbeddedStack, address: str) -> dict[str, object]:
    """What others need to find a stack that serves at an address."""
    return {
        "kind": "ready",
        "http": address,
        "database_url": stack.database_url,
        "kafka_bootstrap": stack.kafka_bootstrap,
        "data": str(stack.data),
        "pid": os.getpid(),
    }
