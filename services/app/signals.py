"""SIGINT and SIGTERM end a process in order, once."""

from __future__ import annotations

import asyncio
import signal


def stop_asked() -> asyncio.Event:
    """An event that is set by the first SIGINT or SIGTERM of this process."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asked
