"""A sign-in at the provider: code flow with PKCE, its secrets kept here and bound to one browser, taken once."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from services.access.provider import Provider
from services.access.sessions import fresh, hashed
from services.kernel.db import Pool
from services.kernel.errors import Refused, Unavailable

LIFE: Final = timedelta(minutes=10)
SCOPE: Final = "openid profile"
KEEP: Final = """
    with old as (delete from sign_ins where ends_at < $6)
    insert into sign_ins (id_hash, state, nonce, verifier, ends_at) values ($1, $2, $3, $4, $5)
"""
TAKE: Final = "delete from sign_ins where id_hash = $1 and ends_at > $2 returning state, nonce, verifier"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where the browser goes, and what its cookie carries meanwhile."""

    url: str
    given: str


@dataclass(frozen=True, slots=True)
class SignIns:
    """Sends browsers to the provider and takes them back."""

    pool: Pool
    provider: Provider

    async def leave(self, redirect_uri: str) -> Leaving:
        """Begin one. Raises Unavailable."""
        given, state, nonce, verifier = fresh(), fresh(), fresh(), fresh()
        client = self.provider.client
        asking = OAuth2Client(None, client_id=client.client_id, scope=SCOPE, code_challenge_method="S256")
        url, _ = asking.create_authorization_url(
            await self.provider.endpoint("authorization_endpoint"),
            state=state,
            nonce=nonce,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
        )
        now = self.provider.clock.now()
        await self.pool.execute(KEEP, hashed(given), state, nonce, verifier, now + LIFE, now)
        return Leaving(url, given)

    async def back(self, given: str | None, said: Mapping[str, str], redirect_uri: str) -> dict[str, Any]:
        """The claims of who came back. Refused(`sign_in_failed`) for anything that is not this browser's own answer."""
        row = await self.pool.fetchrow(TAKE, hashed(given), self.provider.clock.now()) if given else None
        issuer = self.provider.client.issuer
        if row is None or not hmac.compare_digest(said.get("state", "").encode(), row["state"].encode()):
            raise failed("state")
        if said.get("iss", issuer) != issuer:
            raise failed("issuer")
        if "error" in said or not said.get("code"):
            raise failed("provider")
        answer = await self._exchange(said["code"], row["verifier"], redirect_uri)
        try:
            return await self.provider.identity(str(answer["id_token"]), row["nonce"], answer.get("access_token"))
        except (Refused, KeyError) as error:
            raise failed("token") from error

    async def _exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        client, url = self.provider.client, await self.provider.endpoint("token_endpoint")
        body = prepare_token_request("authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier)
        method = "client_secret_basic" if client.secret else "none"
        url, headers, body = ClientAuth(client.client_id, client.secret, method).prepare("POST", url, dict(FORM), body)
        try:
            answer = await self.provider.http.post(url, content=body, headers=headers)
            found = answer.json()
        except (httpx.TransportError, ValueError) as error:
            raise Unavailable("openid provider") from error
        if answer.is_error or not isinstance(found, dict):
            raise failed("code")
        return found


def failed(why: str) -> Refused:
    """A sign-in that came to nothing; `why` is a code: what the provider said stays there."""
    return Refused("sign_in_failed", why, status=401)
