"""`jieli serve`: some services against a given database and broker."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from services.app.process import running
from services.app.signals import stop_asked
from services.kernel import logs
from services.kernel.clock import SystemClock
from services.kernel.settings import from_environment


async def run(names: Sequence[str], ready: Callable[[dict[str, object]], None]) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told once everything runs."""
    settings = from_environment()
    logs.configure(settings.log_level)
    asked = stop_asked()
    async with running(settings, names, SystemClock()) as address:
        ready({"http": address, "services": list(names), "pid": os.getpid()})
        await asked.wait()
