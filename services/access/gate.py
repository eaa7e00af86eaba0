"""Verifies every request: a bearer token, or a session's cookie with proof that our own page sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from services.access.cookies import CSRF_HEADER, SAFE, SESSION, Cookies
from services.access.posts import Mapped, Post, worded
from services.access.provider import Provider, header_of
from services.access.sessions import Session, Sessions
from services.kernel.errors import Refused
from services.kernel.gate import bearer
from services.kernel.tokens import ALGORITHM, Actor, Tokens, unauthenticated

HUB: Final = "HUB"


@dataclass(frozen=True, slots=True)
class Bearers:
    """Takes bearer tokens: the provider's, and those that this hub signed.

    `local`: the hub's own are good for everybody (embedded mode); else for the hub alone, from service to service.
    """

    tokens: Tokens
    local: bool
    provider: Provider | None
    mapped: Mapped

    async def actor(self, token: str) -> Actor:
        """Who shows it. Refused(`unauthenticated`), Refused(`no_post`) and Refused(`post_needed`), Unavailable."""
        if header_of(token).get("alg") == ALGORITHM:
            return self._own(token)
        if self.provider is None:
            raise unauthenticated()
        claims = await self.provider.bearer(token)
        posts = self.mapped.posts(claims)
        if len(posts) > 1:
            raise Refused("post_needed", status=403)
        return posts[0].actor(self.mapped.name(claims))

    def _own(self, token: str) -> Actor:
        actor = self.tokens.verify(token)
        if actor.role == HUB:
            return actor
        if not self.local:
            raise unauthenticated()
        return worded(Post(actor.role, actor.org, actor.capacity or ""), self.mapped.directory).actor(actor.name)


@dataclass(frozen=True, slots=True)
class AccessGate:
    """The gate of a running hub."""

    bearers: Bearers
    sessions: Sessions
    cookies: Cookies

    async def actor(self, request: Request) -> Actor:
        """Who asks; an Authorization header goes before any cookie."""
        token = bearer(request)
        if token is not None:
            return await self.bearers.actor(token)
        session = await self.session(request)
        if request.method not in SAFE:
            self.cookies.refuse_forged(request, session.id, request.headers.get(CSRF_HEADER))
        if session.post is None:
            raise Refused("post_needed", status=403)
        return session.post.actor(session.actor)

    async def session(self, request: Request) -> Session:
        """The living session of a request's cookie. Refused(`unauthenticated`)."""
        return await self.sessions.find(self.cookies.read(request, SESSION))
