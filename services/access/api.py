"""Signing in and out over HTTP: `/auth/…`, for browsers with or without scripts, and for programs."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.access.cookies import CSRF, CSRF_HEADER, PENDING, SESSION
from services.access.forms import form_of
from services.access.front import CALLBACK, OWN_SESSION, SIGN_IN, Front
from services.access.pages import reads_pages, style
from services.access.sessions import Session
from services.kernel.errors import Refused, Unavailable
from services.kernel.gate import bearer
from services.kernel.language import lang_of

ANYBODY: Final[dict[str, Any]] = {"security": []}
SEE_OTHER: Final = 303


def routes(front: Front) -> APIRouter:
    """The routes, outside /api/v1."""
    router = APIRouter(tags=["access"])

    @router.get(SIGN_IN, summary="登录页 the page to sign in", openapi_extra=ANYBODY)
    async def get_sign_in(request: Request) -> Response:
        return front.pages.page(request, "sign-in", front.offered())

    @router.post(SIGN_IN, summary="登录 sign in: here, or on to the provider", openapi_extra=ANYBODY)
    async def post_sign_in(request: Request) -> Response:
        return await sign_in(front, request)

    @router.get(CALLBACK, summary="从统一身份认证返回 back from the provider", openapi_extra=ANYBODY)
    async def get_callback(request: Request) -> Response:
        return await back(front, request)

    @router.get(OWN_SESSION, summary="我是谁 who am I", openapi_extra=ANYBODY)
    async def get_session(request: Request) -> Response:
        return await who(front, request)

    @router.post(OWN_SESSION, summary="选择办理身份 pick the post to act in", openapi_extra=ANYBODY)
    async def post_session(request: Request) -> Response:
        session, form = await checked(front, request)
        return front.enter(request, await front.sessions.pick(session, form.get("post", "")))

    @router.post("/auth/sign-out", summary="退出 sign out", openapi_extra=ANYBODY)
    async def post_sign_out(request: Request) -> Response:
        return await sign_out(front, request)

    @router.get("/auth/style.css", include_in_schema=False)
    async def get_style() -> Response:
        return style()

    return router


async def sign_in(front: Front, request: Request) -> Response:
    """By password into a session, or on to the provider; a refusal as a page where a browser asks."""
    form = await form_of(request)
    try:
        front.cookies.refuse_foreign(request)
        if form.get("with") == "provider":
            return await front.to_provider(request)
        return await front.by_password(request, form)
    except (Refused, Unavailable) as error:
        return front.pages.refused(request, refusal(error), "sign-in", front.offered(form.get("name", "")))


async def back(front: Front, request: Request) -> Response:
    """Signed in by the provider, or told that it came to nothing; what was kept for it is gone either way."""
    try:
        answer = await front.from_provider(request)
    except (Refused, Unavailable) as error:
        answer = front.pages.refused(request, refusal(error), "sign-in", front.offered())
    front.cookies.drop(request, answer, PENDING)
    return answer


async def who(front: Front, request: Request) -> Response:
    """Who one is: a page for browsers, which lead to the sign-in without a session, else JSON."""
    if bearer(request) is not None:
        return front.told(await front.gate.actor(request))
    try:
        session = await front.gate.session(request)
    except Refused:
        if reads_pages(request):
            return RedirectResponse(f"{SIGN_IN}?lang={lang_of(request)}", SEE_OTHER)
        raise
    return front.own(request, session) if reads_pages(request) else front.described(session)


async def sign_out(front: Front, request: Request) -> Response:
    """The session is over, here and in the browser."""
    session, _ = await checked(front, request)
    await front.sessions.revoke(session.id)
    answer = RedirectResponse(f"{SIGN_IN}?lang={lang_of(request)}", SEE_OTHER)
    front.cookies.drop(request, answer, SESSION, CSRF)
    return answer


def refusal(error: Refused | Unavailable) -> Refused:
    """What a page says: that the provider does not answer is no matter of who signs in."""
    return error if isinstance(error, Refused) else Refused("try_again", status=503)


async def checked(front: Front, request: Request) -> tuple[Session, dict[str, str]]:
    """The session that a form of our own was sent in, and the form. Refused(`unauthenticated`), Refused(`csrf`)."""
    session, form = await front.gate.session(request), await form_of(request)
    front.cookies.refuse_forged(request, session.id, form.get("csrf") or request.headers.get(CSRF_HEADER))
    return session, form
