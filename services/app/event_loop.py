"""The event loop of a serving process: uvloop, because a hub's time goes into many small socket calls."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import uvloop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine to its end."""
    uvloop.run(main)
