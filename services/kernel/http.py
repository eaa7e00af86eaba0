"""The HTTP frame of every service: who asks, in which language, health, metrics and problem documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse

from services.kernel import problems
from services.kernel.errors import Refused
from services.kernel.language import lang_of
from services.kernel.phrases import Phrases
from services.kernel.tokens import Actor, Tokens, unauthenticated

__all__ = ["Actor", "Asker", "Lang", "create_api", "lang_of", "only_for", "require_actor"]

Probe: TypeAlias = Callable[[], Awaitable[str | None]]
"""Says in a code what is missing (`database`, `broker`), or None."""

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Any]]


def require_actor(request: Request) -> Actor:
    """Dependency: the actor of the bearer token; refuses `unauthenticated` (401)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated()
    tokens: Tokens = request.app.state.tokens
    return tokens.verify(token.strip())


Asker = Annotated[Actor, Depends(require_actor)]
Lang = Annotated[str, Depends(lang_of)]


def only_for(actor: Actor, *roles: str) -> None:
    """Refuses `actor_not_allowed` (403) to every other role."""
    if actor.role not in roles:
        raise Refused("actor_not_allowed", status=403)


def create_api(
    title: str,
    routers: Sequence[APIRouter],
    phrases: Phrases,
    tokens: Tokens,
    probes: Sequence[Probe] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """One app with the given routers below /api/v1; no page that loads anything from elsewhere.

    Routers carry their full path below `/api/v1`, as in `@router.get("/people/{person_ref}/timeline")`.
    """
    app = FastAPI(title=title, openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.phrases = phrases
    app.state.tokens = tokens
    app.state.require_actor = require_actor
    problems.install(app)
    app.include_router(health(probes))
    for router in routers:
        app.include_router(router, prefix="/api/v1")
    return app


def health(probes: Sequence[Probe]) -> APIRouter:
    """`/livez`, `/readyz` and `/metrics`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        missing = [word for word in [await probe() for probe in probes] if word]
        return JSONResponse({"status": "waiting" if missing else "ok", "missing": missing}, 503 if missing else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
