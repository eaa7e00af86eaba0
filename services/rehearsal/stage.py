"""What a story is played on: an empty hub of its own, or one that stories share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when: the sample city, the first instant of the virtual clock, policy values that differ by key."""

    start: datetime
    city: Literal["a", "b"]
    policy: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Stage:
    """A running hub: where its doors are, the key of its tokens, and the ready line of its stack."""

    http: str
    kafka_bootstrap: str
    token_key_file: Path
    line: Mapping[str, object]


class Stages(Protocol):
    """Makes stages, one at a time."""

    def empty(self, scene: Scene) -> AbstractAsyncContextManager[Stage]:
        """An empty hub until the block ends."""
        ...
