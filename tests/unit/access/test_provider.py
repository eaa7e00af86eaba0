"""What a provider's tokens must say, each wrong claim alone, and who waits for whom; its key is our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.access.provider import Client, Provider
from services.kernel.clock import SystemClock, VirtualClock
from services.kernel.errors import Refused, Unavailable

ISSUER, CLIENT, HUB, NONCE = "https://login.example", "jieli", "https://hub.example/api", "n" * 43
KEY = ECKey.generate_key("P-256", {"kid": "key-1", "use": "sig"})


@dataclass(slots=True)
class Login:
    """Answers as a provider; not before `open` once it is slow."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await self.open.wait()
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})
        return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})


@pytest.fixture
def login() -> Login:
    made = Login()
    made.open.set()
    return made


@pytest.fixture
async def provider(login: Login) -> AsyncIterator[Provider]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(login.answer)) as http:
        yield Provider(Client(ISSUER, CLIENT, None, HUB), http, VirtualClock(SystemClock().now()))


def token(provider: Provider, kid: str = "key-1", **claims: Any) -> str:  # noqa: ANN401 - claims are JSON
    """A good access token but for these claims."""
    now = int(provider.clock.now().timestamp())
    said = {"iss": ISSUER, "aud": HUB, "sub": "w-7", "iat": now, "exp": now + 300, "nonce": NONCE}
    return jwt.encode({"alg": "ES256", "kid": kid}, said | claims, KEY, algorithms=["ES256"])


async def test_an_access_token_is_our_providers_and_for_us(provider: Provider) -> None:
    assert (await provider.bearer(token(provider)))["sub"] == "w-7"
    for wrong in ({"iss": "https://evil.example"}, {"iss": None}, {"aud": "https://other.example"}, {"aud": CLIENT}):
        with pytest.raises(Refused, match="unauthenticated"):
            await provider.bearer(token(provider, **wrong))


async def test_an_identity_token_is_our_providers_and_for_this_client(provider: Provider) -> None:
    assert (await provider.identity(token(provider, aud=CLIENT), NONCE, None))["sub"] == "w-7"
    several = {"aud": [HUB, "other"], "azp": CLIENT}
    for wrong in ({"aud": HUB}, {"aud": "other"}, several, {"aud": CLIENT, "iss": "https://evil.example"}):
        with pytest.raises(Refused, match="unauthenticated"):
            await provider.identity(token(provider, **wrong), NONCE, None)


async def test_a_good_token_does_not_wait_behind_a_made_up_key(provider: Provider, login: Login) -> None:
    good = token(provider)
    await provider.bearer(good)
    assert isinstance(provider.clock, VirtualClock)
    provider.clock.set(provider.clock.now() + timedelta(seconds=11))
    login.open.clear()
    login.asked.clear()
    made_up = asyncio.create_task(provider.bearer(token(provider, kid="made-up")))
    await login.asked.wait()
    assert (await asyncio.wait_for(provider.bearer(good), 2))["sub"] == "w-7"
    login.open.set()
    with pytest.raises(Refused, match="unauthenticated"):
        await made_up


async def test_a_provider_that_names_no_such_place_is_away(provider: Provider) -> None:
    with pytest.raises(Unavailable):
        await provider.endpoint("token_endpoint")
