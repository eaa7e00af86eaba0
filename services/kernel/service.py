"""What a service hands to the process that runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter

from services.kernel.blocking import Blocking
from services.kernel.chain import Chain
from services.kernel.db import Pool
from services.kernel.deadlines import DeadlineWorker
from services.kernel.relay import Relay
from services.kernel.store import Store
from services.kernel.subscriber import Subscription
from services.kernel.verifying import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, wired and not yet started. `loops` run until the process stops; `router` is below /api/v1."""

    name: str
    pool: Pool
    store: Store
    blocking: Blocking
    relay: Relay
    router: APIRouter | None = None
    subscriptions: tuple[Subscription, ...] = ()
    loops: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    deadlines: DeadlineWorker | None = None
    checks: tuple[Check, ...] = ()
    chains: tuple[Chain, ...] = ()
