"""Who is let in and how often: what the HTTP frame asks of whoever verifies a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from fastapi import APIRouter
from starlette.requests import Request

from services.kernel.tokens import Actor, Tokens, unauthenticated

Limited: TypeAlias = Literal["reveal"]
"""What an actor may do only so often: `reveal`, read who a person is or what happened to them."""


class Gate(Protocol):
    """Verifies requests."""

    async def actor(self, request: Request) -> Actor:
        """Who asks; raises Refused `unauthenticated` (401), or `csrf` (403) for what another site may have sent."""
        ...


class Limits(Protocol):
    """Counts what is limited, over all processes."""

    async def spend(self, what: Limited, actor: Actor) -> None:
        """Once more; raises TooMany when it was too often."""
        ...


class BearerGate:
    """Lets in whoever shows a token that this hub signed."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def actor(self, request: Request) -> Actor:
        """Who asks."""
        return self._tokens.verify(bearer(request) or "")


class Unlimited:
    """Counts nothing."""

    async def spend(self, what: Limited, actor: Actor) -> None:
        """Never too often."""


@dataclass(frozen=True, slots=True)
class Door:
    """How an API is entered. `pages`: routes for signing in, outside /api/v1. `public_url`: where browsers reach it."""

    gate: Gate
    limits: Limits = Unlimited()  # noqa: RUF009 - it holds nothing
    pages: APIRouter | None = None
    public_url: str | None = None


def bearer(request: Request) -> str | None:
    """The token of the Authorization header; None without the header. Raises Refused for any other scheme."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated()
    return token.strip()
