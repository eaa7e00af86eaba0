"""The OpenID provider: where it is, which keys it signs with, and what its tokens say."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from services.kernel import logs
from services.kernel.clock import Clock
from services.kernel.errors import Unavailable
from services.kernel.tokens import NEEDED, unauthenticated

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key. `none` and shared secrets are no signature of a provider."""
DISCOVERY: Final = "/.well-known/openid-configuration"
FRESH: Final = timedelta(minutes=10)
AGAIN: Final = timedelta(seconds=10)
KEPT: Final = timedelta(hours=1)
NEVER: Final = datetime.min.replace(tzinfo=UTC)
LEEWAY: Final = 30  # seconds between two machines' clocks
LONGEST: Final = 16 * 1024
Key = RSAKey | ECKey | OKPKey
log = logs.get("access.provider")


@dataclass(frozen=True, slots=True)
class Client:
    """What this hub is to the provider. `audience`: of the access tokens that services show here; None takes none."""

    issuer: str
    client_id: str
    secret: str | None = None
    audience: str | None = None


@dataclass(slots=True)
class Provider:
    """Asks the provider when it must.

    Its document and keys are kept for ten minutes, and asked for anew, every ten seconds at most, when a token names a
    key that is not among them. While it is away, what is known is good for an hour.
    """

    client: Client
    http: httpx.AsyncClient
    clock: Clock
    _document: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, Key] = field(default_factory=dict)
    _asked_at: datetime = NEVER
    _learnt_at: datetime = NEVER
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def endpoint(self, name: str) -> str:
        """The address of an endpoint. Raises Unavailable."""
        await self._know(FRESH)
        if name not in self._document:
            raise Unavailable("openid provider")
        return str(self._document[name])

    async def identity(self, token: str, nonce: str, access_token: str | None) -> dict[str, Any]:
        """The claims of an identity token that answers our own question. Refused(`unauthenticated`), Unavailable."""
        header, claims = await self._verified(token, self.client.client_id)
        params = {"nonce": nonce, "client_id": self.client.client_id, "access_token": access_token}
        try:
            CodeIDToken(claims, header, options={"nonce": {"essential": True}}, params=params).validate(
                now=self._seconds(), leeway=LEEWAY
            )
        except (JoseError, ValueError, TypeError) as error:
            raise unauthenticated() from error
        return claims

    async def bearer(self, token: str) -> dict[str, Any]:
        """The claims of an access token for this hub's audience. Refused(`unauthenticated`), Unavailable."""
        if self.client.audience is None:
            raise unauthenticated()
        return (await self._verified(token, self.client.audience))[1]

    async def _verified(self, token: str, audience: str) -> tuple[dict[str, Any], dict[str, Any]]:
        header = header_of(token)
        key = await self._key(header)
        rules = jwt.JWTClaimsRegistry(
            now=self._seconds(),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": audience},
            exp=NEEDED,
            sub=NEEDED,
        )
        try:
            claims = jwt.decode(token, key, algorithms=[header["alg"]]).claims
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise unauthenticated() from error
        return header, claims

    async def _key(self, header: Mapping[str, Any]) -> Key:
        """The key that a header names, for the algorithm that it names."""
        name = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not isinstance(name, str):
            raise unauthenticated()
        await self._know(FRESH if name in self._keys else AGAIN)
        key = self._keys.get(name)
        if key is None or key.get("alg", header["alg"]) != header["alg"]:
            raise unauthenticated()
        return key

    async def _know(self, age: timedelta) -> None:
        """Ask where what is known is older than that; one asks for all, and not again before ten seconds have gone.

        Who needs nothing newer waits for nobody: a made-up key's name holds up no good token.
        """
        now = self.clock.now()
        if now - self._learnt_at < age:
            return
        async with self._one_at_a_time:
            now = self.clock.now()
            if now - self._learnt_at >= age and now - self._asked_at >= AGAIN:
                self._asked_at = now
                await self._ask(now)
        if now - self._learnt_at >= KEPT:
            raise Unavailable("openid provider")

    async def _ask(self, now: datetime) -> None:
        try:
            self._document, self._keys = await self._published()
        except (Unavailable, KeyError) as error:
            log.warning("openid_provider_away", error=error)
        else:
            self._learnt_at = now

    async def _published(self) -> tuple[dict[str, Any], dict[str, Key]]:
        """The provider's document and keys. Raises Unavailable, KeyError where something is missing in it."""
        document = await self._get(self.client.issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self.client.issuer:
            raise Unavailable("openid provider: another issuer")
        return document, keys_of((await self._get(str(document["jwks_uri"]))).get("keys", []))

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            found = (await self.http.get(url)).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("openid provider") from error
        if not isinstance(found, dict):
            raise Unavailable("openid provider")
        return found

    def _seconds(self) -> int:
        return int(self.clock.now().timestamp())


def header_of(token: str) -> dict[str, Any]:
    """A token's header, not yet to be believed. Refused(`unauthenticated`) where there is none."""
    first = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))) if len(token) < LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise unauthenticated()
    return found


def keys_of(listed: object) -> dict[str, Key]:
    """The public signing keys of a key set by their names; anything else in it is left out."""
    found: dict[str, Key] = {}
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str):
            continue
        try:
            key = JWKRegistry.import_key(one)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found[one["kid"]] = key
    return found
