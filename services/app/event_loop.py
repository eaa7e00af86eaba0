"""The event loop of a serving process: uvloop, because a hub's time goes into many small socket calls."""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any

import uvloop

YOUNG_OBJECTS = 20_000  # a poll's worth, instead of seven hundred


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a process's main coroutine to its end; the collector never looks again at what was loaded until now."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    uvloop.run(main)
