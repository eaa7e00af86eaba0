"""Looking at processes from outside, for tests that kill them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def touching(text: str) -> list[int]:
    """Processes whose command line or working directory mentions ``text``."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _mentions(entry, text)]


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Poll until it is true or the time is over; says which."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _mentions(entry: Path, text: str) -> bool:
    try:
        words = (entry / "cmdline").read_bytes().decode(errors="replace")
        return alive(int(entry.name)) and (text in words or text in str((entry / "cwd").readlink()))
    except OSError:
        return False
