"""Errors as answers: RFC 9457 problem documents, titled in the reader's language, without any value that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from services.kernel.errors import (
    JieliError,
    Poison,
    Refused,
    RetryTransaction,
    SetAside,
    TooMany,
    Unavailable,
    WrongVersion,
)
from services.kernel.language import lang_of
from services.kernel.phrases import Phrases

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:jieli:problem:"
RETRY_AFTER: Final = "1"
CODES_BY_STATUS: Final = {401: "unauthenticated", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document."""
    app.add_exception_handler(JieliError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(ValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_surprise)


def problem(request: Request, code: str, status: int, detail: str = "", errors: Sequence[str] = ()) -> JSONResponse:
    """A problem document; `errors` are JSON pointers of fields, never their values; a code as detail gets its words."""
    phrases: Phrases = request.app.state.phrases
    lang = lang_of(request)
    body: dict[str, object] = {
        "type": URN + code,
        "title": phrases.say(f"problem.{code}", lang) if phrases.knows(f"problem.{code}", lang) else code,
        "status": status,
        "code": code,
        "detail": phrases.say(f"detail.{detail}", lang) if phrases.knows(f"detail.{detail}", lang) else detail,
    }
    if errors:
        body["errors"] = [{"pointer": pointer} for pointer in errors]
    return JSONResponse(body, status, headers_of(status, lang), MEDIA_TYPE)


def headers_of(status: int, lang: str) -> dict[str, str]:
    """The headers that belong to a status."""
    extra = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": RETRY_AFTER}}
    return {"Content-Language": lang} | extra.get(status, {})


async def on_error(request: Request, error: Exception) -> JSONResponse:
    """A refusal, a conflict or a broken dependency."""
    code, status, detail = meaning_of(error)
    answer = problem(request, code, status, detail)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def meaning_of(error: Exception) -> tuple[str, int, str]:
    """Code, status and detail of one of our errors."""
    match error:
        case Refused():
            return error.code, error.status, error.detail
        case WrongVersion():
            return "version_conflict", 409, f"{error.expected} → {error.actual}"
        case SetAside():
            return "set_aside", 409, error.reason
        case Poison():
            return "invalid_data", 422, ""
        case Unavailable() | RetryTransaction():
            return "try_again", 503, ""
        case _:
            return "internal", 500, ""


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    """A body or a parameter that does not fit; the asker must be known before they learn what is wrong."""
    refusal = await refused_first(request)
    if refusal is not None:
        return refusal
    places = pointers(error) if isinstance(error, RequestValidationError | ValidationError) else []
    return problem(request, "invalid_data", 422, ", ".join(places), places)


async def refused_first(request: Request) -> JSONResponse | None:
    """The refusal that goes before any word about the data, or None."""
    check = getattr(request.app.state, "require_actor", None)
    try:
        if check is not None:
            await check(request)
    except Refused as refused:
        return problem(request, refused.code, refused.status, refused.detail)
    return None


def pointers(error: RequestValidationError | ValidationError) -> list[str]:
    """Where the data is wrong, as JSON pointers in order."""
    places = ["/" + "/".join(str(part) for part in each["loc"] if part != "body") for each in error.errors()]
    return list(dict.fromkeys(places))


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """An unknown route or a wrong method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(request, CODES_BY_STATUS.get(status, "refused"), status)


async def on_surprise(request: Request, _error: Exception) -> JSONResponse:
    """A bug: the reader learns that it is ours, nothing more."""
    return problem(request, "internal", 500)
