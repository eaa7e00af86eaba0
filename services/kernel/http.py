"""The HTTP frame of every service: who asks, in which language, health, metrics and problem documents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp
from typing_extensions import override

from services.kernel import problems
from services.kernel.answer_headers import AnswerHeaders
from services.kernel.errors import Refused
from services.kernel.gate import BearerGate, Door
from services.kernel.language import lang_of
from services.kernel.phrases import Phrases
from services.kernel.tokens import Actor, Tokens

__all__ = ["REVEALS", "WATCHED", "Actor", "Asker", "Lang", "create_api", "lang_of", "only_for", "require_actor"]

Probe: TypeAlias = Callable[[], Awaitable[str | None]]
"""Says in a code what is missing (`database`, `broker`), or None."""


async def require_actor(request: Request) -> Actor:
    """Dependency: who asks; raises what the door's gate raises. Asked once a request."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is None:
        door: Door = request.app.state.door
        known = request.state.actor = await door.gate.actor(request)
    return known


async def _asked_lang(request: Request) -> str:
    """Dependency: a plain function would cost every request a hop to a thread and back."""
    return lang_of(request)


Asker = Annotated[Actor, Depends(require_actor)]
Lang = Annotated[str, Depends(_asked_lang)]


async def reveal(request: Request, actor: Asker) -> None:
    """Dependency of every route that tells who a person is or what happened to them: not endlessly often."""
    door: Door = request.app.state.door
    await door.limits.spend("reveal", actor)


REVEALS = Depends(reveal)


async def watch(request: Request, actor: Asker) -> None:
    """Dependency of every view of the process, by references: counted for all but operators, who watch it."""
    if actor.role != "OPS":
        await reveal(request, actor)


WATCHED = Depends(watch)


def only_for(actor: Actor, *roles: str) -> None:
    """Refuses `actor_not_allowed` (403) to every other role."""
    if actor.role not in roles:
        raise Refused("actor_not_allowed", status=403)


class Framed(FastAPI):
    """An app whose every answer carries the security headers, also those that its own middleware makes."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        door: Door = self.state.door
        return AnswerHeaders(super().build_middleware_stack(), door.public_url)


def create_api(
    title: str,
    routers: Sequence[APIRouter],
    phrases: Phrases,
    tokens: Tokens,
    probes: Sequence[Probe] = (),
    door: Door | None = None,
) -> FastAPI:
    """One app with the given routers below /api/v1; no page that loads anything from elsewhere.

    Routers carry their full path below `/api/v1`, as in `@router.get("/people/{person_ref}/timeline")`.
    `door`: how it is entered; without one, by the hub's own tokens.
    """
    app = Framed(title=title, openapi_url="/api/v1/openapi.json", docs_url=None, redoc_url=None)
    app.state.phrases = phrases
    app.state.tokens = tokens
    app.state.door = door or Door(BearerGate(tokens))
    app.state.require_actor = require_actor
    problems.install(app)
    app.include_router(health(probes))
    for router in routers:
        app.include_router(router, prefix="/api/v1")
    if door and door.pages:
        app.include_router(door.pages)
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
