"""The hub's door on a real database, with three small routes behind it, and a browser in front of it."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import asyncpg
import httpx
from fastapi import APIRouter

from services.access.app import door_of
from services.access.passwords import hashed
from services.access.renewing import SCHEMA
from services.app.openapi import unconnected
from services.kernel.clock import SHANGHAI, SystemClock, VirtualClock
from services.kernel.db import Pool, open_pool
from services.kernel.gate import Door
from services.kernel.http import REVEALS, Asker, create_api
from services.kernel.phrases import Phrases
from services.kernel.roles import ACCESS
from services.kernel.settings import Settings
from services.kernel.tokens import Actor, Tokens

START = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)
HERE = "http://127.0.0.1:9999"
LEAD = "station_lead@A04-S011"
HTML = {"Accept": "text/html,application/xhtml+xml"}
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
PASSWORD = "synthetic-password"
PHRASES = Phrases.load("services.kernel", "services.access")
KEEP = "insert into passwords values ($1, $2, now()) on conflict (name) do update set hash = excluded.hash"

hash_of = cache(hashed)
kit_of_routes = cache(unconnected)
router = APIRouter()


@router.get("/me")
async def me(actor: Asker) -> dict[str, str | None]:
    return {"name": actor.name, "role": actor.role, "org": actor.org, "capacity": actor.capacity}


@router.post("/things")
async def act(actor: Asker) -> dict[str, str]:
    return {"done": actor.name}


@router.get("/people/someone", dependencies=[REVEALS])
async def someone(actor: Asker) -> dict[str, str]:
    return {"told": actor.name}


@dataclass(slots=True)
class Doorstep:
    """A browser, the door that it stands at, and what is behind. `owner`: of the database."""

    http: httpx.AsyncClient
    door: Door
    pool: Pool
    owner: Pool
    clock: VirtualClock
    tokens: Tokens

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.clock.set(self.clock.now() + timedelta(**time))

    def bearer(self, role: str = "OPS", org: str = "", name: str = "someone") -> dict[str, str]:
        """Headers with a token that the hub signed."""
        return {"Authorization": f"Bearer {self.tokens.issue(Actor(name, role, org), timedelta(days=900))}"}

    async def sign_in(self, name: str = LEAD, password: str = "", **headers: str) -> httpx.Response:
        """Send the form of the sign-in page."""
        form = {"with": "local", "name": name, "password": password}
        return await self.http.post("/auth/sign-in", data=form, headers={"Origin": self.origin, **headers})

    async def password(self, name: str = LEAD) -> str:
        """The password that the user has from now on."""
        await self.owner.execute(KEEP, name, hash_of(PASSWORD))
        return PASSWORD

    async def signed_in(self, name: str = LEAD) -> str:
        """Sign in; gives the session's CSRF token."""
        answer = await self.sign_in(name, await self.password(name))
        assert answer.status_code == 303, answer.text
        return await self.csrf()

    async def csrf(self) -> str:
        """What an unsafe request has to carry."""
        return str((await self.session())["csrf"])

    async def session(self) -> dict[str, Any]:
        """Who one is, for programs."""
        answer = await self.http.get("/auth/session")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @property
    def origin(self) -> str:
        """What a browser writes into `Origin` on our own pages."""
        return str(self.http.base_url).rstrip("/")

    async def rows(self, table: str) -> list[asyncpg.Record]:
        return await self.owner.fetch(f"select * from {table}")


@asynccontextmanager
async def doorstep(
    url: str,
    base_url: str = HERE,
    *,
    real_time: bool = False,
    **settings: Any,  # noqa: ANN401
) -> AsyncIterator[Doorstep]:
    """A hub's door with these settings; local access unless told otherwise. `real_time`: begin when a provider does."""
    start = SystemClock().now() if real_time else START
    clock, tokens = VirtualClock(start), Tokens(b"k" * 32, VirtualClock(start))
    kit = replace(
        kit_of_routes(),
        settings=Settings(**({"local_access": True} | settings)),
        tokens=tokens,
        phrases=PHRASES,
        database_url=url,
    )
    async with (
        await open_pool(url, SCHEMA, role=ACCESS, size=4) as pool,
        await open_pool(url, SCHEMA, role=None, size=1) as owner,
        httpx.AsyncClient(verify=NO_TLS) as outside,
    ):
        door = door_of(kit, pool, outside, clock)
        app = create_api("test", [router], kit.phrases, tokens, door=door)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as http:
            yield Doorstep(http, door, pool, owner, clock, tokens)
