"""A PostgreSQL data folder: made whole or not at all, and freed of what a killed server left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path

from services.embedded.folder import replace_private
from services.embedded.identity import give
from services.embedded.kept import STEP_SECONDS, Identity, Kept
from services.embedded.refusals import StackRefused

INIT_SECONDS = 60.0
ORPHAN_SECONDS = 5.0
OPTIONS = ("--auth=scram-sha-256", "--locale=C.UTF-8", "--encoding=UTF8", "--no-instructions")


async def make(folder: Path, initdb: Path, *, user: str, password: str, log: Path, identity: Identity) -> None:
    """Initialise beside ``folder`` and rename, so that a killed start leaves nothing half made."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    given = fresh.with_name(f"{folder.name}.password")
    replace_private(given, password)
    give(fresh, identity)
    give(given, identity)
    command = [str(initdb), *OPTIONS, f"--username={user}", f"--pwfile={given}", f"--pgdata={fresh}"]
    code = await _run(command, log, identity)
    given.unlink()
    if code != 0:
        raise StackRefused("did_not_start", f"initdb {code}: {log.read_text(errors='replace')[-500:]}")
    fresh.rename(folder)


async def clear_stale(folder: Path) -> None:
    """End a server of this very folder that outlived its owner and remove a lock file that names a stranger.

    A process id may have been given to somebody else since, which PostgreSQL alone cannot tell. The caller owns the
    data folder, so whatever else runs on it is left over.
    """
    lock = folder / "postmaster.pid"
    if not lock.exists() or not Path("/proc/self").exists():
        return
    pid = int(lock.read_text().split(maxsplit=1)[0])
    if _serves(pid, folder):
        await _end_orphan(pid, folder)
    lock.unlink(missing_ok=True)


async def _run(command: list[str], log: Path, identity: Identity) -> int | None:
    process = Kept(command, log=log, identity=identity, last=signal.SIGKILL)
    code = await process.ended(INIT_SECONDS)
    await process.end(signal.SIGKILL, 0)
    return code


async def _end_orphan(pid: int, folder: Path) -> None:
    os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + ORPHAN_SECONDS
    while _serves(pid, folder):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(STEP_SECONDS)


def _serves(pid: int, folder: Path) -> bool:
    """Whether that process works in that folder (a postmaster's working directory is its data folder)."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False
