"""What a process hands to every service it builds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.topics import TOPICS, Topic, for_one_process
from services.kernel.arrivals import Arrivals
from services.kernel.clock import Clock
from services.kernel.ids import Ids
from services.kernel.phrases import Phrases
from services.kernel.sealing import KeyRing
from services.kernel.service import Service
from services.kernel.settings import Settings
from services.kernel.tokens import Tokens
from services.kernel.words import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The shared parts of one process.

    `directory`, `policies` and `calendars` are of the layer above the kernel: each service names their type where it
    takes them out. `ports` are calls between services of one process that a composition root fills in
    (`clock_moved`: wake every deadline worker). `services` grows as the root builds them; read it when asked, not
    before.
    """

    settings: Settings
    clock: Clock
    ids: Ids
    sealer: Sealer
    keyring: KeyRing
    tokens: Tokens
    phrases: Phrases
    directory: Any
    policies: Any
    calendars: Any
    database_url: str
    kafka_bootstrap: str
    lang: str = "zh"
    arrivals: Arrivals = field(default_factory=Arrivals)
    ports: dict[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The catalogue as this process's broker should hold it."""
        return for_one_process() if self.settings.embedded else TOPICS
