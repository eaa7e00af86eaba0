"""One process of the hub: its services wired, their loops running, their API on one port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from services.access import app as access
from services.app import api
from services.app.http_server import serving
from services.app.parts import parts
from services.app.ports import Address, connect_ports
from services.handover import app as handover
from services.intake import app as intake
from services.kernel import horizon, topics_admin
from services.kernel.clock import Clock
from services.kernel.kit import Kit
from services.kernel.service import Service
from services.kernel.settings import Settings
from services.kernel.subscriber import Subscribers
from services.kernel.tasks import Loop, Loops
from services.timeline import app as timeline

Build = Callable[[Kit], Awaitable[Service]]
BUILDERS: Mapping[str, Build] = {"intake": intake.build, "handover": handover.build, "timeline": timeline.build}


@asynccontextmanager
async def running(settings: Settings, names: Sequence[str], clock: Clock) -> AsyncIterator[str]:
    """Run the named services until the block ends; gives their address, `http://127.0.0.1:N`."""
    async with AsyncExitStack() as ending:
        kit = await ending.enter_async_context(parts(settings, clock))
        for name in names:
            service = await BUILDERS[name](kit)
            kit.services.append(service)
            ending.push_async_callback(service.pool.close)
        await topics_admin.ensure_topics(kit.kafka_bootstrap, kit.topics)
        door = await ending.enter_async_context(access.opened(kit))
        own = Address()
        await ending.enter_async_context(connect_ports(kit, own))
        await ending.enter_async_context(working(kit))
        own.url = await ending.enter_async_context(
            serving(api.build(kit, door), settings.http_port, settings.trusted_proxy)
        )
        yield own.url


@asynccontextmanager
async def working(kit: Kit) -> AsyncIterator[None]:
    """Subscribers, relays, deadline workers and the services' own loops, until the block ends."""
    loops = Loops()
    async with AsyncExitStack() as ending:
        ending.push_async_callback(loops.stop)
        for service in kit.services:
            for name, loop in _loops(service).items():
                loops.start(f"{service.name}.{name}", loop)
        for service in kit.services:
            if service.subscriptions:
                consumers = _subscribers(kit, service)
                await consumers.start()
                ending.push_async_callback(consumers.stop)
        yield


def _loops(service: Service) -> dict[str, Loop]:
    own: dict[str, Loop] = {
        "relay": service.relay.run,
        "horizon": partial(horizon.watch, service.pool, service.name),
        **service.loops,
        **{chain.name: chain.run for chain in service.chains},
    }
    return own | ({"deadlines": service.deadlines.run} if service.deadlines else {})


def _subscribers(kit: Kit, service: Service) -> Subscribers:
    return Subscribers(
        kit.kafka_bootstrap,
        service.pool,
        service.store,
        kit.clock,
        service.subscriptions,
        kit.settings.embedded,
        ids=kit.ids,
        service=service.name,
        session_ms=kit.settings.session_ms,
        arrivals=kit.arrivals,
    )
