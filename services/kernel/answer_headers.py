"""The security headers of every answer, errors and health included: set once, below everything else."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What an answer of the API may load: nothing. A page says for itself what it needs."""
ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", NOTHING.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def by_https(scheme: str, public_url: str | None) -> bool:
    """Whether browsers come by https: to the public address, where there is one, else as the request came."""
    return (public_url or f"{scheme}://").startswith("https://")


class AnswerHeaders:
    """Adds what an answer does not say itself. HSTS only where browsers come by https."""

    def __init__(self, app: ASGIApp, public_url: str | None = None) -> None:
        self._app = app
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = (*ALWAYS, HTTPS_ONLY) if by_https(scope["scheme"], self._public_url) else ALWAYS

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                known = {name.lower() for name, _ in said}
                message = {**message, "headers": said + [each for each in wanted if each[0] not in known]}
            await send(message)

        await self._app(scope, receive, sending)
