"""Wires access: its schema, its gate and limits, its pages. It is the door of a process, not one of its services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

import httpx

from services.access.api import routes
from services.access.cookies import Cookies
from services.access.front import Front, Ways
from services.access.gate import AccessGate, Bearers
from services.access.local import LocalUsers
from services.access.pages import Pages
from services.access.passwords import Passwords
from services.access.posts import Mapped
from services.access.provider import Client, Provider
from services.access.renewing import SCHEMA, prepare
from services.access.sessions import Sessions
from services.access.sign_ins import SignIns
from services.access.throttle import Spending, Tries
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Pool, open_pool
from services.kernel.errors import Refused
from services.kernel.gate import Door
from services.kernel.kit import Kit
from services.kernel.roles import ACCESS
from services.kernel.settings import Settings

PATIENCE: Final = 5.0  # seconds that the provider gets


@asynccontextmanager
async def opened(kit: Kit, clock: Clock | None = None) -> AsyncIterator[Door]:
    """The door until the block ends. `clock`: of sessions and limits; the machine's own, also on a virtual hub."""
    await prepare(kit.database_url)
    async with AsyncExitStack() as ending:
        pool = await ending.enter_async_context(await open_pool(kit.database_url, SCHEMA, role=ACCESS, size=4))
        http = httpx.AsyncClient(timeout=PATIENCE) if kit.settings.oidc_issuer else None
        if http:
            await ending.enter_async_context(http)
        yield door_of(kit, pool, http, clock or SystemClock())


def door_of(kit: Kit, pool: Pool, http: httpx.AsyncClient | None, clock: Clock) -> Door:
    """The door over an up-to-date schema. `http`: to the provider. Refused(`local_access_refused`)."""
    settings = kit.settings
    if settings.local_access and settings.persons == "real":
        raise Refused("local_access_refused", "JIELI_LOCAL_ACCESS, JIELI_PERSONS", status=500)
    client = client_of(settings)
    provider = Provider(client, http, clock) if client and http else None
    mapped = Mapped.of(settings.oidc_claims, kit.directory)
    idle, life = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    gate = AccessGate(
        Bearers(kit.tokens, settings.local_access, provider, mapped),
        Sessions(pool, clock, idle, life),
        Cookies(kit.tokens, settings.public_url),
    )
    tries = Tries(pool, clock)
    local = LocalUsers(Passwords(pool), tries, kit.tokens, kit.directory) if settings.local_access else None
    ways = Ways(local, SignIns(pool, provider) if provider else None, mapped)
    front = Front(Pages(kit.phrases, client.issuer if client else None), gate, ways, tries, kit.tokens)
    window = timedelta(minutes=settings.reveal_minutes)
    return Door(gate, Spending(pool, clock, settings.reveal_limit, window), routes(front), settings.public_url)


def client_of(settings: Settings) -> Client | None:
    """What this hub is to its provider; None without one. Refused(`setting_missing`, `setting_invalid`)."""
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_client_id is None:
        raise Refused("setting_missing", "JIELI_OIDC_CLIENT_ID", status=500)
    if settings.oidc_audience == settings.oidc_client_id:
        raise Refused("setting_invalid", "JIELI_OIDC_AUDIENCE", status=500)  # an identity token is no access token
    return Client(settings.oidc_issuer, settings.oidc_client_id, settings.client_secret(), settings.oidc_audience)
